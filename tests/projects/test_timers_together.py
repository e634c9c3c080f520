"""Whoever comes first does what is due, once, whatever dies, fails or is away."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from asyncio import create_subprocess_exec
from asyncio.subprocess import DEVNULL
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select, text, update
from structlog.testing import capture_logs

from services.projects.domain.project.deadlines import DeadlinePassed
from services.projects.parts import Parts
from services.projects.projections.projects import PROJECTS
from services.projects.timers import see_to_due, timed
from shared.engines import begin, create_engine
from shared.ledger import Ledgers
from shared.writer import Writer
from tests.projects.a_desk import Desk
from tests.projects.a_project import REVISE, SUBMIT
from tests.projects.due import SUBMITTED, at, projects, shown, told
from tests.support.engines import Database
from tests.support.running import ROOT
from tests.support.waiting import eventually

# Replicas, and what dies


def another(desk: Desk, database: Database) -> Parts:
    """A second replica: engines and a writer of its own on the same databases."""
    ledgers = Ledgers(
        create_engine(database.url("projects"), durable=True), "projects", desk.parts.ledgers.schema
    )
    return replace(
        desk.parts,
        ledgers=ledgers,
        writer=Writer(ledgers, desk.house.clock),
        views=create_engine(database.url("views"), durable=False),
    )


async def test_replicas_share_what_is_due_and_do_each_date_once(desk: Desk, database: Database) -> None:
    await projects(desk, 60, REVISE, SUBMIT)
    at(desk, date(2026, 1, 28))
    replicas = [desk.parts, *(another(desk, database) for _ in range(3))]
    await shown(desk)
    while sum(await asyncio.gather(*(see_to_due(parts) for parts in replicas))):
        pass
    passed = await told(desk, DeadlinePassed)
    assert len(passed) == len({recorded.stream for recorded in passed}) == 60
    for parts in replicas[1:]:
        await parts.writer.close()
        await parts.ledgers.engine.dispose()
        await parts.views.dispose()


async def test_one_that_dies_between_its_act_and_its_commit_is_followed_by_another(
    desk: Desk, database: Database
) -> None:
    """The command is on disk, the claim is not: who comes next finds it done and goes on."""
    await projects(desk, 3, REVISE, SUBMIT)
    at(desk, date(2026, 1, 28))
    await shown(desk)
    dying = asyncio.create_task(see_to_due(desk.parts))
    heard = desk.house.writer.committed

    def dies(*arguments: Any) -> None:
        dying.cancel()
        heard(*arguments)

    desk.house.writer.committed = dies
    with pytest.raises(asyncio.CancelledError):
        await dying
    desk.house.writer.committed = heard
    assert await tried(desk) == 0, "its claim went with it"
    replica = another(desk, database)
    assert await see_to_due(replica) in (2, 3), "the view may know of the first already"
    assert len(await told(desk, DeadlinePassed)) == 3
    await replica.writer.close()
    await replica.ledgers.engine.dispose()
    await replica.views.dispose()


async def test_processes_that_are_killed_at_any_moment_leave_nothing_undone_and_nothing_twice(
    desk: Desk, database: Database, seed: int
) -> None:
    """SIGKILL between an act and its claim's commit, two at once, then one that lives."""
    await projects(desk, 12, REVISE, SUBMIT)
    await shown(desk)
    drawn = random.Random(seed)

    async def keeper(dies_after: int) -> int | None:
        places = (database.url("projects"), database.url("views"), "2026-01-28", str(dies_after))
        command = (sys.executable, "-m", "tests.support.timekeeper", *places)
        return await (await create_subprocess_exec(*command, cwd=ROOT, stderr=DEVNULL)).wait()

    deaths = [drawn.randint(1, 5) for _ in range(2)]
    ended = await asyncio.gather(*map(keeper, deaths))
    assert -signal.SIGKILL in ended
    assert set(ended) <= {-signal.SIGKILL, 0}, "or the other had claimed all that was left"
    assert await keeper(1_000) == 0
    passed = await told(desk, DeadlinePassed)
    assert len(passed) == len({recorded.stream for recorded in passed}) == 12


async def tried(desk: Desk) -> int:
    """How many dates are marked as tried."""
    table = PROJECTS.table("dates")
    async with desk.parts.views.connect() as connection:
        query = select(func.count()).select_from(table).where(table.c.tried_on.is_not(None))
        return int((await connection.execute(query)).scalar_one())


async def test_a_database_that_is_away_is_tried_again(desk: Desk) -> None:
    """Whatever the error is called: the loop says it and goes on."""
    await desk.house.does(*SUBMITTED)
    at(desk, date(2026, 1, 28))
    await shown(desk)
    name = PROJECTS.table("dates").name

    async def renamed(before: str, after: str) -> None:
        async with begin(desk.parts.views) as connection:
            await connection.execute(text(f"ALTER TABLE {before} RENAME TO {after}"))

    await renamed(name, "away")
    with capture_logs() as said:
        async with timed(desk.parts, look_seconds=0.01):
            await eventually(lambda: "timers.failed" in {line["event"] for line in said}, "it has tried")
            await renamed("away", name)
            await eventually(lambda: _passed(desk), "the loop has seen to it")


async def _passed(desk: Desk) -> bool:
    return len(await told(desk, DeadlinePassed)) == 1


async def test_one_that_fails_holds_no_other(desk: Desk) -> None:
    """A date that this code cannot see to is said and left; those after it are done."""
    streams = await projects(desk, 3, REVISE, SUBMIT)
    at(desk, date(2026, 1, 28))
    await shown(desk)
    table = PROJECTS.table("dates")
    async with begin(desk.parts.views) as connection:
        broken = update(table).where(table.c.project == str(streams[0])).values(act="unheard of")
        await connection.execute(broken)
    with capture_logs() as said:
        assert await see_to_due(desk.parts) == 3
    assert [line["event"] for line in said if line["log_level"] == "error"] == ["timer.failed"]
    assert {recorded.stream for recorded in await told(desk, DeadlinePassed)} == set(streams[1:])
