"""Tasks and climbing items of a running project."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.projects.domain.project.pause import SuspendProject
from services.projects.domain.project.state import CodeTaken, NotInImplementation, NotInTheFuture
from services.projects.domain.project.tasks import (
    AcceptTask,
    AddTask,
    AlreadyClaimed,
    AssignmentNeedsConsent,
    AssignTask,
    ChoiceNeedsAReason,
    ClaimantMayNotChoose,
    ClaimContended,
    ClaimExpired,
    ClaimGranted,
    ClaimLapsed,
    ClaimTask,
    ClimbingAtMostFortyPercent,
    CompleteTask,
    DoerMayNotAccept,
    ExpireClaim,
    GrantClaim,
    HalvesAreOfTwo,
    HoldsNothing,
    NoSuchTask,
    NotAClaimant,
    NotCompleted,
    NotOffered,
    NotOfTheCircle,
    OfferTask,
    OneClaimOnly,
    OnlyTheHolder,
    ReleaseTask,
    ReleaseWhatTheyHold,
    SendBackTask,
    SomebodyClaimed,
    SplitClaim,
    TaskAccepted,
    TaskAdded,
    TaskAssigned,
    TaskClaimed,
    TaskCompleted,
    TaskIsTaken,
    TaskOffered,
    TaskReleased,
    TaskSentBack,
    TaskSplit,
    TaskWeightsExceedHundred,
    WindowClosed,
    WindowStillOpen,
)
from shared.domain import By, Incomplete, UnitId
from tests.projects.a_group import OTHER_BRANCH
from tests.projects.a_project import (
    BRANCH,
    DEPUTY,
    FITTER,
    MARCH,
    MAY,
    PRECHECKER,
    SECRETARY,
    WELDER,
    approved,
    by,
    submitted,
)

ADD = AddTask(SECRETARY, "T1", "首班清洁压到50分钟", "连续十个首班", MAY, Decimal(30))
ASSIGN = AssignTask(SECRETARY, "T1", FITTER.person)
WINDOW_ENDS = date(2026, 3, 5)
OFFER = OfferTask(SECRETARY, "T1", "90分钟", "50分钟", (BRANCH,), WINDOW_ENDS, today=MARCH)
CLAIM = ClaimTask(WELDER, "T1", today=MARCH)
ANOTHER_CLAIM = ClaimTask(FITTER, "T1", today=MARCH)
GRANT = GrantClaim(SECRETARY, "T1", WELDER.person, today=WINDOW_ENDS + timedelta(1), reason="有涂装经验")
EXPIRE = ExpireClaim(SECRETARY, "T1", today=WINDOW_ENDS + timedelta(1))
COMPLETE = CompleteTask(FITTER, "T1", on=MARCH, today=MARCH)

added = approved.after(ADD)
held = added.after(ASSIGN)
offered = added.after(OFFER)
contended = offered.after(CLAIM, ANOTHER_CLAIM)
completed = held.after(COMPLETE)


def test_a_task_has_a_standard_a_date_and_points_of_the_hundred() -> None:
    approved.when(ADD).then(TaskAdded("T1", "首班清洁压到50分钟", "连续十个首班", MAY, Decimal(30)))
    added.when(replace(ADD, task="T2", weight=Decimal(71))).then_refused(
        TaskWeightsExceedHundred, left=Decimal(70)
    )
    added.when(replace(ADD, task="T2", weight=Decimal(0))).then_refused(TaskWeightsExceedHundred)
    added.when(ADD).then_refused(CodeTaken, code="T1")


def test_tasks_belong_to_a_project_in_implementation() -> None:
    submitted.when(ADD).then_refused(NotInImplementation)
    approved.when(ASSIGN).then_refused(NoSuchTask, task="T1")


def test_a_task_is_assigned_to_one_person() -> None:
    added.when(ASSIGN).then(TaskAssigned("T1", FITTER.person, False))
    held.when(ASSIGN).then_refused(TaskIsTaken)
    held.when(OFFER).then_refused(TaskIsTaken)


def test_a_climbing_item_is_offered_with_its_levels_and_window() -> None:
    added.when(OFFER).then(TaskOffered("T1", "90分钟", "50分钟", (BRANCH,), "", MARCH, WINDOW_ENDS))


def test_climbing_items_are_at_most_forty_points() -> None:
    second = offered.after(replace(ADD, task="T2", weight=Decimal(11)))
    second.when(replace(OFFER, task="T2")).then_refused(ClimbingAtMostFortyPercent, points=Decimal(41))
    ten = offered.after(replace(ADD, task="T2", weight=Decimal(10)))
    ten.when(replace(OFFER, task="T2")).then_names(TaskOffered)


def test_a_member_claims_once_while_the_window_is_open() -> None:
    offered.when(CLAIM).then(TaskClaimed("T1", WELDER.person))
    offered.after(CLAIM).when(CLAIM).then_refused(AlreadyClaimed)
    offered.when(replace(CLAIM, today=EXPIRE.today)).then_refused(WindowClosed)
    added.when(CLAIM).then_refused(NotOffered)


def test_only_the_circle_to_which_it_is_offered_claims_it() -> None:
    """R39: no partner, and not the project's own branch where it is left out."""
    elsewhere = added.after(replace(OFFER, circle=(UnitId("other branch"),)))
    elsewhere.when(CLAIM).then_refused(NotOfTheCircle)
    elsewhere.when(replace(CLAIM, by=by("painter", unit=UnitId("other branch")))).then_names(TaskClaimed)
    offered.when(replace(CLAIM, by=by("painter", unit=UnitId("partner")))).then_refused(NotOfTheCircle)


def test_an_item_is_offered_to_somebody() -> None:
    added.when(replace(OFFER, circle=())).then_refused(Incomplete, missing=["circle"])


def test_the_claim_of_who_goes_away_lapses_unless_the_circle_reaches_there() -> None:
    """R39."""
    gone = ReleaseWhatTheyHold(None, WELDER.person, "调离", OTHER_BRANCH)
    contended.when(gone).then(ClaimLapsed("T1", WELDER.person, "调离", left=1))
    contended.after(gone).when(GRANT).then_refused(NotAClaimant)
    contended.after(gone).when(gone).then_refused(HoldsNothing)
    contended.when(replace(gone, to=BRANCH)).then_refused(HoldsNothing)
    offered.after(CLAIM, gone).when(EXPIRE).then(ClaimExpired("T1"))


def test_a_second_claim_is_contended() -> None:
    offered.after(CLAIM).when(ANOTHER_CLAIM).then(
        TaskClaimed("T1", FITTER.person), ClaimContended("T1", claims=2)
    )


def test_a_single_claim_has_it_without_a_reason_once_the_window_has_closed() -> None:
    one = offered.after(CLAIM)
    one.when(replace(GRANT, reason="")).then(ClaimGranted("T1", WELDER.person, (), ""))
    one.when(replace(GRANT, today=MARCH)).then_refused(WindowStillOpen)
    one.when(replace(GRANT, person=FITTER.person)).then_refused(NotAClaimant)
    added.when(GRANT).then_refused(NotOffered)


def test_on_the_last_day_of_the_window_others_may_still_claim_so_nobody_is_chosen() -> None:
    one = offered.after(CLAIM)
    on_the_last_day = replace(GRANT, today=WINDOW_ENDS)
    one.when(on_the_last_day).then_refused(WindowStillOpen, until=WINDOW_ENDS)
    late = one.after(replace(ANOTHER_CLAIM, today=WINDOW_ENDS))
    late.when(on_the_last_day).then_refused(WindowStillOpen)
    late.when(GRANT).then(ClaimGranted("T1", WELDER.person, (FITTER.person,), "有涂装经验"))


def test_a_window_without_length_keeps_nobody_waiting() -> None:
    at_once = added.after(replace(OFFER, window_ends=MARCH), CLAIM)
    at_once.when(replace(GRANT, today=MARCH)).then_names(ClaimGranted)


def test_among_several_claims_somebody_else_chooses_with_a_reason() -> None:
    contended.when(GRANT).then(ClaimGranted("T1", WELDER.person, (FITTER.person,), "有涂装经验"))
    contended.when(replace(GRANT, reason=" ")).then_refused(ChoiceNeedsAReason)
    with_secretary = contended.after(replace(CLAIM, by=SECRETARY))
    with_secretary.when(GRANT).then_refused(ClaimantMayNotChoose)
    with_secretary.when(replace(GRANT, by=DEPUTY)).then_names(ClaimGranted)


SPLIT = SplitClaim(
    SECRETARY,
    "T1",
    "清洁",
    WELDER.person,
    "T1-2",
    "复检",
    FITTER.person,
    today=GRANT.today,
    reason="各有所长",
)


def test_a_contended_item_is_split_into_two_halves_of_its_standard_date_and_weight() -> None:
    """R39: by who may choose, with a reason; who gets neither is told why with each half."""
    third = by("painter", unit=BRANCH)
    three = contended.after(replace(CLAIM, by=third))
    three.when(SPLIT).then(
        TaskSplit("T1", "清洁", "T1-2", "复检", Decimal(15)),
        ClaimGranted("T1", WELDER.person, (third.person,), "各有所长"),
        ClaimGranted("T1-2", FITTER.person, (third.person,), "各有所长"),
    )
    tasks = contended.after(SPLIT).state.tasks
    assert tasks["T1"] == replace(tasks["T1-2"], holder=WELDER.person)
    assert (tasks["T1"].due, tasks["T1"].weight, tasks["T1"].climbing) == (MAY, Decimal(15), True)
    split = contended.after(SPLIT, replace(COMPLETE, task="T1-2"))
    split.when(replace(ADD, task="T2", weight=Decimal(71))).then_refused(TaskWeightsExceedHundred)


def test_a_split_has_the_rules_of_a_choice_and_two_people() -> None:
    """R39."""
    contended.when(replace(SPLIT, reason=" ")).then_refused(ChoiceNeedsAReason)
    contended.when(replace(SPLIT, today=WINDOW_ENDS)).then_refused(WindowStillOpen)
    contended.when(replace(SPLIT, by=WELDER)).then_refused(ClaimantMayNotChoose)
    contended.when(replace(SPLIT, half_person=PRECHECKER.person)).then_refused(NotAClaimant)
    contended.when(replace(SPLIT, half_person=WELDER.person)).then_refused(HalvesAreOfTwo)
    contended.when(replace(SPLIT, half="T1")).then_refused(CodeTaken, code="T1")
    contended.when(replace(SPLIT, title=" ", half_title="")).then_refused(
        Incomplete, missing=["task_title", "half_title"]
    )
    alone = replace(SPLIT, half_person=WELDER.person)
    offered.after(CLAIM).when(alone).then_refused(OneClaimOnly)
    added.when(SPLIT).then_refused(NotOffered)


def test_an_offer_that_nobody_took_expires_and_may_be_assigned_only_with_consent() -> None:
    offered.when(EXPIRE).then(ClaimExpired("T1"))
    offered.when(replace(EXPIRE, today=WINDOW_ENDS)).then_refused(WindowStillOpen)
    offered.after(CLAIM).when(EXPIRE).then_refused(SomebodyClaimed)
    added.when(EXPIRE).then_refused(NotOffered)
    expired = offered.after(EXPIRE)
    expired.when(OFFER).then_names(TaskOffered)
    expired.when(ASSIGN).then_refused(AssignmentNeedsConsent)
    expired.when(replace(ASSIGN, consent=True)).then(TaskAssigned("T1", FITTER.person, True))


def test_who_has_a_task_may_give_it_back_with_a_reason() -> None:
    held.when(ReleaseTask(FITTER, "T1", "调岗")).then(TaskReleased("T1", FITTER.person, "调岗"))
    held.when(ReleaseTask(WELDER, "T1", "调岗")).then_refused(OnlyTheHolder)
    held.when(ReleaseTask(FITTER, "T1", " ")).then_refused(Incomplete, missing=["reason"])
    held.after(ReleaseTask(FITTER, "T1", "调岗")).when(OFFER).then_names(TaskOffered)


def test_who_has_a_task_says_that_it_is_done_and_not_before_it_is() -> None:
    held.when(COMPLETE).then(TaskCompleted("T1", FITTER.person, MARCH, "", COMPLETE.today))
    held.when(replace(COMPLETE, by=WELDER)).then_refused(OnlyTheHolder)
    held.when(replace(COMPLETE, on=MAY)).then_refused(NotInTheFuture)
    added.when(COMPLETE).then_refused(OnlyTheHolder)


@pytest.mark.parametrize(
    "doer", [FITTER, by("stranger", "branch_secretary", deputising="fitter")], ids=["doer", "doer's deputy"]
)
def test_nobody_accepts_what_they_did(doer: By) -> None:
    completed.when(AcceptTask(doer, "T1")).then_refused(DoerMayNotAccept)
    completed.when(SendBackTask(doer, "T1", "未达标")).then_refused(DoerMayNotAccept)


def test_nobody_accepts_what_their_kin_did() -> None:
    completed.when(AcceptTask(SECRETARY, "T1", tied_to=(FITTER.person,))).then_refused(DoerMayNotAccept)


def test_the_leader_accepts_or_sends_back_what_a_team_mate_did() -> None:
    completed.when(AcceptTask(SECRETARY, "T1")).then(
        TaskAccepted("T1", FITTER.person, MARCH, SECRETARY.person)
    )
    completed.when(SendBackTask(SECRETARY, "T1", "未达标")).then(TaskSentBack("T1", FITTER.person, "未达标"))
    held.when(AcceptTask(SECRETARY, "T1")).then_refused(NotCompleted)
    completed.after(SendBackTask(SECRETARY, "T1", "未达标")).when(COMPLETE).then_names(TaskCompleted)


def test_who_moves_away_gives_back_what_is_open_and_keeps_what_is_done() -> None:
    """R39: what they reported as done waits for who accepts it; what is of their new branch stays theirs."""
    away = ReleaseWhatTheyHold(None, FITTER.person, "调离", to=OTHER_BRANCH)
    two = completed.after(replace(ADD, task="T2"), AssignTask(SECRETARY, "T2", FITTER.person))
    two.when(away).then(TaskReleased("T2", FITTER.person, "调离"))
    two.after(SuspendProject(PRECHECKER, "检修", today=MAY)).when(away).then(
        TaskReleased("T2", FITTER.person, "调离")
    )
    two.when(replace(away, to=BRANCH)).then_refused(HoldsNothing)
    completed.when(away).then_refused(HoldsNothing)
    two.after(away).when(AssignTask(SECRETARY, "T2", WELDER.person)).then_names(TaskAssigned)
