"""Who moves to another branch or leaves the group: their open tasks are free, what they did stays theirs."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from msgspec import structs

from services.projects import tables
from services.projects.domain.person import PERSON
from services.projects.domain.person.leaving import PersonErased, PersonRestricted
from services.projects.domain.person.record import PersonMoved, RegisterPerson
from services.projects.domain.project.tasks import ClaimLapsed, TaskReleased
from services.projects.handing_over import FOLLOWS
from services.projects.schema import DECIDERS
from tests.projects import a_project as p
from tests.projects.a_desk import APPROVAL, reading_of
from tests.projects.a_group import OTHER_BRANCH
from tests.projects.test_tasks import ADD, ANOTHER_CLAIM, ASSIGN, CLAIM, OFFER
from tests.support.engines import Database
from tests.support.living import THE_PROJECT, house
from tests.support.recorded import recorded

WHO = p.FITTER.person
GONE = [
    (PersonMoved(WHO, OTHER_BRANCH), "调离"),
    (PersonRestricted(WHO, p.MAY), "离开集团"),
    (PersonErased(WHO), "离开集团"),
]


WELDER = p.WELDER.person
REGISTER = RegisterPerson(p.PRECHECKER, WELDER, "1", p.BRANCH, "正式党员", "", "", "sealed.1", "", "")


@pytest.mark.parametrize("event", [PersonMoved(WELDER, OTHER_BRANCH), PersonRestricted(WELDER, p.MAY)])
async def test_the_claims_of_who_is_gone_lapse_and_those_of_others_stand(
    database: Database, tmp_path: Path, event: Any
) -> None:
    """R39: also of who has no part in the project but the claim."""
    async with house(database, "projects", DECIDERS) as home, reading_of(home, database, tmp_path) as desk:
        async with home.engine.begin() as connection:
            await connection.run_sync(tables.metadata.create_all)
        await home.does(REGISTER, decider=PERSON, stream=UUID(int=0), ledger="group")
        await home.does(*APPROVAL, ADD, OFFER, CLAIM, ANOTHER_CLAIM)
        await desk.read("headquarters")
        line = recorded(desk.parts.organisation.position + 1, event, datetime(2026, 4, 1, tzinfo=UTC))
        for _ in range(2):
            await FOLLOWS[type(event)](desk.parts, structs.replace(line, event=event))
        (lapsed,) = [
            one.event
            for one in await desk.parts.ledgers.read_stream(THE_PROJECT)
            if isinstance(one.event, ClaimLapsed)
        ]
        assert (lapsed.task, lapsed.person, lapsed.left) == ("T1", WELDER, 1)


@pytest.mark.parametrize(("event", "reason"), GONE, ids=["moved", "restricted", "erased"])
async def test_the_open_tasks_of_who_is_gone_are_released_once(
    database: Database, tmp_path: Path, event: Any, reason: str
) -> None:
    """users.md 3.11, F87, R39: by the event itself, however often it is read; what is done stays theirs."""
    async with house(database, "projects", DECIDERS) as home, reading_of(home, database, tmp_path) as desk:
        async with home.engine.begin() as connection:
            await connection.run_sync(tables.metadata.create_all)
        await home.does(*APPROVAL, ADD, ASSIGN)
        await desk.read("headquarters")
        line = recorded(desk.parts.organisation.position + 1, event, datetime(2026, 4, 1, tzinfo=UTC))
        for _ in range(2):
            await FOLLOWS[type(event)](desk.parts, structs.replace(line, event=event))
        stream = await desk.parts.ledgers.read_stream(THE_PROJECT)
        released = [one.event for one in stream if isinstance(one.event, TaskReleased)]
        assert released == [TaskReleased("T1", WHO, reason)]
