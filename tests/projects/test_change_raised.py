"""An overdue step of a change goes to those above as one of an approval does; time never decides (R23)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from services.projects.domain.project.approval import OpinionAlreadyGiven, StepNotOpen
from services.projects.domain.project.change import ChangeApproved, NoSuchChange, TargetChanged
from services.projects.domain.project.change_deadlines import RaiseChange
from services.projects.domain.project.change_meeting import ReferChangeUp
from services.projects.domain.project.change_route import (
    ChangeMeetingDecided,
    ChangeOpinionGiven,
    ChangeReferredUp,
    ChangeStepOpened,
)
from services.projects.domain.project.content import Seat
from services.projects.domain.project.deadlines import (
    BodyHasNotMet,
    DateHasMoved,
    DayNotOver,
    RaisedTwice,
)
from services.projects.domain.project.extension import NewDate
from services.projects.domain.project.pause import ProjectResumed, ResumeProject, SuspendProject
from services.projects.domain.project.state import NotInImplementation, SeatNotAddressed
from services.projects.domain.project.vacancy import PauseLimits
from services.projects.escalation import seats_above
from services.projects.projections.page import Page, open_ones
from services.projects.sight import circle_of
from tests.projects.a_group import appointed, organisation
from tests.projects.a_project import (
    GROUP,
    MARCH,
    PRECHECK_SEAT,
    PRECHECKER,
    Project,
    by,
)
from tests.projects.lived import page_after
from tests.projects.test_change_route import (
    CHIEF_SEAT,
    COMMITTEE,
    DEPARTMENT,
    LEADER,
    MEETING,
    MEETS,
    WORDS,
    agrees,
    disagrees,
    on,
    step,
)

HEADQUARTERS, COMMITTEE_ABOVE = Seat("headquarters", GROUP), Seat("committee_member", GROUP)
HELD = tuple(appointed(f"{office} above", office, GROUP) for office in ("source_department", "finance"))
FIRST = date(2026, 3, 5)
RAISED_ON, NEXT_DUE = FIRST + timedelta(2), FIRST + timedelta(6)
RAISE = RaiseChange(None, "C1", 0, FIRST, RAISED_ON, (HEADQUARTERS,), NEXT_DUE)
MEETING_RAISED = replace(RAISE, seats=(COMMITTEE_ABOVE,))


def raising(waiting: Project) -> RaiseChange:
    above = seats_above(organisation(*HELD), waiting.state, waiting.state.deciding["C1"], RAISED_ON)
    return replace(RAISE, seats=above.seats, stays=above.stays)


def goes_up_on(page: Page) -> date | None:
    """When the open step of the change goes up by itself."""
    (dated,) = [one for one in open_ones(page) if one.subject == "change"]
    assert (dated.act is None) == (dated.act_on is None)
    assert dated.act in ("raise", None)
    return dated.act_on


def test_an_overdue_step_of_a_change_goes_to_the_office_above_with_a_time_of_its_own() -> None:
    """R23: the role above is asked, in the same step; the change itself is as it was."""
    waiting = on(DEPARTMENT, LEADER)
    assert raising(waiting) == RAISE
    waiting.when(RAISE).then(
        ChangeReferredUp("C1", 0, (HEADQUARTERS,), "overdue", NEXT_DUE, on=RAISED_ON, stays=())
    )
    up = waiting.after(RAISE)
    assert up.state.changes == waiting.state.changes
    up.when(WORDS[0]).then_refused(SeatNotAddressed)
    above = by("hq", "headquarters", GROUP)
    up.when(agrees(above, HEADQUARTERS)).then_names(ChangeOpinionGiven, ChangeStepOpened)
    rejected = up.after(disagrees(above, HEADQUARTERS))
    rejected.when(replace(RAISE, due=NEXT_DUE)).then_refused(NoSuchChange)


def test_a_change_goes_up_only_when_the_day_of_its_open_step_is_over() -> None:
    """R38: a day ends at 24:00."""
    waiting = on(DEPARTMENT, LEADER)
    waiting.when(replace(RAISE, today=FIRST)).then_refused(DayNotOver, due=FIRST)
    waiting.when(replace(RAISE, due=FIRST - timedelta(1))).then_refused(DateHasMoved)
    waiting.when(replace(RAISE, step=1)).then_refused(StepNotOpen)
    waiting.after(WORDS[0]).when(RAISE).then_refused(StepNotOpen)
    waiting.when(replace(RAISE, change="C2")).then_refused(NoSuchChange)


def test_of_a_countersigned_change_only_who_has_not_spoken_is_passed_over() -> None:
    """R29: a word that was given stays given, and is not asked for again."""
    waiting = on(step("all")).after(WORDS[0])
    above = (Seat("source_department", GROUP), Seat("finance", GROUP))
    up = waiting.after(raising(waiting))
    standing = up.state.deciding["C1"]
    assert (standing.seats, standing.waiting) == ((PRECHECK_SEAT, *above), above)
    up.when(WORDS[0]).then_refused(OpinionAlreadyGiven)
    up.when(WORDS[1]).then_refused(SeatNotAddressed)
    first, last = (agrees(by(seat.office, seat.office, GROUP), seat) for seat in above)
    up.after(first).when(last).then_names(ChangeOpinionGiven, ChangeApproved, TargetChanged)


def test_time_sends_a_change_up_twice_at_most_and_not_twice_in_a_week() -> None:
    once, again = on(DEPARTMENT).after(RAISE), replace(RAISE, due=NEXT_DUE)
    within = replace(again, today=RAISED_ON + timedelta(6))
    once.when(within).then_refused(DayNotOver, due=within.today)
    later = replace(again, today=RAISED_ON + timedelta(7), next_due=RAISED_ON + timedelta(9))
    twice = once.after(later)
    third = replace(later, due=later.next_due, today=later.next_due + timedelta(60))
    twice.when(third).then_refused(RaisedTwice, times=2)
    assert goes_up_on(page_after(twice)) is None


def test_each_step_of_a_change_goes_up_on_its_own() -> None:
    above = by("hq", "headquarters", GROUP)
    second = on(DEPARTMENT, LEADER).after(RAISE, agrees(above, HEADQUARTERS))
    assert second.state.deciding["C1"].raised_on == ()
    second.when(replace(RAISE, step=1)).then_names(ChangeReferredUp)


def test_nobody_above_keeps_the_change_where_it_is() -> None:
    on(DEPARTMENT).when(replace(RAISE, seats=())).then_refused(SeatNotAddressed)


def test_a_change_before_a_body_goes_up_only_when_the_body_met_without_it() -> None:
    """R28, R32: what a meeting must decide is decided by the meeting above."""
    waiting, met = on(MEETING), replace(MEETING_RAISED, met_on=MARCH)
    waiting.when(MEETING_RAISED).then_refused(BodyHasNotMet)
    waiting.when(replace(met, met_on=MARCH - timedelta(1))).then_refused(BodyHasNotMet)
    up = waiting.after(met)
    assert (up.state.deciding["C1"].decides, up.state.deciding["C1"].seats) == ("meeting", (COMMITTEE_ABOVE,))
    up.when(replace(MEETS, body=GROUP)).then_names(ChangeMeetingDecided, ChangeApproved, TargetChanged)


def test_a_meeting_that_is_too_small_passes_a_change_on_without_anybody_having_been_late() -> None:
    """R27: its time may send it up twice still."""
    passed_on = ReferChangeUp(MEETS.by, "C1", 0, "R27", (COMMITTEE_ABOVE,), NEXT_DUE, MARCH)
    up = on(MEETING).after(passed_on)
    assert up.state.deciding["C1"].raised_on == ()
    assert COMMITTEE not in up.state.deciding["C1"].seats


def test_while_the_clocks_stand_still_no_change_goes_up_and_afterwards_not_at_once() -> None:
    """R43: who is asked has a working day once the work goes on."""
    paused = on(DEPARTMENT).after(SuspendProject(PRECHECKER, "停产", today=FIRST))
    paused.when(RAISE).then_refused(NotInImplementation)
    monday = date(2026, 6, 1)
    resumed = paused.after(ResumeProject(PRECHECKER, today=monday))
    assert goes_up_on(page_after(resumed)) == monday + timedelta(2)


def test_going_on_moves_the_day_of_a_changes_open_step_by_the_days_suspended() -> None:
    """R43: in the same act as all dates, shown on the page, and only of what still waits."""
    paused = on(DEPARTMENT, LEADER).after(SuspendProject(PRECHECKER, "停产", today=MARCH))
    resume = ResumeProject(PRECHECKER, today=MARCH + timedelta(10))
    later = FIRST + timedelta(10)
    (resumed,) = paused.when(resume).events
    assert isinstance(resumed, ProjectResumed)
    assert resumed.dates[-1] == NewDate("change", "C1", later)
    goes_on = paused.after(resume)
    assert goes_on.state.deciding["C1"].due == later
    goes_on.when(replace(RAISE, today=RAISED_ON + timedelta(20))).then_refused(DateHasMoved)
    goes_on.when(replace(RAISE, due=later, today=later)).then_refused(DayNotOver, due=later)
    first, second = page_after(goes_on)["changes"]["C1"]["steps"]
    assert (first["due"], first["counted_from"]) == (later.isoformat(), resume.today.isoformat())
    assert (second["due"], second["counted_from"]) == (None, None), "it has not opened"
    decided = on(DEPARTMENT).after(WORDS[0], SuspendProject(PRECHECKER, "停产", today=MARCH))
    (resumed,) = decided.when(resume).events
    assert isinstance(resumed, ProjectResumed)
    assert "change" not in {new.subject for new in resumed.dates}


def test_an_office_that_is_vacant_gives_no_more_time_to_who_decides_on_a_change() -> None:
    """R10: only the limits of the holder stand still; the deciders are others."""
    vacant = on(DEPARTMENT).after(PauseLimits(None, MARCH))
    assert vacant.state.deciding["C1"].due == FIRST


def test_the_page_says_when_a_change_goes_up_and_who_was_asked_before() -> None:
    """A working day after the last one."""
    waiting = on(step("all")).after(WORDS[0])
    assert goes_up_on(page_after(waiting)) == date(2026, 3, 7), "Friday is the working day"
    shown = page_after(waiting.after(raising(waiting)))
    (asked,) = shown["changes"]["C1"]["steps"]
    assert (asked["raised_on"], asked["counted_from"]) == (["2026-03-07"], "2026-03-07")
    assert (asked["state"], asked["due"]) == ("open", NEXT_DUE.isoformat())
    assert [one["reason"] for one in asked["referred_up"]] == ["overdue"]
    assert goes_up_on(shown) == date(2026, 3, 14), "not twice in a week"


def test_who_was_passed_over_sees_the_project_as_before() -> None:
    """As whoever a step of the approval went past."""
    shown = page_after(on(LEADER).after(RAISE))
    assert (CHIEF_SEAT.office, CHIEF_SEAT.unit) in circle_of(shown).seats
