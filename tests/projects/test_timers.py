"""What is due is done once, in the order of its days, by whoever comes first, whatever dies or jumps."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from services.projects.domain.meeting import MEETING, ConfirmMeeting, ConveneMeeting, Item, RecordMeeting
from services.projects.domain.project import PROJECT, Command
from services.projects.domain.project.approval import StepReferredUp
from services.projects.domain.project.change import SuspendProject
from services.projects.domain.project.content import Seat
from services.projects.domain.project.deadlines import (
    DeadlinePassed,
    DeadlineRecounted,
    FilingEnded,
    MilestoneMissed,
    SuspensionOverran,
)
from services.projects.domain.project.route import Onward
from services.projects.domain.project.tasks import AddTask, ClaimExpired, OfferTask
from services.projects.parts import Parts
from services.projects.projections.projects import PROJECTS
from services.projects.schema import DECIDERS
from services.projects.timers import recount, see_to_due, timed
from shared.clock import ExampleClock
from shared.domain import By, PersonId
from shared.engines import create_engine
from shared.writer import Writer
from tests.projects.a_desk import APPROVAL, Desk, reading_of
from tests.projects.a_group import appointed, organisation, person, registered
from tests.projects.a_project import (
    BRANCH,
    COMPANY,
    DRAFT,
    FINANCE_AGREES,
    GROUP,
    JANUARY,
    MARCH,
    PRECHECK,
    PRECHECKER,
    QUALITY_AGREES,
    REVISE,
    SECRETARY,
    SUBMIT,
)
from tests.support.engines import Database
from tests.support.living import THE_PROJECT, house
from tests.support.waiting import eventually

DUE = date(2026, 1, 27)
SUBMITTED = (DRAFT, REVISE, SUBMIT)
SITTING = UUID(int=300)


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
    async with house(database, "projects", DECIDERS) as home, reading_of(home, database, tmp_path) as built:
        yield built


def at(desk: Desk, day: date) -> None:
    """Noon in China; a clock of the example runs forward, this one is put where the test says."""
    desk.house.clock._now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)  # noqa: SLF001 - it jumps


async def shown(desk: Desk) -> None:
    """Everything written is in the view."""
    for ledger, head in (await desk.house.ledgers.heads()).items():
        assert await desk.parts.runner_projects.wait_for("projects", ledger, head.position, 30)


async def told(desk: Desk, *kinds: type) -> list[Any]:
    """What was recorded of these kinds in all ledgers of projects, in the order of recording."""
    found: list[Any] = []
    for ledger in sorted(await desk.house.ledgers.heads()):
        page = await desk.house.ledgers.read(ledger, 0, 10_000)
        found += [recorded for recorded in page if isinstance(recorded.event, kinds)]
    return found


async def all_day(desk: Desk, *, parts: Parts | None = None) -> int:
    """See to what is due until nothing is left of the day; how many dates were claimed."""
    claimed = 0
    while True:
        await shown(desk)
        now = await see_to_due(parts or desk.parts)
        if not now:
            return claimed
        claimed += now


async def projects(desk: Desk, count: int, *commands: Command) -> list[UUID]:
    streams = [UUID(int=1000 + number) for number in range(count)]
    for number, stream in enumerate(streams):
        mine = (replace(DRAFT, reference=f"2026-A-{number:04}"), *commands)
        await desk.house.does(*mine, stream=stream)
    return streams


async def test_nothing_is_done_before_its_day_is_over(desk: Desk) -> None:
    await desk.house.does(*SUBMITTED)
    at(desk, DUE)
    assert await all_day(desk) == 0
    assert await told(desk, DeadlinePassed) == []


async def test_a_passed_deadline_is_recorded_once_and_happened_when_its_day_ended(desk: Desk) -> None:
    """R38: at 24:00 in China, however late it is noted."""
    await desk.house.does(*SUBMITTED)
    at(desk, DUE + timedelta(1))
    assert await all_day(desk) == 1
    assert await all_day(desk) == 0
    (passed,) = await told(desk, DeadlinePassed)
    assert passed.event == DeadlinePassed(0, DUE)
    assert passed.envelope.by is None
    assert passed.envelope.happened_at == "2026-01-27T16:00:00.000000Z"
    assert passed.envelope.programme == "2026.1"


async def test_every_kind_of_date_brings_what_follows(desk: Desk) -> None:
    """Claim window (R39), milestone, filing (R34); a task's date alone brings nothing."""
    task = AddTask(SECRETARY, "T1", "定标", "签认", date(2026, 4, 30), 30)  # type: ignore[arg-type]
    offer = OfferTask(SECRETARY, "T1", "班组", "车间", (BRANCH,), window_ends=date(2026, 3, 5), today=MARCH)
    filing_opens = replace(APPROVAL[-1], onward=Onward(number="N", on=MARCH))  # type: ignore[type-var]
    await desk.house.does(*APPROVAL[:-1], filing_opens, task, offer)
    at(desk, date(2026, 6, 1))
    assert await all_day(desk) == 3
    done = await told(desk, ClaimExpired, FilingEnded, MilestoneMissed)
    assert [recorded.event for recorded in done] == [
        ClaimExpired("T1"),
        FilingEnded(3, date(2026, 3, 9)),
        MilestoneMissed("M1", date(2026, 5, 31)),
    ]


async def test_a_pause_that_lasts_too_long_is_said(desk: Desk) -> None:
    """R43."""
    await desk.house.does(*APPROVAL, SuspendProject(PRECHECKER, "停产", today=MARCH))
    at(desk, date(2026, 9, 2))
    assert await all_day(desk) == 0, "and no milestone is missed while clocks stand still"
    at(desk, date(2026, 9, 3))
    assert await all_day(desk) == 1
    assert [r.event for r in await told(desk, SuspensionOverran)] == [
        SuspensionOverran(MARCH, date(2026, 9, 2))
    ]


async def test_downtime_of_weeks_is_caught_up_in_the_order_of_days(desk: Desk, seed: int) -> None:
    """Whatever the order in which the projects were written."""
    days = [DUE + timedelta(number) for number in range(30)]
    random.Random(seed).shuffle(days)
    for number, day in enumerate(days):
        mine = (replace(DRAFT, reference=f"2026-A-{number:04}"), REVISE, replace(SUBMIT, due=day))
        await desk.house.does(*mine, stream=UUID(int=1000 + number))
    at(desk, days[0] + timedelta(60))
    assert await all_day(desk) == 30
    assert [recorded.event.due for recorded in await told(desk, DeadlinePassed)] == sorted(days)


async def test_an_overdue_step_is_reminded_of_then_goes_to_the_office_above(desk: Desk) -> None:
    """A working day later; the office above has a time of its own."""
    await desk.house.does(*SUBMITTED)
    for day in (date(2026, 1, 28), date(2026, 1, 28), date(2026, 1, 29), date(2026, 2, 10)):
        at(desk, day)
        await all_day(desk)
    at(desk, DUE + timedelta(60))
    await all_day(desk)
    above = Seat("headquarters", GROUP)
    (raised,) = [recorded.event for recorded in await told(desk, StepReferredUp)]
    assert raised == StepReferredUp(
        0, (above,), "overdue", date(2026, 2, 5), on=date(2026, 1, 29), stays=()
    )
    assert [recorded.event.due for recorded in await told(desk, DeadlinePassed)] == [DUE, date(2026, 2, 5)]


async def test_time_never_approves(desk: Desk) -> None:
    """Nothing is approved by time: a year of days, one by one."""
    await desk.house.does(*SUBMITTED)
    for number in range(0, 360, 5):
        at(desk, DUE + timedelta(number))
        await all_day(desk)
    page = (await desk.read("headquarters"))["project"]
    assert (page["state"], page["route"]["open"]) == ("in_approval", 0)
    assert [step["state"] for step in page["route"]["steps"]] == ["open", "waiting", "waiting", "waiting"]


async def test_a_clock_that_jumps_does_nothing_twice_and_forgets_nothing(desk: Desk) -> None:
    await desk.house.does(*SUBMITTED)
    for day in (date(2026, 1, 28), date(2027, 1, 1), date(2026, 1, 20), date(2026, 1, 28), date(2026, 1, 29)):
        at(desk, day)
        await all_day(desk)
    assert len(await told(desk, DeadlinePassed)) == len({r.event.due for r in await told(desk, DeadlinePassed)})
    assert [r.event.due for r in await told(desk, DeadlinePassed)][0] == DUE
    await projects(desk, 1, REVISE, SUBMIT)
    at(desk, date(2026, 1, 28))
    assert await all_day(desk) == 1, "what a jump had put off is not lost"


async def test_what_is_refused_today_is_tried_again_tomorrow(desk: Desk) -> None:
    """Nobody above: the step waits where it is, and is looked at once a day."""
    desk.parts.organisation.apply  # the group as it is has a headquarters: end it
    alone = replace(desk.parts, organisation=organisation(*_nobody_above()))
    await desk.house.does(*SUBMITTED)
    at(desk, date(2026, 1, 28))
    await all_day(desk, parts=alone)
    at(desk, date(2026, 1, 29))
    assert [await all_day(desk, parts=alone), await all_day(desk, parts=alone)] == [1, 0]
    assert await told(desk, StepReferredUp) == []
    at(desk, date(2026, 1, 30))
    assert await all_day(desk) == 1
    assert len(await told(desk, StepReferredUp)) == 1
