"""An overdue step of a change is noted, then goes up as one of an approval does; time never decides (R23)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from services.projects.domain.project.approval import OpinionAlreadyGiven, StepNotOpen
from services.projects.domain.project.change import ChangeApproved, NoSuchChange, TargetChanged
from services.projects.domain.project.change_deadlines import PassChangeDeadline, RaiseChange
from services.projects.domain.project.change_meeting import ReferChangeUp
from services.projects.domain.project.change_route import (
    ChangeDeadlinePassed,
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
    DeadlineNotPassed,
    NotedAlready,
    RaisedTwice,
)
from services.projects.domain.project.extension import NewDate
from services.projects.domain.project.pause import (
    ProjectResumed,
    ProjectSuspended,
    ResumeProject,
    SuspendProject,
)
from services.projects.domain.project.route import Step
from services.projects.domain.project.state import NotInImplementation, SeatNotAddressed
from services.projects.domain.project.vacancy import PauseLimits
from services.projects.escalation import seats_above
from services.projects.projections.page import Page, open_ones
from services.projects.sight import circle_of
from tests.projects.a_group import appointed, organisation
from tests.projects.a_project import (
    FINANCE_SEAT,
    GROUP,
    MARCH,
    PRECHECK_SEAT,
    PRECHECKER,
    QUALITY_SEAT,
    ZONE,
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
    request,
    step,
)

HEADQUARTERS, COMMITTEE_ABOVE = Seat("headquarters", GROUP), Seat("committee_member", GROUP)
HELD = tuple(appointed(f"{office} above", office, GROUP) for office in ("source_department", "finance"))
FIRST = date(2026, 3, 5)
RAISED_ON, NEXT_DUE = FIRST + timedelta(2), FIRST + timedelta(6)
PASS = PassChangeDeadline(None, "C1", 0, FIRST, FIRST + timedelta(1))
PASS_AGAIN = replace(PASS, due=NEXT_DUE, today=NEXT_DUE + timedelta(1))
RAISE = RaiseChange(None, "C1", 0, FIRST, RAISED_ON, (HEADQUARTERS,), NEXT_DUE)
MEETING_RAISED = replace(RAISE, seats=(COMMITTEE_ABOVE,))


def raising(waiting: Project) -> RaiseChange:
    above = seats_above(organisation(*HELD), waiting.state, waiting.state.deciding["C1"], RAISED_ON)
    return replace(RAISE, seats=above.seats, stays=above.stays)


def overdue(*route: Step) -> Project:
    """A change whose first step was not decided by its last day, which is noted."""
    return on(*route).after(PASS)


def follows(page: Page) -> tuple[str | None, date | None]:
    """What the open step of the change has to expect by itself, and from which day on."""
    (dated,) = [one for one in open_ones(page, ZONE) if one.subject == "change"]
    return dated.act, dated.act_on


def test_that_the_last_day_of_a_change_is_over_is_noted_once_and_decides_nothing() -> None:
    """R38: who is asked is reminded; the step stays open, with the same seats."""
    waiting = on(step("all"), LEADER).after(WORDS[0])
    late = (QUALITY_SEAT, FINANCE_SEAT)
    waiting.when(PASS).then(ChangeDeadlinePassed("C1", 0, FIRST, FIRST + timedelta(1), "all", late))
    noted = waiting.after(PASS)
    assert (noted.state.deciding, noted.state.changes) == (waiting.state.deciding, waiting.state.changes)
    noted.when(PASS).then_refused(NotedAlready)
    noted.after(WORDS[1]).when(WORDS[2]).then_names(ChangeOpinionGiven, ChangeStepOpened)


def test_the_last_day_of_a_change_is_noted_only_when_it_is_over_and_of_the_step_that_waits() -> None:
    """R38: a day ends at 24:00; each step has a day of its own."""
    waiting = on(DEPARTMENT, LEADER)
    waiting.when(replace(PASS, today=FIRST)).then_refused(DayNotOver, due=FIRST)
    waiting.when(replace(PASS, due=FIRST - timedelta(1))).then_refused(DateHasMoved)
    waiting.when(replace(PASS, step=1)).then_refused(StepNotOpen)
    waiting.when(replace(PASS, change="C2")).then_refused(NoSuchChange)
    went_on = waiting.after(PASS, WORDS[0])
    went_on.when(PASS).then_refused(StepNotOpen)
    went_on.when(replace(PASS, step=1)).then_names(ChangeDeadlinePassed)


def test_of_two_changes_that_are_over_each_is_noted_for_itself() -> None:
    both = on(DEPARTMENT).after(replace(request(LEADER), change="C2"), PASS)
    both.when(replace(RAISE, change="C2")).then_refused(DeadlineNotPassed)
    both.when(replace(PASS, change="C2")).then_names(ChangeDeadlinePassed)


def test_an_overdue_step_of_a_change_goes_to_the_office_above_with_a_time_of_its_own() -> None:
    """R23: the role above is asked, in the same step; the change itself is as it was."""
    waiting = overdue(DEPARTMENT, LEADER)
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


def test_a_change_goes_up_only_when_it_is_noted_that_the_day_of_its_open_step_is_over() -> None:
    """However long it is over: who is asked is reminded first."""
    on(DEPARTMENT).when(replace(RAISE, today=RAISED_ON + timedelta(90))).then_refused(DeadlineNotPassed)
    waiting = overdue(DEPARTMENT, LEADER)
    waiting.when(RAISE).then_names(ChangeReferredUp)
    waiting.when(replace(RAISE, due=FIRST - timedelta(1))).then_refused(DateHasMoved)
    waiting.when(replace(RAISE, step=1)).then_refused(StepNotOpen)
    waiting.after(WORDS[0]).when(RAISE).then_refused(StepNotOpen)
    waiting.when(replace(RAISE, change="C2")).then_refused(NoSuchChange)


def test_of_a_countersigned_change_only_who_has_not_spoken_is_passed_over() -> None:
    """R29: a word that was given stays given, and is not asked for again."""
    waiting = overdue(step("all")).after(WORDS[0])
    above = (Seat("source_department", GROUP), Seat("finance", GROUP))
    up = waiting.after(raising(waiting))
    standing = up.state.deciding["C1"]
    assert (standing.seats, standing.waiting) == ((PRECHECK_SEAT, *above), above)
    up.when(WORDS[0]).then_refused(OpinionAlreadyGiven)
    up.when(WORDS[1]).then_refused(SeatNotAddressed)
    first, last = (agrees(by(seat.office, seat.office, GROUP), seat) for seat in above)
    up.after(first).when(last).then_names(ChangeOpinionGiven, ChangeApproved, TargetChanged)


def test_time_sends_a_change_up_twice_at_most_and_not_twice_in_a_week() -> None:
    once, again = overdue(DEPARTMENT).after(RAISE), replace(RAISE, due=NEXT_DUE)
    once.when(replace(again, today=NEXT_DUE + timedelta(90))).then_refused(DeadlineNotPassed)
    once = once.after(PASS_AGAIN)
    within = replace(again, today=RAISED_ON + timedelta(6))
    once.when(within).then_refused(DayNotOver, due=within.today)
    later = replace(again, today=RAISED_ON + timedelta(7), next_due=RAISED_ON + timedelta(9))
    third = replace(later, due=later.next_due, today=later.next_due + timedelta(60))
    twice = once.after(later, replace(PASS, due=third.due, today=third.today))
    twice.when(third).then_refused(RaisedTwice, times=2)
    assert follows(page_after(twice)) == (None, None)


def test_each_step_of_a_change_goes_up_on_its_own() -> None:
    above = by("hq", "headquarters", GROUP)
    second = overdue(DEPARTMENT, LEADER).after(RAISE, agrees(above, HEADQUARTERS))
    assert second.state.deciding["C1"].raised_on == ()
    second.when(replace(RAISE, step=1)).then_refused(DeadlineNotPassed)
    second.after(replace(PASS, step=1)).when(replace(RAISE, step=1)).then_names(ChangeReferredUp)


def test_nobody_above_keeps_the_change_where_it_is() -> None:
    overdue(DEPARTMENT).when(replace(RAISE, seats=())).then_refused(SeatNotAddressed)


def test_a_change_before_a_body_goes_up_only_when_the_body_met_without_it() -> None:
    """R28, R32: what a meeting must decide is decided by the meeting above."""
    waiting, met = overdue(MEETING), replace(MEETING_RAISED, met_on=MARCH)
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
    """R43: its day moved, so that it is noted anew, and who is asked has a working day again."""
    paused = overdue(DEPARTMENT).after(SuspendProject(PRECHECKER, "停产", today=FIRST + timedelta(1)))
    assert "change" not in {one.subject for one in open_ones(page_after(paused), ZONE)}
    paused.when(RAISE).then_refused(NotInImplementation)
    monday, moved = date(2026, 6, 1), date(2026, 5, 31)
    resumed = paused.after(ResumeProject(PRECHECKER, today=monday))
    assert follows(page_after(resumed)) == ("pass", monday)
    again = replace(RAISE, due=moved, today=monday + timedelta(1))
    resumed.when(again).then_refused(DeadlineNotPassed)
    noted = resumed.after(replace(PASS, due=moved, today=monday))
    assert follows(page_after(noted)) == ("raise", again.today)
    noted.when(again).then_names(ChangeReferredUp)


def test_a_pause_of_no_day_leaves_what_is_noted_noted() -> None:
    """R43: the last day is the same."""
    stopped = SuspendProject(PRECHECKER, "停产", today=RAISED_ON)
    resumed = overdue(DEPARTMENT).after(stopped, ResumeProject(PRECHECKER, today=RAISED_ON))
    assert follows(page_after(resumed)) == follows(page_after(overdue(DEPARTMENT)))
    resumed.when(RAISE).then_names(ChangeReferredUp)


def test_a_change_whose_day_was_over_before_a_pause_of_old_is_noted_when_the_work_goes_on() -> None:
    """A ledger in which a pause did not move it, and in which it went up without a note, folds as it did."""
    asked = on(DEPARTMENT)
    stopped = (
        ProjectSuspended(FIRST + timedelta(4), "停产"),
        ProjectResumed(RAISED_ON + timedelta(30), 28, ()),
    )
    assert follows(page_after(replace(asked, past=(*asked.past, *stopped)))) == (
        "pass",
        FIRST + timedelta(1),
    )
    up = ChangeReferredUp("C1", 0, (HEADQUARTERS,), "overdue", NEXT_DUE, on=RAISED_ON)
    of_old = replace(asked, past=(*asked.past, up))
    assert of_old.state.deciding["C1"].seats == (HEADQUARTERS,)
    assert follows(page_after(of_old)) == ("pass", NEXT_DUE + timedelta(1))
    of_old.when(PASS_AGAIN).then_names(ChangeDeadlinePassed)


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
    goes_on.when(replace(PASS, today=RAISED_ON + timedelta(20))).then_refused(DateHasMoved)
    goes_on.when(replace(PASS, due=later, today=later)).then_refused(DayNotOver, due=later)
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
    """A working day after it was noted, whenever that was; asked anew it is noted anew."""
    waiting = on(step("all")).after(WORDS[0])
    assert follows(page_after(waiting)) == ("pass", date(2026, 3, 6))
    noted = waiting.after(PASS)
    assert follows(page_after(noted)) == ("raise", date(2026, 3, 7)), "Friday is the working day"
    after_a_downtime = waiting.after(replace(PASS, today=date(2026, 4, 10)))
    assert follows(page_after(after_a_downtime)) == ("raise", date(2026, 4, 11))
    shown = page_after(noted.after(raising(waiting)))
    (asked,) = shown["changes"]["C1"]["steps"]
    assert (asked["raised_on"], asked["counted_from"]) == (["2026-03-07"], "2026-03-07")
    assert (asked["state"], asked["due"]) == ("open", NEXT_DUE.isoformat())
    assert [one["reason"] for one in asked["referred_up"]] == ["overdue"]
    assert (asked["overdue_on"], follows(shown)) == (None, ("pass", date(2026, 3, 12)))
    soon = page_after(noted.after(raising(waiting), PASS_AGAIN))
    assert follows(soon) == ("raise", date(2026, 3, 14)), "not twice in a week"


def test_who_was_passed_over_sees_the_project_as_before() -> None:
    """As whoever a step of the approval went past."""
    shown = page_after(overdue(LEADER).after(RAISE))
    assert (CHIEF_SEAT.office, CHIEF_SEAT.unit) in circle_of(shown).seats
