"""Words taken back, deciders urged, contents opened, batches, decisions changed from above (R82, R83)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.projects.domain.project.approval import (
    AmendProposal,
    BatchOnlyAgrees,
    ChangeDecision,
    ChangedInPersonOnly,
    ConfirmChanges,
    ContentOpened,
    DeciderUrged,
    DecisionChangedByHigher,
    DisputedIsDecidedAlone,
    MeetingMayNotBeReplacedBySigning,
    MoneyIsDecidedAlone,
    NoOpinionToWithdraw,
    NothingToChange,
    NotOpenedYet,
    OnlyAHigherOffice,
    OnlyWhoGaveItWithdraws,
    OpenContent,
    OpenedAlready,
    OpinionGiven,
    OpinionWithdrawn,
    OwnDecisionNotChanged,
    ProjectApproved,
    RejectionNeedsDisagreement,
    RejectProject,
    ReturnProposal,
    StepCompleted,
    StepNotOpen,
    StepOpened,
    UrgedAlready,
    UrgeDecider,
    WithdrawOpinion,
)
from services.projects.domain.project.content import Seat
from services.projects.domain.project.proposal import WithdrawProposal
from services.projects.domain.project.route import Share, Wanted
from services.projects.domain.project.state import (
    ContentHasChanged,
    NotInApproval,
    ProposerMayNotApprove,
    SeatNotAddressed,
)
from shared.domain import Incomplete, PersonId
from tests.projects.a_project import (
    ARCHIVE,
    COMPANY,
    CONTENT,
    FINANCE_AGREES,
    FINANCE_SEAT,
    HAND_OVER,
    MARCH,
    MAY,
    MEET,
    PRECHECK,
    PRECHECK_SEAT,
    PRECHECKER,
    QUALITY,
    QUALITY_AGREES,
    QUALITY_SEAT,
    REVISE,
    SECRETARY,
    SUBMIT,
    UNANIMOUS,
    Project,
    a_draft,
    a_draft_of,
    before_the_meeting,
    by,
    countersigning,
    submitted,
)
from tests.projects.a_step import signed_by, word

EXPERT = by("expert", "source_department")
DISAGREE = replace(QUALITY_AGREES, opinion="disagree")
WITHDRAW = WithdrawOpinion(QUALITY, 1, "数据已核实", QUALITY_SEAT)
RETURN = ReturnProposal(QUALITY, 1, (Wanted("补充", "problem"),), True, QUALITY_SEAT)
REJECT = RejectProject(QUALITY, 1, "属日常工作", QUALITY_SEAT)


# -- a word taken back (R82) --------------------------------------------------------------------


def test_a_word_is_taken_back_with_a_reason_and_both_acts_stay() -> None:
    """R82."""
    spoken = countersigning.after(QUALITY_AGREES)
    spoken.when(WITHDRAW).then(OpinionWithdrawn(1, QUALITY_SEAT, QUALITY.person, "数据已核实"))
    again = spoken.after(WITHDRAW)
    assert [type(event) for event in again.past[-2:]] == [OpinionGiven, OpinionWithdrawn]
    again.when(FINANCE_AGREES).then_names(OpinionGiven)
    again.after(FINANCE_AGREES).when(QUALITY_AGREES).then_names(OpinionGiven, StepCompleted, StepOpened)
    spoken.when(replace(WITHDRAW, reason=" ")).then_refused(Incomplete, missing=["reason"])


def test_a_disagreement_taken_back_lets_the_step_go_on() -> None:
    open_again = countersigning.after(DISAGREE, WITHDRAW)
    open_again.when(REJECT).then_refused(RejectionNeedsDisagreement)
    open_again.after(QUALITY_AGREES).when(FINANCE_AGREES).then_names(OpinionGiven, StepCompleted, StepOpened)


def test_only_who_gave_it_takes_it_back_and_only_until_the_step_is_decided() -> None:
    """R82."""
    spoken = countersigning.after(QUALITY_AGREES)
    spoken.when(replace(WITHDRAW, by=EXPERT)).then_refused(OnlyWhoGaveItWithdraws)
    spoken.when(replace(WITHDRAW, seat=FINANCE_SEAT)).then_refused(NoOpinionToWithdraw)
    spoken.after(WITHDRAW).when(WITHDRAW).then_refused(NoOpinionToWithdraw)
    spoken.after(FINANCE_AGREES).when(WITHDRAW).then_refused(StepNotOpen)
    spoken.after(replace(RETURN, rerun=False)).when(WITHDRAW).then_refused(NotInApproval)
    countersigning.after(DISAGREE, REJECT).when(WITHDRAW).then_refused(NotInApproval)


def test_changes_asked_for_lapse_with_the_word_unless_something_was_changed_for_them() -> None:
    """R30: what was amended is confirmed by somebody, or the project is not approved."""
    wanted = (Wanted("补充数据", "problem"),)
    conditional = replace(QUALITY_AGREES, opinion="agree_with_changes", changes=wanted)
    spoken = countersigning.after(conditional)
    lapsed = spoken.after(WITHDRAW)
    assert lapsed.past[-1] == OpinionWithdrawn(1, QUALITY_SEAT, QUALITY.person, "数据已核实", (1,))
    assert lapsed.state.approval.conditions == ()
    amend = AmendProposal(SECRETARY, replace(CONTENT, problem="返修率6.8%。"), "h2")
    amended = spoken.after(amend, WITHDRAW)
    assert [change.number for change in amended.state.approval.conditions] == [1]
    amended.when(ConfirmChanges(QUALITY, (1,), "h2", QUALITY_SEAT)).then_names(
        type(spoken.after(amend).when(ConfirmChanges(QUALITY, (1,), "h2", QUALITY_SEAT)).events[0])
    )


# -- urged once (defaults n10) ------------------------------------------------------------------

URGE = UrgeDecider(SECRETARY, 1, MARCH)


def test_a_step_is_urged_once_and_those_are_urged_whose_word_is_missing() -> None:
    countersigning.when(URGE).then(DeciderUrged(1, "部门会签", (QUALITY_SEAT, FINANCE_SEAT), MARCH))
    waiting = countersigning.after(QUALITY_AGREES)
    waiting.when(URGE).then(DeciderUrged(1, "部门会签", (FINANCE_SEAT,), MARCH))
    waiting.after(URGE).when(replace(URGE, today=MAY)).then_refused(UrgedAlready, on=MARCH)
    countersigning.when(replace(URGE, step=0)).then_refused(StepNotOpen)
    a_draft.when(URGE).then_refused(NotInApproval)


def test_the_next_step_and_the_next_round_are_urged_again() -> None:
    urged = countersigning.after(URGE, QUALITY_AGREES, FINANCE_AGREES)
    urged.when(replace(URGE, step=2)).then_names(DeciderUrged)
    back = countersigning.after(URGE, replace(RETURN, rerun=False), SUBMIT)
    back.when(URGE).then_names(DeciderUrged)


def test_of_a_stopped_step_those_are_urged_who_return_or_reject() -> None:
    stopped = countersigning.after(DISAGREE)
    stopped.when(URGE).then(DeciderUrged(1, "部门会签", (QUALITY_SEAT, FINANCE_SEAT), MARCH))


# -- opened, and decided in a batch (R83) -------------------------------------------------------

OPEN = OpenContent(PRECHECKER, 0, "h1", PRECHECK_SEAT)
IN_BATCH = replace(PRECHECK, batch="b1")


def test_an_addressee_opens_each_content_once() -> None:
    submitted.when(OPEN).then(ContentOpened(0, PRECHECK_SEAT, PRECHECKER.person, "h1"))
    submitted.after(OPEN).when(OPEN).then_refused(OpenedAlready)
    submitted.after(OPEN).when(replace(OPEN, by=by("colleague"))).then_names(ContentOpened)
    submitted.when(replace(OPEN, content_hash="h0")).then_refused(ContentHasChanged)
    submitted.when(replace(OPEN, seat=FINANCE_SEAT)).then_refused(SeatNotAddressed)
    submitted.when(replace(OPEN, step=1)).then_refused(StepNotOpen)


def test_an_act_of_a_batch_names_it() -> None:
    """R83: one act each, under the batch's id."""
    opened = submitted.after(OPEN)
    given = opened.when(IN_BATCH).events[0]
    assert isinstance(given, OpinionGiven)
    assert given.batch == "b1"


def test_a_batch_refuses_what_was_never_opened_as_it_is_now() -> None:
    """R83, users.md 3.4."""
    submitted.when(IN_BATCH).then_refused(NotOpenedYet)
    submitted.after(replace(OPEN, by=by("colleague"))).when(IN_BATCH).then_refused(NotOpenedYet)
    again = submitted.after(OPEN, WithdrawProposal(SECRETARY, "补充"), replace(SUBMIT, content_hash="h2"))
    again.when(replace(IN_BATCH, content_hash="h2")).then_refused(NotOpenedYet)


def test_a_batch_refuses_money_and_every_word_but_agreement() -> None:
    costly = a_draft_of(replace(CONTENT, budget=REVISE.proposal.plan[0].weight)).after(SUBMIT, OPEN)
    costly.when(IN_BATCH).then_refused(MoneyIsDecidedAlone)
    costly.when(PRECHECK).then_names(OpinionGiven, StepCompleted, StepOpened)
    changes = (Wanted("补充", "problem"),)
    for worded in (
        replace(IN_BATCH, opinion="disagree"),
        replace(IN_BATCH, opinion="agree_with_changes", changes=changes),
    ):
        submitted.after(OPEN).when(worded).then_refused(BatchOnlyAgrees)


def test_a_batch_refuses_where_a_disagreement_is_on_record_and_not_taken_back() -> None:
    seats = (PRECHECK_SEAT, QUALITY_SEAT, FINANCE_SEAT)
    half = signed_by("share", *seats, share=Share(1, 2)).after(OPEN, word(QUALITY_SEAT, "disagree", "q"))
    half.when(IN_BATCH).then_refused(DisputedIsDecidedAlone)
    quiet = half.after(WithdrawOpinion(by("q", "source_department"), 0, "误解", QUALITY_SEAT))
    quiet.when(IN_BATCH).then_names(OpinionGiven)


# -- changed from above -------------------------------------------------------------------------

HIGHER = by("higher", "leader_in_charge")
CHANGE = ChangeDecision(HIGHER, 1, "数据已核实，问题成立", "请业务部门逐月核对", "h1", higher=True)
stopped = countersigning.after(DISAGREE)
rejected = stopped.after(REJECT)


@pytest.mark.parametrize("past", [stopped, rejected], ids=["stopped", "rejected"])
def test_a_higher_office_sets_a_disagreement_aside_and_the_route_goes_on(past: Project) -> None:
    """Section 3: an override is its own act with a reason, and no opinion; R44."""
    changed, completed, opened = past.when(CHANGE).events
    assert changed == DecisionChangedByHigher(
        1,
        HIGHER.person,
        Seat("leader_in_charge", COMPANY),
        "数据已核实，问题成立",
        "请业务部门逐月核对",
        "h1",
    )
    assert (completed, type(opened)) == (StepCompleted(1), StepOpened)
    on_its_way = past.after(CHANGE)
    assert (on_its_way.state.phase, on_its_way.state.approval.open) == ("in_approval", 2)
    on_its_way.when(CHANGE).then_refused(StepNotOpen)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"by": replace(HIGHER, on_behalf_of=PersonId("the leader"))}, ChangedInPersonOnly),
        ({"higher": False}, OnlyAHigherOffice),
        ({"by": by("fitter", "leader_in_charge")}, ProposerMayNotApprove),
        ({"tied_to": (PersonId("secretary"),)}, ProposerMayNotApprove),
        ({"by": by("quality", "leader_in_charge")}, OwnDecisionNotChanged),
        ({"content_hash": "h0"}, ContentHasChanged),
        ({"reason": ""}, Incomplete),
        ({"what_next": " "}, Incomplete),
        ({"step": 0}, StepNotOpen),
    ],
    ids=str,
)
def test_a_change_from_above_is_made_in_person_by_who_is_higher_and_gives_its_explanation(
    changed: dict[str, Any], rule: type
) -> None:
    """R8, R44."""
    stopped.when(replace(CHANGE, **changed)).then_refused(rule)
    rejected.when(replace(CHANGE, **changed)).then_refused(rule)


def test_nothing_is_changed_where_nobody_said_no_where_a_meeting_decides_or_after_the_end() -> None:
    """R28: what a meeting decided no single person changes."""
    countersigning.when(CHANGE).then_refused(NothingToChange)
    before_the_meeting.when(replace(CHANGE, step=2)).then_refused(MeetingMayNotBeReplacedBySigning)
    voted_down = before_the_meeting.after(
        replace(MEET, numbers=replace(UNANIMOUS, votes_for=2, votes_against=4))
    )
    voted_down.when(replace(CHANGE, step=2)).then_refused(MeetingMayNotBeReplacedBySigning)
    rejected.after(HAND_OVER, ARCHIVE).when(CHANGE).then_refused(NotInApproval)
    a_draft.when(CHANGE).then_refused(NotInApproval)


def test_changes_that_are_still_owed_hold_the_approval_after_a_change_from_above() -> None:
    """R30."""
    wanted = (Wanted("补充数据", "problem"),)
    last = signed_by("all", PRECHECK_SEAT, QUALITY_SEAT)
    conditional = replace(word(PRECHECK_SEAT, "agree_with_changes"), changes=wanted)
    held = last.after(conditional, word(QUALITY_SEAT, "disagree"), replace(CHANGE, step=0))
    assert held.state.phase == "in_approval"
    plain = last.after(word(QUALITY_SEAT, "disagree")).when(replace(CHANGE, step=0))
    plain.then_names(DecisionChangedByHigher, StepCompleted, StepOpened, ProjectApproved)
