"""A day on which something is due: the clock put there, the view caught up, and what was then done."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from services.projects.domain.project import Command
from services.projects.parts import Parts
from services.projects.timers import see_to_due
from tests.projects.a_desk import Desk
from tests.projects.a_project import DRAFT, REVISE, SUBMIT

DUE = date(2026, 1, 27)
SUBMITTED = (DRAFT, REVISE, SUBMIT)


def at(desk: Desk, day: date) -> None:
    """Noon in China; a clock of the example runs forward, this one is put where the test says."""
    desk.house.clock._now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)


async def shown(desk: Desk) -> None:
    """Everything written is in the view."""
    for ledger, head in (await desk.house.ledgers.heads()).items():
        assert await desk.parts.runner_projects.wait_for("projects", ledger, head.position, 30)


async def told(desk: Desk, *kinds: type) -> list[Any]:
    """What was recorded of these kinds in all ledgers of projects, in the order of recording."""
    found: list[Any] = []
    for ledger in sorted(await desk.house.ledgers.heads()):
        page = await desk.house.ledgers.read_ledger(ledger, 0, 10_000)
        found += [recorded for recorded in page if isinstance(recorded.event, kinds)]
    return found


async def all_day(desk: Desk, parts: Parts | None = None) -> int:
    """See to what is due until nothing is left of the day; how many dates were claimed."""
    claimed = 0
    while True:
        await shown(desk)
        now = await see_to_due(parts or desk.parts)
        if not now:
            return claimed
        claimed += now


async def projects(desk: Desk, count: int, *commands: Command) -> list[UUID]:
    """The streams of so many projects, each after these commands."""
    streams = [UUID(int=1000 + number) for number in range(count)]
    for number, stream in enumerate(streams):
        mine = (replace(DRAFT, reference=f"2026-A-{number:04}"), *commands)
        await desk.house.does(*mine, stream=stream)
    return streams
