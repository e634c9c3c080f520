"""Milestones, activities, evidence and problems of a running project."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.projects.domain.project.state import (
    CodeTaken,
    NoSuchIndicator,
    NoSuchMilestone,
    NotInImplementation,
    NotInTheFuture,
)
from services.projects.domain.project.support import NoSuchSupport, RequestSupport
from services.projects.domain.project.work import (
    ActivityHeld,
    AlreadyAttached,
    AlreadyReached,
    AttachEvidence,
    ConsultationEndsInSomething,
    Evidence,
    EvidenceAttached,
    HoldActivity,
    MilestoneReached,
    NoSuchProblem,
    NothingToProve,
    ProblemRaised,
    ProblemResolved,
    RaiseProblem,
    ReachMilestone,
    ResolveProblem,
    Subject,
)
from tests.projects.a_project import (
    FITTER,
    MARCH,
    MAY,
    QUALITY_SEAT,
    SECRETARY,
    approved,
    finished,
    in_closing,
    submitted,
)

REACH = ReachMilestone(SECRETARY, "M1", on=MARCH, today=MAY)
HOLD = HoldActivity(SECRETARY, MARCH, "主题党日", "现场会诊", "rework", today=MAY)
PHOTO = Evidence("a" * 64, "首班.jpg", 120_000, "image/jpeg")
ATTACH = AttachEvidence(FITTER, PHOTO, "milestone", "M1", "清洁标准已上墙")
RAISE = RaiseProblem(FITTER, "P1", "擦净布到货晚")
RESOLVE = ResolveProblem(SECRETARY, "P1", "改由本地供货")


def test_a_milestone_of_the_plan_is_reached_once() -> None:
    approved.when(REACH).then(MilestoneReached("M1", MARCH, REACH.today))
    approved.after(REACH).when(REACH).then_refused(AlreadyReached)
    approved.when(replace(REACH, milestone="M9")).then_refused(NoSuchMilestone, milestone="M9")
    approved.when(replace(REACH, on=MAY, today=MARCH)).then_refused(NotInTheFuture)
    submitted.when(REACH).then_refused(NotInImplementation)


def test_an_activity_names_the_indicator_that_it_serves() -> None:
    approved.when(HOLD).then(ActivityHeld(MARCH, "主题党日", "现场会诊", "rework"))
    approved.when(replace(HOLD, indicator="morale")).then_refused(NoSuchIndicator, indicator="morale")
    approved.when(replace(HOLD, on=MAY, today=MARCH)).then_refused(NotInTheFuture)


def test_a_consultation_on_a_hard_problem_says_in_what_it_ended() -> None:
    consulted = replace(HOLD, kind="难题会诊")
    approved.when(consulted).then_refused(ConsultationEndsInSomething)
    approved.when(replace(consulted, decision=" ")).then_refused(ConsultationEndsInSomething)
    decided = "张建国4月底前更换吹扫气管"
    approved.when(replace(consulted, decision=decided)).then(
        ActivityHeld(MARCH, "难题会诊", "现场会诊", "rework", decision=decided)
    )
    approved.when(replace(consulted, support="S1")).then_refused(NoSuchSupport, code="S1")
    asked = approved.after(RequestSupport(SECRETARY, "S1", "调配气源", QUALITY_SEAT, MAY, due=MAY))
    asked.when(replace(consulted, support="S1")).then(
        ActivityHeld(MARCH, "难题会诊", "现场会诊", "rework", support="S1")
    )


def test_any_activity_may_name_a_request_for_support_that_there_is() -> None:
    approved.when(replace(HOLD, support="S9")).then_refused(NoSuchSupport, code="S9")


@pytest.mark.parametrize(
    ("subject", "code"), [("project", ""), ("milestone", "M1"), ("indicator", "rework"), ("task", "T1")]
)
def test_a_file_may_prove_many_things(subject: Subject, code: str) -> None:
    command = replace(ATTACH, subject=subject, code=code)
    finished.when(command).then(EvidenceAttached(PHOTO, subject, code, "清洁标准已上墙"))


def test_a_file_enters_once_for_one_thing_and_only_for_what_is_there() -> None:
    approved.after(ATTACH).when(ATTACH).then_refused(AlreadyAttached)
    approved.when(replace(ATTACH, subject="finding", code="W1")).then_refused(NothingToProve, code="W1")
    in_closing.when(ATTACH).then_names(EvidenceAttached)


def test_a_problem_is_raised_and_resolved() -> None:
    approved.when(RAISE).then(ProblemRaised("P1", "擦净布到货晚"))
    raised = approved.after(RAISE)
    raised.when(RAISE).then_refused(CodeTaken, code="P1")
    raised.when(RESOLVE).then(ProblemResolved("P1", "改由本地供货"))
    raised.after(RESOLVE).when(RESOLVE).then_refused(NoSuchProblem, problem="P1")
