"""What is told to very many: decided once, told page by page, each once, and not what is over by then."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs
from sqlalchemy import select

from services.evaluation.deciders import DECIDERS
from services.notifications import tables
from services.notifications.domain.obligation import Obligation
from services.notifications.domain.rules import Rule, Rules
from services.notifications.fanning import fanned, is_waiting, tell_page
from services.notifications.fanouts import MANY, ON_A_PAGE, fan_out, progress
from services.notifications.obliged import id_of
from services.notifications.planning import Planning
from services.notifications.reactions import obliging
from services.notifications.rulebook import Rulebook
from services.projects.domain.project.secrecy import WithdrawText
from shared import roster
from shared.clock import ExampleClock
from shared.domain import PersonId
from shared.engines import begin, create_engine, is_sqlite
from shared.held import Held
from shared.organisation import Organisation
from shared.reading import Runner, running
from shared.withdrawn import hash_of
from tests.notifications.a_front import Front, a_front
from tests.notifications.an_inbox import (
    SHANGHAI,
    SUBMITTED,
    TITLE,
    Office,
    nothing_to_read,
    somebody_waits,
    the_organisation,
)
from tests.projects import a_project as p
from tests.support.engines import Database
from tests.support.living import BEGINS, PROJECTS, house
from tests.support.recorded import recorded
from tests.support.waiting import eventually

PEOPLE = 2 * MANY + 1
TODO = Rule("n02", ("ProposalSubmitted",), ("members",), "todo", "《{title}》", title="待办", remind_before=1)
READ = Rule("n08", ("ProjectApproved",), ("members", "team"), "read", "《{title}》", title="待阅")


def of_so_many(people: int) -> Organisation:
    """All of the branch, with the few who were there before."""
    organisation = the_organisation()
    there = len(organisation.members_of(p.BRANCH))
    for number in range(people - there):
        joins = roster.PersonRegistered(PersonId(f"m{number}"), p.BRANCH, "正式党员", "", "")
        organisation.apply(recorded(organisation.position + 1, joins, datetime(2026, 1, 1, tzinfo=UTC)))
    return organisation


class Crowd(Office):
    """Notifications of a branch with very many members."""

    planning: Planning

    async def all(self, of: Any) -> list[Any]:
        await self.reached()
        async with self.engine.connect() as connection:
            return list((await connection.execute(select(of))).all())

    async def told(self) -> list[Any]:
        return [row for row in await self.all(tables.obligations) if row.rule in ("n02", "n08")]

    async def tells(self, pages: int = 1000) -> int:
        """So many pages, or all that there are; how many people were told."""
        told = 0
        for _ in range(pages):
            if not (page := await tell_page(self.engine, self.planning)):
                break
            told += page
        return told


@pytest.fixture
async def crowd(database: Database) -> AsyncIterator[Crowd]:
    async with AsyncExitStack() as stack:
        projects = await stack.enter_async_context(house(database, "projects", PROJECTS))
        evaluation = await stack.enter_async_context(house(database, "evaluation", DECIDERS))
        engine = create_engine(database.url("notifications"), durable=True)
        stack.push_async_callback(engine.dispose)
        async with begin(engine) as connection:
            await connection.run_sync(tables.metadata.create_all)
        clock = ExampleClock(BEGINS)
        planning = Planning(Rulebook(Rules((TODO, READ))), of_so_many(PEOPLE), clock, SHANGHAI)
        reaction = obliging(planning, nothing_to_read)
        runner = Runner(reaction, engine, [projects.source, evaluation.source])
        await stack.enter_async_context(running(runner))
        crowd = Crowd(projects, evaluation, engine, runner)
        crowd.planning = planning
        yield crowd


async def test_whom_is_decided_at_once_and_they_are_told_page_by_page(crowd: Crowd) -> None:
    await crowd.does(*SUBMITTED)
    (fanout,) = await crowd.all(tables.fanouts)
    assert (fanout.people, fanout.rule, fanout.ended_at) == (PEOPLE, "n02", None)
    assert await crowd.told() == []
    joins = roster.PersonRegistered(PersonId("late"), p.BRANCH, "正式党员", "", "")
    organisation = crowd.planning.organisation
    assert isinstance(organisation, Organisation)
    organisation.apply(recorded(organisation.position + 1, joins, datetime(2026, 1, 21, tzinfo=UTC)))
    assert await crowd.tells(1) == ON_A_PAGE
    async with crowd.engine.connect() as connection:
        (row,) = await progress(connection)
    assert (row.people, row.told) == (PEOPLE, ON_A_PAGE)
    assert await crowd.tells() == PEOPLE - ON_A_PAGE
    told = await crowd.told()
    assert {row.recipient for row in told} == {*of_so_many(PEOPLE).members_of(p.BRANCH)}
    assert len(told) == PEOPLE
    (fanout,) = await crowd.all(tables.fanouts)
    assert fanout.ended_at is not None
    assert not await is_waiting(crowd.engine)


async def test_what_is_told_by_pages_is_what_would_have_been_told_at_once(crowd: Crowd) -> None:
    await crowd.does(*SUBMITTED)
    await crowd.reached()
    await crowd.tells()
    (fanout,) = await crowd.all(tables.fanouts)
    for row in await crowd.told():
        owed = Obligation(row.rule, "", PersonId(row.recipient), "todo", row.subject, {})
        assert row.id == id_of(fanout.event, owed)
        assert (row.created_at, row.subject, row.kind) == (fanout.created_at, fanout.subject, "todo")
        assert row.changed > 0


async def test_a_duty_that_ends_before_it_is_told_is_not_told(crowd: Crowd) -> None:
    await crowd.does(*SUBMITTED)
    await crowd.reached()
    await crowd.tells(2)
    await crowd.does(p.PRECHECK)
    told = await crowd.told()
    assert len(told) == 2 * ON_A_PAGE
    assert all(row.done_at is not None for row in told)
    assert await crowd.tells() == 0
    (fanout,) = await crowd.all(tables.fanouts)
    assert (fanout.people, fanout.ended_at is not None) == (PEOPLE, True)


async def test_a_text_that_is_withdrawn_meanwhile_is_told_to_nobody(crowd: Crowd) -> None:
    await crowd.does(*SUBMITTED)
    await crowd.reached()
    await crowd.tells(1)
    reviewer = p.by("reviewer", "secrecy_reviewer")
    await crowd.does(WithdrawText(reviewer, hash_of(TITLE), "含他人病情", p.MAY, said=(1,)))
    await crowd.tells()
    told = await crowd.told()
    assert len(told) == PEOPLE
    assert not any(TITLE in row.facts for row in told)


async def test_who_tells_a_page_waits_for_the_act_that_ends_it_without_a_page_in_hand(crowd: Crowd) -> None:
    """The act holds the fan-out and wants its pages: were one held by who waits for it, neither would end."""
    if is_sqlite(crowd.engine):
        return  # whoever writes is alone
    await crowd.does(*SUBMITTED)
    await crowd.reached()
    async with begin(crowd.engine) as act:
        await act.execute(select(tables.fanouts).with_for_update())
        telling = asyncio.create_task(tell_page(crowd.engine, crowd.planning))
        await somebody_waits(crowd.engine)
        free = select(tables.fanout_pages.c.number).with_for_update(skip_locked=True)
        assert len((await act.execute(free)).all()) == math.ceil(PEOPLE / ON_A_PAGE)
    assert await telling == ON_A_PAGE


async def test_workers_side_by_side_tell_each_once(crowd: Crowd) -> None:
    await crowd.does(*SUBMITTED)
    await crowd.reached()
    assert sum(await asyncio.gather(*(crowd.tells() for _ in range(3)))) == PEOPLE
    assert len(await crowd.told()) == PEOPLE


async def test_the_worker_tells_all_once_it_is_known_who_is_where(crowd: Crowd) -> None:
    known = asyncio.Event()
    async with fanned(crowd.engine, crowd.planning, known, look_seconds=0.01):
        await crowd.does(*SUBMITTED)
        await crowd.reached()
        assert await crowd.told() == []
        known.set()

        async def all_are_told() -> bool:
            return len(await crowd.told()) == PEOPLE

        await eventually(all_are_told, "all are told")


async def test_an_event_that_is_read_again_tells_nobody_again(crowd: Crowd) -> None:
    await crowd.does(*SUBMITTED)
    await crowd.reached()
    await crowd.tells(1)
    reaction = obliging(crowd.planning, nothing_to_read)
    lines = await crowd.projects.ledgers.read_ledger("company", 0, 1000)
    async with begin(crowd.engine) as connection:
        for line in lines:
            if (event := reaction.schema.read(line.envelope)) is not None:
                held = await Held.load(connection, reaction)
                await reaction.take(connection, [structs.replace(line, event=event)], held)
    await crowd.tells()
    assert len(await crowd.told()) == PEOPLE


@pytest.fixture
async def front(database: Database, tmp_path: Path) -> AsyncIterator[Front]:
    async with a_front(database, tmp_path) as found:
        yield found


async def test_who_runs_the_system_and_headquarters_see_how_far_it_is(front: Front) -> None:
    owed = Obligation("read", "", PersonId(""), "read", "", {})
    made = [replace(owed, recipient=PersonId(f"p{n}")) for n in range(MANY + 1)]
    async with begin(front.desk.engine) as connection:
        await fan_out(connection, made, "P", "projects/group/9", front.desk.clock.now(), 0)
    await tell_page(front.desk.engine, front.desk.planning)
    (shown,) = (await front.asks("hq", "/fanouts"))["fanouts"]
    assert (shown["rule"], shown["title"], shown["event"]) == ("read", "to read", "projects/group/9")
    assert (shown["people"], shown["told"], shown["ended_at"]) == (MANY + 1, ON_A_PAGE, None)
    await front.asks("secretary", "/fanouts", status=403)
