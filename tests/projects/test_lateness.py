"""Whoever holds what comes near or is late is told once; a figure or look back is asked for on its day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.projects.domain.project.asking import (
    AskForLookBack,
    AskForReading,
    FindingLookedBackAt,
    LookBackAtFinding,
    LookBackDue,
    ReadingDue,
    ReadingIsThere,
)
from services.projects.domain.project.content import ReadingRhythm
from services.projects.domain.project.deadlines import DateHasMoved, DayNotOver, NotedAlready
from services.projects.domain.project.figures import ReportReading
from services.projects.domain.project.lateness import ItemDueSoon, ItemOverdue, NoSuchDate, Remind
from services.projects.domain.project.pause import ResumeProject, SuspendProject
from services.projects.domain.project.periods import Period, period_of
from services.projects.domain.project.rectification import (
    CloseFinding,
    FindingIsOpen,
    FindingReopened,
    RectifierMayNotClose,
    ReopenFinding,
    ReportRectification,
)
from services.projects.domain.project.state import NotInImplementation
from services.projects.domain.project.supervision import HoldInspection, RecordFinding
from services.projects.domain.project.tasks import AddTask, AssignTask, CompleteTask
from services.projects.projections.page.dated import open_ones
from tests.projects.a_desk import APPROVAL, Desk
from tests.projects.a_project import (
    BRANCH,
    FITTER,
    INSPECTOR,
    JANUARY,
    MARCH,
    MAY,
    PRECHECKER,
    SECRETARY,
    ZONE,
    approved,
    submitted,
)
from tests.projects.lived import page_after

DAY = timedelta(1)
DUE = MARCH + 40 * DAY
held = approved.after(
    AddTask(SECRETARY, "T1", "定标", "签认", DUE, Decimal(30)), AssignTask(SECRETARY, "T1", FITTER.person)
)
NEAR = Remind(None, "task", "T1", "定标", MARCH, DUE, today=DUE - 10 * DAY)
OVER = replace(NEAR, today=DUE + DAY)
LOOK_BACK = date(2026, 8, 6)
INSPECT = HoldInspection(INSPECTOR, "I1", MARCH, "例行", today=MARCH)
RECORD = RecordFinding(INSPECTOR, "W01", "I1", "缺签认", "ordinary", DUE, BRANCH, MARCH, FITTER.person)
REPORT = ReportRectification(SECRETARY, "W01", "已签认", MARCH, today=MAY)
CLOSE = CloseFinding(INSPECTOR, "W01", today=MAY, look_back=LOOK_BACK)
found = approved.after(INSPECT, RECORD)
closed = found.after(REPORT, CLOSE)
ASK = AskForLookBack(None, "W01", "缺签认", LOOK_BACK, today=LOOK_BACK)
LOOKED = LookBackAtFinding(INSPECTOR, "W01", "仍在签认", today=LOOK_BACK)
READ = ReportReading(SECRETARY, "rework", "2026-01", Decimal(5), JANUARY, today=MAY)


def test_the_holder_is_told_first_and_the_leader_from_half_of_that_time_on() -> None:
    """R42: a quarter of forty days, then half of that; each once for each date."""
    held.when(replace(NEAR, today=DUE - 11 * DAY)).then_refused(DayNotOver, due=DUE)
    soon = ItemDueSoon("task", "T1", "定标", DUE, "holder", FITTER.person)
    held.when(NEAR).then(soon)
    told = held.after(NEAR)
    told.when(NEAR).then_refused(NotedAlready)
    half = replace(NEAR, today=DUE - 5 * DAY)
    told.when(half).then(replace(soon, told="leader"))
    held.when(half).then(soon, replace(soon, told="leader"))
    told.after(half).when(replace(NEAR, today=DUE)).then_refused(NotedAlready)


def test_what_is_over_is_said_once_and_is_not_called_near_any_more() -> None:
    """R42: red goes to the person; after a downtime it does not come near first."""
    held.when(OVER).then(ItemOverdue("task", "T1", "定标", DUE, OVER.today, FITTER.person))
    held.after(OVER).when(OVER).then_refused(NotedAlready)
    finding = Remind(None, "finding", "W01", "缺签认", MARCH, DUE, today=DUE + DAY)
    found.when(finding).then(ItemOverdue("finding", "W01", "缺签认", DUE, DUE + DAY, None))


def test_who_has_done_it_is_told_nothing() -> None:
    done = held.after(CompleteTask(FITTER, "T1", MARCH, today=MARCH))
    done.when(OVER).then_refused(NoSuchDate)
    closed.when(Remind(None, "finding", "W01", "缺签认", MARCH, DUE, DUE + DAY)).then_refused(NoSuchDate)
    held.when(replace(OVER, due=DUE + DAY)).then_refused(DateHasMoved)
    submitted.when(replace(OVER, subject="milestone", code="M1")).then_refused(NotInImplementation)


def test_a_figure_is_asked_for_once_and_when_its_period_is_over() -> None:
    """R41: a reading not yet due is never asked."""
    ask = AskForReading(None, "rework", date(2026, 1, 31), today=date(2026, 2, 1))
    approved.when(replace(ask, today=ask.over)).then_refused(DayNotOver)
    approved.when(replace(ask, over=date(2026, 1, 30))).then_refused(DateHasMoved)
    approved.when(ask).then(ReadingDue("rework", "2026-01", ask.over))
    approved.after(ask).when(ask).then_refused(NotedAlready)
    approved.after(READ).when(ask).then_refused(ReadingIsThere, period="2026-01")


def test_the_next_period_is_the_first_that_was_neither_read_nor_asked_for() -> None:
    """R41."""
    february = AskForReading(None, "rework", date(2026, 2, 28), today=MAY)
    for lived, ends in (
        (approved, date(2026, 1, 31)),
        (approved.after(READ), date(2026, 2, 28)),
        (approved.after(READ, february), date(2026, 3, 31)),
    ):
        asked = {one.code: one.due for one in open_ones(page_after(lived), ZONE) if one.subject == "reading"}
        assert asked["rework"] == ends


def test_a_day_is_that_of_the_house_and_not_of_greenwich() -> None:
    """R38: approved at one in the night of 1 February, nobody is asked for January's figure."""
    page = page_after(approved) | {"approved_at": "2026-01-31T17:00:00.000000Z"}
    asked = {one.code: one.due for one in open_ones(page, ZONE) if one.subject == "reading"}
    assert asked["rework"] == date(2026, 2, 28)


def test_after_a_pause_the_periods_within_it_are_not_asked_for() -> None:
    """R41, R43: what was over before is, and the periods in which the pause began and ended."""
    paused = approved.after(SuspendProject(PRECHECKER, "检修", today=date(2026, 2, 10)))
    goes_on = paused.after(ResumeProject(PRECHECKER, today=date(2026, 5, 20)))
    asked = []
    for _ in range(4):
        page = page_after(goes_on)
        (due,) = [
            one.due for one in open_ones(page, ZONE) if (one.subject, one.code) == ("reading", "rework")
        ]
        asked.append(f"{due:%m-%d}")
        goes_on = goes_on.after(AskForReading(None, "rework", due, today=date(2026, 7, 1)))
    assert asked == ["01-31", "02-28", "05-31", "06-30"]


@pytest.mark.parametrize(
    ("rhythm", "day", "period"),
    [
        ("month", date(2028, 2, 1), Period("2028-02", date(2028, 2, 29), date(2028, 2, 1))),
        ("quarter", date(2026, 4, 1), Period("2026-Q2", date(2026, 6, 30), date(2026, 4, 1))),
        ("half_year", date(2026, 7, 1), Period("2026-H2", date(2026, 12, 31), date(2026, 7, 1))),
        ("once", date(2026, 7, 3), Period("once", date(2026, 7, 3), date(2026, 7, 3))),
    ],
)
def test_a_day_lies_in_one_period_of_each_rhythm(rhythm: ReadingRhythm, day: date, period: Period) -> None:
    """R41."""
    assert period_of(rhythm, day) == period


def test_a_closed_finding_is_looked_at_again_on_its_day_and_the_answer_is_an_act() -> None:
    """The look back is somebody's: the inspector's."""
    closed.when(replace(ASK, today=LOOK_BACK - DAY)).then_refused(DayNotOver)
    closed.when(ASK).then(LookBackDue("W01", "缺签认", LOOK_BACK))
    asked = closed.after(ASK)
    asked.when(ASK).then_refused(NotedAlready)
    asked.when(LOOKED).then(FindingLookedBackAt("W01", LOOK_BACK, INSPECTOR.person, "仍在签认"))
    asked.after(LOOKED).when(ASK).then_refused(DateHasMoved)
    asked.when(ReopenFinding(INSPECTOR, "W01", "又缺", date(2026, 9, 1))).then_names(FindingReopened)
    found.when(ASK).then_refused(FindingIsOpen)
    found.when(LOOKED).then_refused(FindingIsOpen)


def test_who_puts_it_right_does_not_look_back() -> None:
    """R4."""
    closed.when(replace(LOOKED, by=SECRETARY)).then_refused(RectifierMayNotClose)
    closed.when(replace(LOOKED, units=(BRANCH,))).then_refused(RectifierMayNotClose)
    closed.when(replace(LOOKED, tied_to=(FITTER.person,))).then_refused(RectifierMayNotClose)


@pytest.fixture
async def desk(desk: Desk) -> Desk:
    await desk.house.does(*APPROVAL, INSPECT, RECORD, REPORT, CLOSE)
    return desk


async def test_the_inspector_looks_back_and_the_branch_does_not(desk: Desk) -> None:
    body: dict[str, Any] = {"finding": "W01", "note": "仍在签认"}
    refused = await desk.post("secretary of the branch", "look-back-at-finding", **body)
    assert refused.json()["code"] == "NotAllowed"
    looked = await desk.post("inspector of the company", "look-back-at-finding", **body)
    assert looked.json()["events"] == ["FindingLookedBackAt"]
    page = (await desk.read("headquarters"))["project"]
    assert page["findings"]["W01"]["looked_back"] is not None
