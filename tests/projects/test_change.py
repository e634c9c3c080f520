"""What changes after approval."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.projects.domain.project import Event
from services.projects.domain.project.change import (
    ApproveChange,
    ChangeApproved,
    ChangeRejected,
    ChangeRequested,
    NoSuchChange,
    NothingWouldChange,
    PlanChanged,
    RejectChange,
    RequestChange,
    TargetChanged,
    TeamChanged,
)
from services.projects.domain.project.clarity import (
    BaselineEqualsTarget,
    CodesRepeat,
    NotASource,
)
from services.projects.domain.project.content import Alteration, Member, Seat, Team
from services.projects.domain.project.extension import (
    EndMovesByRequest,
    ExtensionAskedTooLate,
    ExtensionGranted,
    ExtensionIsNotLater,
    ExtensionTooLong,
    GrantExtension,
    MilestoneIsReached,
    NewDate,
)
from services.projects.domain.project.figures import ConfirmFigure, ReportReading, figures_now
from services.projects.domain.project.leadership import HandOverLead, LeadHandedOver, LeadStays
from services.projects.domain.project.limits import Limits
from services.projects.domain.project.pause import (
    ProjectResumed,
    ProjectSuspended,
    ResumeProject,
    SuspendProject,
)
from services.projects.domain.project.proposal import ProjectTooLong
from services.projects.domain.project.state import (
    CodeTaken,
    NoSuchMilestone,
    NotInImplementation,
    NotSuspended,
    ProposerMayNotApprove,
)
from services.projects.domain.project.tasks import AcceptTask, AddTask, AssignTask, CompleteTask, ReleaseTask
from services.projects.domain.project.termination import AlreadyEnded, ProjectTerminated, TerminateProject
from shared.domain import PersonId
from tests.projects.a_project import (
    ASSESS,
    BRANCH,
    CONTENT,
    FINANCE_AGREES,
    FITTER,
    JANUARY,
    MARCH,
    MAY,
    MEET,
    PRECHECK,
    PRECHECKER,
    QUALITY,
    QUALITY_AGREES,
    QUALITY_REVIEWS,
    REQUEST_CLOSURE,
    REWORK,
    SECRETARY,
    SUBMIT,
    WELDER,
    Project,
    a_draft_of,
    approved,
    by,
    closed,
    finished,
    in_closing,
    submitted,
)

TARGETS = (replace(REWORK, target=Decimal(3)), CONTENT.targets[1])
REQUEST = RequestChange(SECRETARY, "C1", "设备已更新", Alteration(targets=TARGETS))
APPROVE = ApproveChange(PRECHECKER, "C1", "h2")
REJECT = RejectChange(PRECHECKER, "C1", "目标仍偏低")
LATER = (CONTENT.plan[0], replace(CONTENT.plan[1], due=date(2026, 9, 30)))
EXTEND = GrantExtension(PRECHECKER, "M1", date(2026, 6, 30), "擦净布到货晚", today=MAY)
SUSPEND = SuspendProject(PRECHECKER, "停产检修", today=MARCH)
RESUME = ResumeProject(SECRETARY, today=date(2026, 3, 12))
TERMINATE = TerminateProject(PRECHECKER, "生产线迁出", today=MAY)
TWO_YEARS, DAY = date(2028, 1, 20), timedelta(1)
requested = approved.after(REQUEST)
suspended = approved.after(SUSPEND)


def test_content_changes_only_by_a_request_that_somebody_else_approves() -> None:
    approved.when(REQUEST).then(
        ChangeRequested("C1", "设备已更新", Alteration(targets=TARGETS), SECRETARY.person)
    )
    requested.when(APPROVE).then(ChangeApproved("C1", "h2"), TargetChanged(TARGETS))
    requested.when(replace(APPROVE, by=SECRETARY)).then_refused(ProposerMayNotApprove)
    requested.when(replace(REJECT, tied_to=(PersonId("fitter"),))).then_refused(ProposerMayNotApprove)
    requested.when(REJECT).then(ChangeRejected("C1", "目标仍偏低"))


@pytest.mark.parametrize(
    ("alteration", "event"),
    [
        (Alteration(plan=CONTENT.plan[:1]), PlanChanged(CONTENT.plan[:1])),
        (
            Alteration(team=Team("攻关组", "新组", (Member(PersonId("welder"), "young"),))),
            TeamChanged(Team("攻关组", "新组", (Member(PersonId("welder"), "young"),))),
        ),
    ],
)
def test_every_part_that_changes_is_an_event_of_its_own(alteration: Alteration, event: Event) -> None:
    asked = approved.after(replace(REQUEST, alteration=alteration))
    asked.when(APPROVE).then(ChangeApproved("C1", "h2"), event)


def test_a_request_changes_something_and_stays_as_clear_as_what_was_approved() -> None:
    approved.when(replace(REQUEST, alteration=Alteration())).then_refused(NothingWouldChange)
    standing_still = Alteration(targets=(replace(REWORK, target=REWORK.baseline),))
    approved.when(replace(REQUEST, alteration=standing_still)).then_refused(BaselineEqualsTarget)
    twice = Alteration(plan=CONTENT.plan * 2)
    approved.when(replace(REQUEST, alteration=twice)).then_refused(CodesRepeat)
    submitted.when(REQUEST).then_refused(NotInImplementation)


def test_a_change_does_not_let_the_project_confirm_its_own_figures() -> None:
    own = Alteration(targets=(replace(REWORK, source=Seat("branch_secretary", BRANCH)), CONTENT.targets[1]))
    approved.when(replace(REQUEST, alteration=own)).then_refused(NotASource, office="branch_secretary")


def test_a_request_is_decided_once() -> None:
    requested.when(REQUEST).then_refused(CodeTaken)
    requested.after(APPROVE).when(REJECT).then_refused(NoSuchChange)
    approved.when(APPROVE).then_refused(NoSuchChange, change="C1")


def test_an_extension_is_asked_for_before_the_date_and_is_three_months_at_most() -> None:
    approved.when(EXTEND).then(ExtensionGranted("M1", date(2026, 5, 31), date(2026, 6, 30), "擦净布到货晚"))
    approved.when(replace(EXTEND, today=date(2026, 6, 1))).then_refused(ExtensionAskedTooLate)
    approved.when(replace(EXTEND, due=date(2026, 5, 31))).then_refused(ExtensionIsNotLater)
    approved.when(replace(EXTEND, due=date(2026, 8, 31))).then_names(ExtensionGranted)
    approved.when(replace(EXTEND, due=date(2026, 9, 1))).then_refused(ExtensionTooLong, months=3)
    approved.when(replace(EXTEND, milestone="M9")).then_refused(NoSuchMilestone)
    approved.when(replace(EXTEND, by=SECRETARY)).then_refused(ProposerMayNotApprove)
    finished.when(EXTEND).then_refused(MilestoneIsReached)


def test_a_programme_may_set_another_extension() -> None:
    approved.when(replace(EXTEND, limits=Limits(extension_months=0))).then_refused(ExtensionTooLong, months=0)
    longer = approved.after(replace(REQUEST, alteration=Alteration(plan=LATER)), APPROVE)
    far = replace(EXTEND, due=date(2026, 9, 1))
    longer.when(replace(far, limits=Limits(extension_months=4))).then_names(ExtensionGranted)


def test_no_extension_moves_the_planned_end() -> None:
    """Domain, section 3: after approval it moves by a change request, which takes its own route."""
    ends = date(2026, 8, 31)
    last = replace(EXTEND, milestone="M2", due=date(2026, 9, 30))
    approved.when(last).then_refused(EndMovesByRequest, ends=ends)
    past_the_end = replace(EXTEND, due=date(2026, 9, 1), limits=Limits(extension_months=4))
    approved.when(past_the_end).then_refused(EndMovesByRequest, ends=ends)
    later = replace(REQUEST, alteration=Alteration(plan=LATER))
    assert approved.after(later, APPROVE).state.proposal.ends == LATER[-1].due


def test_no_change_makes_a_project_longer_than_it_may_be() -> None:
    """R24: 24 months from the submission, and a pause does not count (R43)."""
    first, last = CONTENT.plan
    ends = {day: Alteration(plan=(first, replace(last, due=day))) for day in (TWO_YEARS, TWO_YEARS + DAY)}
    approved.when(replace(REQUEST, alteration=ends[TWO_YEARS])).then_names(ChangeRequested)
    longer = replace(REQUEST, alteration=ends[TWO_YEARS + DAY])
    approved.when(longer).then_refused(ProjectTooLong, months=24)
    approved.after(SUSPEND, RESUME).when(longer).then_names(ChangeRequested)


def test_the_lead_is_handed_to_another_person() -> None:
    hand_over = HandOverLead(SECRETARY, PersonId("successor"), "轮岗")
    figures = figures_now(approved.state)
    handed = LeadHandedOver(SECRETARY.person, PersonId("successor"), "轮岗", figures=figures)
    approved.when(hand_over).then(handed)
    approved.after(hand_over).when(hand_over).then_refused(LeadStays)
    closed.when(hand_over).then_refused(NotInImplementation)


def test_who_led_has_had_a_part_in_it_whoever_leads_now() -> None:
    """Also a first lead who proposed nothing, so that only the handovers tell of them."""
    second, third = PersonId("successor"), PersonId("third")
    handed_on = approved.after(
        HandOverLead(SECRETARY, second, "轮岗"), HandOverLead(SECRETARY, third, "轮岗")
    )
    before = replace(EXTEND, by=by("successor", "party_department"))
    handed_on.when(before).then_refused(ProposerMayNotApprove)
    assert {second, third} <= handed_on.state.players


def test_who_was_on_the_team_has_had_a_part_in_it() -> None:
    without_fitter = Alteration(team=Team("攻关组", "新组", (Member(PersonId("welder"), "young"),)))
    changed = approved.after(replace(REQUEST, alteration=without_fitter), APPROVE)
    fitter = replace(EXTEND, by=by("fitter", "party_department"))
    changed.when(fitter).then_refused(ProposerMayNotApprove)


def test_who_gave_a_task_back_is_in_neither_closing_body() -> None:
    given_back = finished.after(
        AddTask(SECRETARY, "T2", "推广", "签认", MAY, Decimal(10)),
        AssignTask(SECRETARY, "T2", WELDER.person),
        ReleaseTask(WELDER, "T2", "调岗"),
        AssignTask(SECRETARY, "T2", FITTER.person),
    )
    assert WELDER.person in given_back.state.workers
    done = given_back.after(
        CompleteTask(FITTER, "T2", on=MAY, today=MAY), AcceptTask(SECRETARY, "T2"), REQUEST_CLOSURE
    )
    done.when(replace(QUALITY_REVIEWS, by=WELDER)).then_refused(ProposerMayNotApprove)
    done.when(replace(ASSESS, body=(*ASSESS.body, WELDER.person))).then_refused(ProposerMayNotApprove)


def test_resuming_moves_open_dates_by_the_days_suspended() -> None:
    task = AddTask(SECRETARY, "T1", "定标", "签认", date(2026, 4, 30), Decimal(30))
    approved.when(SUSPEND).then(ProjectSuspended(MARCH, "停产检修", until=date(2026, 9, 2)))
    approved.after(task, SUSPEND).when(RESUME).then(
        ProjectResumed(
            date(2026, 3, 12),
            10,
            (
                NewDate("milestone", "M1", date(2026, 6, 10)),
                NewDate("milestone", "M2", date(2026, 9, 10)),
                NewDate("task", "T1", date(2026, 5, 10)),
            ),
        )
    )
    resumed = approved.after(task, SUSPEND, RESUME)
    assert resumed.state.proposal.ends == date(2026, 9, 10)
    assert resumed.state.tasks["T1"].due == date(2026, 5, 10)
    approved.when(RESUME).then_refused(NotSuspended)
    suspended.when(SUSPEND).then_refused(NotInImplementation)


def test_resuming_moves_the_day_by_which_something_is_to_be_there_until_a_figure_is_confirmed() -> None:
    """R43: an indicator of kind by_date costs nothing for the days suspended."""
    promised = replace(REWORK, kind="by_date", rhythm="once", target=Decimal(1), due=date(2026, 6, 30))
    project = a_draft_of(replace(CONTENT, targets=(promised, CONTENT.targets[1]))).after(
        SUBMIT, PRECHECK, QUALITY_AGREES, FINANCE_AGREES, MEET
    )
    later = NewDate("indicator", "rework", date(2026, 7, 10))
    (resumed,) = project.after(SUSPEND).when(RESUME).events
    assert isinstance(resumed, ProjectResumed)
    assert resumed.dates[-1] == later
    assert project.after(SUSPEND, RESUME).state.indicator("rework").due == later.due
    there = project.after(
        ReportReading(SECRETARY, "rework", "once", Decimal(1), JANUARY, today=MARCH),
        ConfirmFigure(QUALITY, "rework", "once", Decimal(1)),
    )
    (resumed,) = there.after(SUSPEND).when(RESUME).events
    assert isinstance(resumed, ProjectResumed)
    assert later not in resumed.dates


def test_a_date_at_the_end_of_the_calendar_stays_there() -> None:
    task = AddTask(SECRETARY, "T1", "定标", "签认", date.max, Decimal(30))
    (resumed,) = approved.after(task, SUSPEND).when(RESUME).events
    assert isinstance(resumed, ProjectResumed)
    assert NewDate("task", "T1", date.max) in resumed.dates


@pytest.mark.parametrize("running", [approved, suspended, in_closing])
def test_a_running_project_may_end_early(running: Project) -> None:
    running.when(TERMINATE).then(ProjectTerminated(MAY, "生产线迁出"))


@pytest.mark.parametrize("command", [SUSPEND, TERMINATE], ids=["pause", "end"])
def test_nobody_with_a_part_in_it_stops_its_clocks_or_ends_it(
    command: SuspendProject | TerminateProject,
) -> None:
    """R4: that decides about the project; a deputy has the conflicts of whom they stand in for."""
    for who in (by("fitter", "party_department"), by("stranger", "party_department", deputising="fitter")):
        approved.when(replace(command, by=who)).then_refused(ProposerMayNotApprove)


@pytest.mark.parametrize("other", [submitted, closed, approved.after(TERMINATE)])
def test_what_does_not_run_is_not_ended(other: Project) -> None:
    other.when(TERMINATE).then_refused(AlreadyEnded)
