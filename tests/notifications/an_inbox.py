"""A house of projects that notifications follow, and what it says to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notifications.inbox import (
    Entry,
    List,
    StandIn,
    read_list,
)
from services.notifications.planning import Planning
from services.notifications.reactions import obliging
from services.notifications.rulebook import Rulebook, default_rules
from shared import roster
from shared.clock import Clock, ExampleClock
from shared.decision import Read
from shared.domain import OfficeId, PersonId
from shared.organisation import Organisation
from shared.projections import Reaction
from shared.reading import Runner
from tests.projects import a_project as p
from tests.support.living import BEGINS, House
from tests.support.recorded import recorded
from tests.support.waiting import eventually

SHANGHAI = ZoneInfo("Asia/Shanghai")
RULES = default_rules()
BOOK = Rulebook()
THE_PANEL = UUID(int=77)
NEW_YEAR = date(2026, 1, 1)
UNITS = (
    roster.UnitEstablished(p.GROUP, "G", "集团", None, "", "集团党委", (), True, True, 0),
    roster.UnitEstablished(p.COMPANY, "C", "长河机电", p.GROUP, "", "所属单位党委", (), True, True, 0),
    roster.UnitEstablished(p.BRANCH, "B", "涂装党支部", p.COMPANY, "", "党支部", (), False, True, 9),
)
OFFICES = (
    ("secretary", "branch_secretary", p.BRANCH),
    ("deputy", "deputy_branch_secretary", p.BRANCH),
    ("chair", "party_secretary", p.COMPANY),
    ("prechecker", "party_department", p.COMPANY),
    ("archivist", "archivist", p.COMPANY),
    ("colleague", "party_department", p.COMPANY),
    ("quality", "source_department", p.COMPANY),
    ("accountant", "finance", p.COMPANY),
    ("hq", "headquarters", p.GROUP),
    ("discipline", "discipline_officer", p.GROUP),
    ("overseer", "leader_in_charge", p.GROUP),
    ("minutes", "clerk", p.GROUP),
)
MEMBERS = ("secretary", "deputy", "fitter", "welder")


def the_organisation() -> Organisation:
    organisation = Organisation()
    people = [roster.PersonRegistered(PersonId(m), p.BRANCH, "正式党员", "", "") for m in MEMBERS]
    terms = [
        roster.OfficeAppointed(
            OfficeId(f"term-{person}"),
            PersonId(person),
            office,
            unit,
            NEW_YEAR,
            None,
            False,
            False,
            PersonId("hq"),
        )
        for person, office, unit in OFFICES
    ]
    for position, event in enumerate((*UNITS, *people, *terms), 1):
        organisation.apply(recorded(position, event, datetime(2026, 1, 1, tzinfo=UTC)))
    return organisation


ORGANISATION = the_organisation()


async def nothing_to_read() -> Read:
    return Read()


def planning(clock: Clock | None = None, organisation: Organisation = ORGANISATION) -> Planning:
    return Planning(BOOK, organisation, clock or ExampleClock(BEGINS), SHANGHAI)


def reaction() -> Reaction:
    return obliging(planning(), nothing_to_read)


@dataclass
class Office:
    """The house of projects, and notifications that follow it."""

    projects: House
    evaluation: House
    engine: AsyncEngine
    runner: Runner

    async def reached(self) -> None:
        for service in (self.projects, self.evaluation):
            for name, head in (await service.ledgers.heads()).items():
                assert await self.runner.wait_for(service.ledgers.service, name, head.position, 30)

    async def entries(self, person: str, which: List, letter: str = "") -> tuple[Entry, ...]:
        """`letter`: by which the panel knows them."""
        await self.reached()
        stands_in = StandIn(letters=frozenset({(str(THE_PANEL), letter)} if letter else ()))
        async with self.engine.connect() as connection:
            return (await read_list(connection, PersonId(person), which, stands_in=stands_in)).entries

    async def says(self, person: str, which: List = "todo", letter: str = "") -> list[str]:
        """The texts of a list, oldest first."""
        entries = reversed(await self.entries(person, which, letter))
        return [entry.text(BOOK, lambda _, fact: fact) for entry in entries]

    async def does(self, *commands: Any, **more: Any) -> None:
        await self.projects.does(*commands, **more)


SUBMITTED = (p.DRAFT, p.REVISE, p.SUBMIT)
APPROVED = (*SUBMITTED, p.PRECHECK, p.QUALITY_AGREES, p.FINANCE_AGREES, p.MEET)
TITLE = p.CONTENT.title


async def somebody_waits(engine: AsyncEngine) -> None:
    """Until somebody waits for what a transaction of the test holds; PostgreSQL alone says so."""
    query = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )

    async def waits() -> bool:
        async with engine.connect() as connection:
            return bool((await connection.execute(query)).scalar_one())

    await eventually(waits, "somebody waits for a lock")
