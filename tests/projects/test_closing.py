"""The end of a project: two keys, and nobody holds both."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from services.projects.domain.body import NotTheDecidingBody
from services.projects.domain.project.approval import ReturnNeedsChanges
from services.projects.domain.project.change import RequestChange
from services.projects.domain.project.closing import (
    AlreadyAssessed,
    AlreadyReviewed,
    AssessClosure,
    AssessmentNotPassed,
    ClosingReport,
    ClosureAssessed,
    ClosureIncomplete,
    ClosureRequested,
    ClosureReturned,
    ClosureReviewed,
    KeyHasNoBody,
    Mark,
    MarkOutOfRange,
    MarksMissing,
    MeetingBeforeRequest,
    NobodyInBothBodies,
    NoSuchCriterion,
    NotASecrecyReviewer,
    OpenFindingsHoldClosing,
    ProjectClosed,
    ReportTooLong,
    ReturnClosure,
    SecondKeyNeedsThree,
    SecrecyReview,
)
from services.projects.domain.project.content import Alteration
from services.projects.domain.project.route import RequiredChange, Wanted
from services.projects.domain.project.state import (
    NotInClosing,
    NotInImplementation,
    NotInTheFuture,
    ProposerMayNotApprove,
    SeatNotAddressed,
)
from services.projects.domain.project.supervision import HoldInspection, RecordFinding
from services.projects.domain.project.tasks import (
    AcceptTask,
    AddTask,
    AssignTask,
    CompleteTask,
    ExpireClaim,
    OfferTask,
)
from services.projects.domain.quorum import Numbers, NumbersDoNotAddUp, TooFewPresent, VotesDoNotCarry
from shared.domain import PersonId
from tests.projects.a_project import (
    ASSESS,
    BRANCH,
    CONTENT,
    FINANCE_SEAT,
    INSPECTOR,
    MARCH,
    MARKS,
    MAY,
    PRECHECKER,
    PRECHECKER_REVIEWS,
    QUALITY_REVIEWS,
    REQUEST_CLOSURE,
    SECRETARY,
    SEPTEMBER,
    UNANIMOUS,
    WELDER,
    approved,
    by,
    closed,
    finished,
    in_closing,
)

RETURN = ReturnClosure(PRECHECKER, "first", (Wanted("补充七月读数", "targets"),))
INSPECT = HoldInspection(INSPECTOR, "I1", MAY, "例行", today=MAY)
FIND = RecordFinding(INSPECTOR, "W01", "I1", "记录缺签认", "ordinary", SEPTEMBER, BRANCH, MAY)
ANOTHER_TASK = AddTask(SECRETARY, "T2", "推广到二车间", "二车间签认", MAY, Decimal(10))


def test_closure_is_refused_with_the_list_of_all_that_is_missing() -> None:
    unfinished = approved.after(
        ANOTHER_TASK,
        INSPECT,
        FIND,
        RequestChange(SECRETARY, "C1", "减少节点", Alteration(plan=CONTENT.plan[:1])),
    )
    bare = replace(REQUEST_CLOSURE, report=ClosingReport(data="数据"), secrecy=None, explanation="")
    unfinished.when(bare).then_refused(
        ClosureIncomplete,
        missing=[
            "tasks.T2",
            "milestones.M1",
            "milestones.M2",
            "baselines.rework",
            "readings.rework",
            "readings.paint",
            "findings.W01",
            "changes.C1",
            "report.facts",
            "report.experience",
            "report.results",
            "secrecy_review",
            "explanation",
        ],
    )


def test_the_report_is_short_and_somebody_is_there_to_review() -> None:
    long = replace(REQUEST_CLOSURE, report=replace(REQUEST_CLOSURE.report, data="字" * 1500))
    finished.when(long).then_refused(ReportTooLong, limit=1500)
    finished.when(replace(REQUEST_CLOSURE, first_key=())).then_refused(KeyHasNoBody)


def test_the_secrecy_review_is_one_by_a_reviewer_who_had_no_part_in_the_project() -> None:
    finished.when(replace(REQUEST_CLOSURE, secrecy_valid=False)).then_refused(NotASecrecyReviewer)
    own = SecrecyReview(PersonId("fitter"), SEPTEMBER)
    finished.when(replace(REQUEST_CLOSURE, secrecy=own)).then_refused(NotASecrecyReviewer)
    planned = SecrecyReview(PersonId("reviewer"), SEPTEMBER + timedelta(1))
    finished.when(replace(REQUEST_CLOSURE, secrecy=planned)).then_refused(NotInTheFuture)
    today = SecrecyReview(PersonId("reviewer"), SEPTEMBER)
    finished.when(replace(REQUEST_CLOSURE, secrecy=today)).then_names(ClosureRequested)


def test_an_offer_that_nobody_took_up_does_not_hold_closing() -> None:
    offer = OfferTask(SECRETARY, "T2", "一车间", "二车间", (BRANCH,), window_ends=MARCH, today=MARCH)
    expired = finished.after(ANOTHER_TASK, offer, ExpireClaim(SECRETARY, "T2", today=MAY))
    expired.when(REQUEST_CLOSURE).then_names(ClosureRequested)
    finished.after(ANOTHER_TASK).when(REQUEST_CLOSURE).then_refused(ClosureIncomplete, missing=["tasks.T2"])


def test_the_day_of_a_complete_request_is_kept_through_to_the_end() -> None:
    assert closed.past[-1] == ProjectClosed(SEPTEMBER, requested_on=SEPTEMBER)
    in_closing.when(REQUEST_CLOSURE).then_refused(NotInImplementation)


def test_the_last_key_closes_in_the_same_decision_whichever_it_is() -> None:
    in_closing.when(PRECHECKER_REVIEWS).then_names(ClosureReviewed)
    reviewed = in_closing.after(PRECHECKER_REVIEWS, QUALITY_REVIEWS)
    reviewed.when(ASSESS).then_names(ClosureAssessed, ProjectClosed)
    assessed = in_closing.after(ASSESS, PRECHECKER_REVIEWS)
    assessed.when(QUALITY_REVIEWS).then_names(ClosureReviewed, ProjectClosed)


def test_the_first_key_is_turned_once_by_each_of_its_seats() -> None:
    in_closing.when(replace(PRECHECKER_REVIEWS, seat=FINANCE_SEAT)).then_refused(SeatNotAddressed)
    in_closing.after(PRECHECKER_REVIEWS).when(PRECHECKER_REVIEWS).then_refused(AlreadyReviewed)
    finished.when(PRECHECKER_REVIEWS).then_refused(NotInClosing)


def test_nobody_is_in_both_closing_bodies() -> None:
    chair = replace(PRECHECKER_REVIEWS, by=by("chair", "party_department"))
    in_closing.after(ASSESS).when(chair).then_refused(NobodyInBothBodies)
    with_reviewer = replace(ASSESS, body=(*ASSESS.body, PRECHECKER.person))
    in_closing.after(PRECHECKER_REVIEWS).when(with_reviewer).then_refused(NobodyInBothBodies)


def test_who_enters_what_the_second_key_decided_is_not_in_it() -> None:
    """R4, R52: a department of one person reviews for the first key and keeps the committee's minutes."""
    entered = replace(ASSESS, by=PRECHECKER)
    reviewed = in_closing.after(PRECHECKER_REVIEWS, QUALITY_REVIEWS)
    reviewed.when(entered).then_names(ClosureAssessed, ProjectClosed)


def test_nobody_sends_it_back_for_one_body_who_sits_in_the_other() -> None:
    chair = replace(RETURN, by=by("chair", "party_department"))
    in_closing.after(ASSESS).when(chair).then_refused(NobodyInBothBodies)
    as_second = replace(RETURN, key="second")
    in_closing.after(PRECHECKER_REVIEWS).when(as_second).then_refused(NobodyInBothBodies)


@pytest.mark.parametrize("person", ["secretary", "fitter"])
def test_who_proposed_or_carried_out_is_in_neither(person: str) -> None:
    reviewer = replace(PRECHECKER_REVIEWS, by=by(person, "party_department"))
    in_closing.when(reviewer).then_refused(ProposerMayNotApprove)
    body = (*ASSESS.body, PersonId(person))
    in_closing.when(replace(ASSESS, body=body)).then_refused(ProposerMayNotApprove)
    returner = replace(RETURN, by=by(person))
    in_closing.when(returner).then_refused(ProposerMayNotApprove)


def test_who_did_a_task_without_being_on_the_team_carried_out_too() -> None:
    helped = finished.after(
        ANOTHER_TASK,
        AssignTask(SECRETARY, "T2", WELDER.person),
        CompleteTask(WELDER, "T2", on=MAY, today=MAY),
        AcceptTask(SECRETARY, "T2"),
        REQUEST_CLOSURE,
    )
    helped.when(replace(QUALITY_REVIEWS, by=WELDER)).then_refused(ProposerMayNotApprove)


@pytest.mark.parametrize(
    ("assessment", "rule"),
    [
        (replace(ASSESS, kind="branch_committee"), NotTheDecidingBody),
        (replace(ASSESS, unit=BRANCH), NotTheDecidingBody),
        (replace(ASSESS, held_on=MAY), MeetingBeforeRequest),
        (replace(ASSESS, passed=False), AssessmentNotPassed),
        (replace(ASSESS, body=ASSESS.body[:2]), SecondKeyNeedsThree),
        (replace(ASSESS, numbers=Numbers(7, 3, 3)), TooFewPresent),
        (replace(ASSESS, numbers=Numbers(7, 6, 3)), VotesDoNotCarry),
        (replace(ASSESS, numbers=Numbers(7, 8, 6)), NumbersDoNotAddUp),
        (replace(ASSESS, marks=MARKS[:1]), MarksMissing),
        (replace(ASSESS, marks=(*MARKS, Mark("attainment", Decimal(1)))), NoSuchCriterion),
        (replace(ASSESS, marks=(MARKS[0], Mark("influence", Decimal("6.5")))), MarkOutOfRange),
    ],
)
def test_the_second_key_is_a_valid_meeting_that_marks_every_judged_criterion(
    assessment: AssessClosure, rule: type
) -> None:
    """R52, R53: the first key gives no marks."""
    in_closing.when(assessment).then_refused(rule)


def test_the_second_key_is_turned_once() -> None:
    in_closing.when(ASSESS).then(
        ClosureAssessed("meeting-9", 2, "〔2026〕9号", UNANIMOUS, ASSESS.body, MARKS, ASSESS.unit)
    )
    in_closing.after(ASSESS).when(ASSESS).then_refused(AlreadyAssessed)


def test_a_finding_that_appears_in_closing_holds_it() -> None:
    found = in_closing.after(INSPECT, FIND)
    found.when(PRECHECKER_REVIEWS).then_refused(OpenFindingsHoldClosing, findings=["W01"])
    found.when(ASSESS).then_refused(OpenFindingsHoldClosing)


def test_a_return_goes_back_into_implementation_and_both_keys_start_anew() -> None:
    in_closing.when(RETURN).then(ClosureReturned("first", (RequiredChange(1, "补充七月读数", "targets"),)))
    in_closing.when(replace(RETURN, changes=())).then_refused(ReturnNeedsChanges)
    again = in_closing.after(ASSESS, PRECHECKER_REVIEWS, RETURN, REQUEST_CLOSURE)
    again.when(QUALITY_REVIEWS).then_names(ClosureReviewed)
    assert not again.state.closing.assessors
