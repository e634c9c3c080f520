"""What a day that is over does to a project: it is noted and goes up, and nothing is approved by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.projects.domain.project.approval import (
    GiveOpinion,
    MeetingDecided,
    OpinionAlreadyGiven,
    OpinionGiven,
    ProjectApproved,
    StepCompleted,
    StepNotOpen,
    StepOpened,
    StepReferredUp,
)
from services.projects.domain.project.closing import ClosureIncomplete, ClosureRequested
from services.projects.domain.project.content import Seat
from services.projects.domain.project.deadlines import (
    BodyHasNotMet,
    DateHasMoved,
    DayNotOver,
    DeadlineNotPassed,
    DeadlinePassed,
    DeadlineRecounted,
    EndFiling,
    FilingEnded,
    NotedAlready,
    OverrunSuspension,
    PassDeadline,
    RaisedTwice,
    RaiseStep,
    RecountDeadline,
    SuspensionOverran,
)
from services.projects.domain.project.extension import GrantExtension
from services.projects.domain.project.lateness import (
    ExplanationGiven,
    GiveExplanation,
    ItemDueSoon,
    MilestoneMissed,
    NoSuchDate,
    NothingToExplain,
    Remind,
)
from services.projects.domain.project.limits import Limits
from services.projects.domain.project.pause import ProjectSuspended, ResumeProject, SuspendProject
from services.projects.domain.project.route import Onward
from services.projects.domain.project.state import (
    Explained,
    NotInApproval,
    NotInImplementation,
    NotSuspended,
    SeatNotAddressed,
)
from services.projects.domain.project.tasks import AddTask
from services.projects.domain.project.termination import ProjectTerminated
from services.projects.domain.project.work import MilestoneReached, ReachMilestone
from tests.projects.a_project import (
    COMMITTEE_SEAT,
    FINANCE_AGREES,
    GROUP,
    JANUARY,
    MARCH,
    MAY,
    MEET,
    PRECHECK,
    PRECHECK_SEAT,
    PRECHECKER,
    QUALITY_AGREES,
    QUALITY_SEAT,
    REQUEST_CLOSURE,
    ROUTE,
    SECRETARY,
    SUBMIT,
    a_draft,
    approved,
    by,
    finished,
    submitted,
)

DUE = date(2026, 1, 27)
OVER = DUE + timedelta(1)
LATER = date(2026, 2, 5)
PASS = PassDeadline(None, 0, DUE, today=OVER)
ABOVE = Seat("headquarters", GROUP)
RAISE = RaiseStep(None, 0, DUE, today=date(2026, 1, 29), seats=(ABOVE,), next_due=LATER)
late = submitted.after(PASS)
M1 = date(2026, 5, 31)
MISS = Remind(None, "milestone", "M1", "首月", MARCH, M1, today=date(2026, 6, 1))
PAUSED_UNTIL = date(2026, 9, 2)


# The time of a step


def test_a_passed_deadline_is_noted_once_and_approves_nothing() -> None:
    """Never an approval by time: the step stays open, with the same seats."""
    submitted.when(PASS).then(DeadlinePassed(0, DUE, OVER, "any", (PRECHECK_SEAT,)))
    assert late.state.approval == submitted.state.approval
    late.when(PASS).then_refused(NotedAlready)
    late.when(PRECHECK).then_names(OpinionGiven, StepCompleted, StepOpened)


def test_there_is_time_until_the_end_of_the_last_day() -> None:
    """R38: a day ends at 24:00."""
    submitted.when(replace(PASS, today=DUE)).then_refused(DayNotOver, due=DUE)


def test_a_deadline_that_is_another_now_does_not_pass() -> None:
    submitted.when(replace(PASS, due=DUE - timedelta(1))).then_refused(DateHasMoved)
    submitted.when(replace(PASS, step=1)).then_refused(StepNotOpen)
    a_draft.when(PASS).then_refused(NotInApproval)


def test_an_overdue_step_goes_to_the_office_above() -> None:
    """Escalation: reminded first, then the office above is asked, with a time of its own."""
    submitted.when(RAISE).then_refused(DeadlineNotPassed)
    late.when(RAISE).then(StepReferredUp(0, (ABOVE,), "overdue", LATER, on=date(2026, 1, 29)))
    raised = late.after(RAISE)
    raised.when(PRECHECK).then_refused(SeatNotAddressed)
    headquarters = GiveOpinion(by("chief", "headquarters", GROUP), 0, "agree", "h1", ABOVE)
    raised.when(headquarters).then_names(OpinionGiven, StepCompleted, StepOpened)
    raised.when(replace(PASS, due=LATER, today=LATER + timedelta(1))).then(
        DeadlinePassed(0, LATER, LATER + timedelta(1), "any", (ABOVE,))
    )


def test_nobody_above_keeps_the_step_where_it_is() -> None:
    late.when(replace(RAISE, seats=())).then_refused(SeatNotAddressed)


def test_time_sends_a_step_up_twice_at_most_and_not_twice_in_a_week() -> None:
    """Two levels at most, then the party department calls; nobody's superior's superior within a week."""
    due = date(2026, 1, 30)
    again = replace(RAISE, due=due, today=date(2026, 2, 4))
    once = late.after(replace(RAISE, next_due=due), replace(PASS, due=due, today=date(2026, 1, 31)))
    once.when(again).then_refused(DayNotOver, due=date(2026, 2, 4))
    twice = once.after(
        replace(again, today=date(2026, 2, 5), next_due=date(2026, 2, 9)),
        replace(PASS, due=date(2026, 2, 9), today=date(2026, 2, 10)),
    )
    twice.when(replace(again, due=date(2026, 2, 9), today=date(2026, 3, 1))).then_refused(
        RaisedTwice, times=2
    )


def test_of_a_countersigned_step_only_who_has_not_spoken_is_passed_over() -> None:
    """R29: an opinion that was given stays given, and is not asked for again."""
    due = date(2026, 2, 3)
    opened = submitted.after(replace(PRECHECK, onward=Onward(due=due, on=JANUARY)), QUALITY_AGREES)
    above = Seat("finance", GROUP)
    raised = opened.after(
        PassDeadline(None, 1, due, today=date(2026, 2, 4)),
        RaiseStep(
            None,
            1,
            due,
            date(2026, 2, 5),
            seats=(QUALITY_SEAT, above),
            next_due=date(2026, 2, 10),
            stays=(QUALITY_SEAT,),
        ),
    )
    raised.when(QUALITY_AGREES).then_refused(OpinionAlreadyGiven)
    raised.when(FINANCE_AGREES).then_refused(SeatNotAddressed)
    group_finance = GiveOpinion(by("controller", "finance", GROUP), 1, "agree", "h1", above)
    raised.when(group_finance).then_names(OpinionGiven, StepCompleted, StepOpened)


def test_a_meeting_step_goes_up_only_when_the_body_met_without_the_matter() -> None:
    """R32."""
    opened, due = date(2026, 2, 2), date(2026, 3, 20)
    waiting = submitted.after(
        PRECHECK, QUALITY_AGREES, replace(FINANCE_AGREES, onward=Onward(due=due, on=opened))
    ).after(PassDeadline(None, 2, due, today=date(2026, 3, 21)))
    above = Seat("committee_member", GROUP)
    up = RaiseStep(None, 2, due, date(2026, 3, 24), seats=(above,), next_due=date(2026, 5, 8))
    waiting.when(up).then_refused(BodyHasNotMet)
    waiting.when(replace(up, met_on=opened - timedelta(1))).then_refused(BodyHasNotMet)
    waiting.when(replace(up, met_on=MARCH)).then_names(StepReferredUp)
    waiting.when(MEET).then_names(MeetingDecided, StepCompleted, StepOpened, ProjectApproved)


def test_a_body_above_that_met_before_it_was_asked_has_not_met_without_the_matter() -> None:
    """R32: its next meeting is the next one after the step came to it."""
    opened, due, raised = date(2026, 2, 2), date(2026, 3, 20), date(2026, 3, 24)
    above, later = Seat("committee_member", GROUP), date(2026, 5, 8)
    once = submitted.after(
        PRECHECK, QUALITY_AGREES, replace(FINANCE_AGREES, onward=Onward(due=due, on=opened))
    ).after(
        PassDeadline(None, 2, due, today=date(2026, 3, 21)),
        RaiseStep(None, 2, due, raised, seats=(above,), next_due=later, met_on=MARCH),
        PassDeadline(None, 2, later, today=date(2026, 5, 9)),
    )
    again = RaiseStep(None, 2, later, date(2026, 5, 12), seats=(COMMITTEE_SEAT,), next_due=date(2026, 6, 25))
    once.when(replace(again, met_on=raised - timedelta(1))).then_refused(BodyHasNotMet)
    once.when(replace(again, met_on=raised + timedelta(1))).then_names(StepReferredUp)


def test_what_is_not_ratified_in_time_is_stopped_and_what_was_done_stays() -> None:
    """R33: the emergency route's meeting has 15 working days."""
    ratified = replace(ROUTE[2], name="党委会追认", limit_working_days=15, stops=True)
    deciding = a_draft.after(replace(SUBMIT, route=(ROUTE[0], ratified)))
    due = date(2026, 2, 20)
    waiting = deciding.after(replace(PRECHECK, onward=Onward(due=due, on=JANUARY)))
    stop = PassDeadline(None, 1, due, today=date(2026, 2, 21))
    waiting.when(replace(stop, today=due)).then_refused(DayNotOver)
    waiting.when(stop).then(
        DeadlinePassed(1, due, date(2026, 2, 21), "meeting", (COMMITTEE_SEAT,)),
        ProjectTerminated(date(2026, 2, 21), "R33"),
    )
    waiting.after(stop).when(replace(MEET, step=1)).then_refused(NotInApproval)


def test_a_last_day_is_counted_again_when_its_year_is_announced() -> None:
    """R38: as an act; what is noted as over stays as it was counted then."""
    again = RecountDeadline(None, 0, DUE, due=date(2026, 1, 30))
    recounted = submitted.after(again)
    submitted.when(again).then(DeadlineRecounted(0, DUE, date(2026, 1, 30)))
    recounted.when(again).then_refused(DateHasMoved)
    recounted.when(PASS).then_refused(DateHasMoved)
    submitted.when(replace(again, due=DUE)).then()
    late.when(again).then_refused(NotedAlready)


# Filing


def test_the_time_for_objections_to_a_filing_ends() -> None:
    """R34: the approval was complete before; the end of the time is no approval either."""
    end = EndFiling(None, 3, date(2026, 3, 9), today=date(2026, 3, 10))
    approved.when(end).then(FilingEnded(3, date(2026, 3, 9)))
    approved.after(end).when(end).then_refused(NotedAlready)
    assert approved.after(end).state.phase == "in_implementation"
    approved.when(replace(end, today=date(2026, 3, 9))).then_refused(DayNotOver)
    approved.when(replace(end, step=0)).then_refused(StepNotOpen)
    approved.when(replace(end, step=4)).then_refused(StepNotOpen)


# Milestones


def test_a_milestone_is_missed_once_for_each_date_that_it_had() -> None:
    approved.when(MISS).then(MilestoneMissed("M1", M1, "首月", MISS.today))
    missed = approved.after(MISS)
    missed.when(MISS).then_refused(NotedAlready)
    approved.when(replace(MISS, today=M1)).then_names(ItemDueSoon, ItemDueSoon)
    approved.when(replace(MISS, code="M9")).then_refused(NoSuchDate, subject="milestone", code="M9")
    moved = date(2026, 7, 31)
    extended = approved.after(GrantExtension(PRECHECKER, "M1", moved, "停电", today=MAY))
    extended.when(MISS).then_refused(DateHasMoved)
    extended.when(replace(MISS, due=moved, today=date(2026, 8, 1))).then(
        MilestoneMissed("M1", moved, "首月", date(2026, 8, 1))
    )


def test_what_is_reported_late_may_still_have_been_reached_in_time() -> None:
    """R36: missing a date is noted by the day of entry; the day on which it happened stays its own."""
    late_entry = ReachMilestone(SECRETARY, "M1", MAY, today=date(2026, 6, 3))
    approved.after(MISS).when(late_entry).then(MilestoneReached("M1", MAY, date(2026, 6, 3)))
    reached = approved.after(ReachMilestone(SECRETARY, "M1", MAY, today=MAY))
    reached.when(MISS).then_refused(NoSuchDate)


# Suspension


def test_a_pause_lasts_six_months_at_most() -> None:
    """R43: then people resume or end it; its clocks go on standing still."""
    pause = SuspendProject(PRECHECKER, "停产检修", today=MARCH)
    approved.when(pause).then(ProjectSuspended(MARCH, "停产检修", PAUSED_UNTIL))
    paused = approved.after(pause)
    over = OverrunSuspension(None, PAUSED_UNTIL, today=date(2026, 9, 3))
    paused.when(replace(over, today=PAUSED_UNTIL)).then_refused(DayNotOver)
    paused.when(over).then(SuspensionOverran(MARCH, PAUSED_UNTIL))
    paused.after(over).when(over).then_refused(NotedAlready)
    paused.when(replace(over, until=MAY)).then_refused(DateHasMoved)
    approved.when(over).then_refused(NotSuspended)
    paused.when(MISS).then_refused(NotInImplementation)
    assert paused.after(over, ResumeProject(PRECHECKER, today=date(2026, 9, 10))).state.phase == (
        "in_implementation"
    )


def test_the_programme_says_how_long_a_pause_may_last() -> None:
    """R43, defaults 8.5: suspension_months_at_most."""
    pause = SuspendProject(PRECHECKER, "停产检修", today=MARCH, limits=Limits(suspension_months=3))
    approved.when(pause).then(ProjectSuspended(MARCH, "停产检修", date(2026, 6, 2)))


def test_a_pause_of_before_its_last_day_was_said_has_six_months() -> None:
    """What was stored without it reads as the rule's own length."""
    paused = replace(approved, past=(*approved.past, ProjectSuspended(MARCH, "停产检修")))
    assert paused.state.suspended_until == PAUSED_UNTIL


# Explanations

EXPLAIN = GiveExplanation(SECRETARY, "milestone", "M1", "备件到货晚", "六月上旬补上", today=date(2026, 6, 1))


def test_who_is_late_explains_why_and_what_next() -> None:
    """R44."""
    approved.when(EXPLAIN).then(
        ExplanationGiven("milestone", "M1", M1, SECRETARY.person, "备件到货晚", "六月上旬补上")
    )
    approved.when(replace(EXPLAIN, today=M1)).then_refused(NothingToExplain)
    approved.when(replace(EXPLAIN, code="M9")).then_refused(NoSuchDate, subject="milestone", code="M9")
    submitted.when(EXPLAIN).then_refused(NotInImplementation)


@pytest.mark.parametrize(("subject", "code"), [("task", "T1"), ("project", "")])
def test_tasks_and_the_project_can_be_explained_as_well(subject: Explained, code: str) -> None:
    task = AddTask(SECRETARY, "T1", "定标", "签认", date(2026, 4, 30), Decimal(30))
    late_one = replace(EXPLAIN, subject=subject, code=code, today=date(2026, 9, 1))
    approved.after(task).when(late_one).then_names(ExplanationGiven)


def test_a_late_closing_that_was_explained_need_not_be_explained_again() -> None:
    """R44: required for late closing."""
    silent = replace(REQUEST_CLOSURE, explanation="")
    finished.when(silent).then_refused(ClosureIncomplete)
    of_the_project = replace(EXPLAIN, subject="project", code="", today=date(2026, 9, 1))
    finished.after(of_the_project).when(silent).then_names(ClosureRequested)
