"""What makes a signing step: shares, added signers, transfers, words taken back, batches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.projects.domain.project.approval import (
    AddSigner,
    AlreadyAddressed,
    AmendProposal,
    BatchOnlyAgrees,
    ChangeDecision,
    ChangedInPersonOnly,
    ConfirmChanges,
    ContentOpened,
    DeciderUrged,
    DecisionChangedByHigher,
    DeputyMayNotPassOn,
    DisputedIsDecidedAlone,
    GiveOpinion,
    HandledByAnother,
    MeetingMayNotBeReplacedBySigning,
    MoneyIsDecidedAlone,
    NobodyCanSign,
    NoOpinionToWithdraw,
    NothingToChange,
    NotOpenedYet,
    NoTransferIntoConflict,
    NotYourTurn,
    OnlyAHigherOffice,
    OnlyWhoGaveItWithdraws,
    OpenContent,
    OpenedAlready,
    OpinionAlreadyGiven,
    OpinionGiven,
    OpinionWithdrawn,
    OwnDecisionNotChanged,
    ProjectApproved,
    ProjectRejected,
    ReferStepUp,
    RejectionNeedsDisagreement,
    RejectProject,
    ReturnProposal,
    SignerAdded,
    StepCompleted,
    StepNotOpen,
    StepOpened,
    StepStoppedByDisagreement,
    StepTransferred,
    TransferStaysInTheOffice,
    TransferStep,
    UrgedAlready,
    UrgeDecider,
    WithdrawOpinion,
)
from services.projects.domain.project.closing import ArchiveProject
from services.projects.domain.project.content import Seat
from services.projects.domain.project.proposal import WithdrawProposal
from services.projects.domain.project.route import Share, Step, Wanted
from services.projects.domain.project.state import (
    ContentHasChanged,
    NotInApproval,
    ProposerMayNotApprove,
    SeatNotAddressed,
)
from shared.domain import Incomplete, PersonId
from tests.projects.a_project import (
    ACCOUNTANT,
    ARCHIVIST,
    COMMITTEE_SEAT,
    COMPANY,
    CONTENT,
    FINANCE_AGREES,
    FINANCE_SEAT,
    GROUP,
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
    ROUTE,
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

SAFETY_SEAT = Seat("inspector", COMPANY)
SAFETY = by("safety", "inspector")
DISAGREE = replace(QUALITY_AGREES, opinion="disagree")
WITHDRAW = WithdrawOpinion(QUALITY, 1, "数据已核实", QUALITY_SEAT)
RETURN = ReturnProposal(QUALITY, 1, (Wanted("补充", "problem"),), True, QUALITY_SEAT)
REJECT = RejectProject(QUALITY, 1, "属日常工作", QUALITY_SEAT)


def signed_by(decides: Any, *seats: Seat, share: Share | None = None) -> Project:
    """A proposal whose only deciding step is before these seats."""
    step = Step("会签", decides, seats, 3, share=share)
    return a_draft.after(replace(SUBMIT, route=(step, ROUTE[3])))


def word(seat: Seat, opinion: Any = "agree", person: str = "") -> GiveOpinion:
    return GiveOpinion(by(person or seat.office, seat.office, seat.unit), 0, opinion, "h1", seat)


# -- a share of those addressed (R29) -----------------------------------------------------------

THREE = (PRECHECK_SEAT, QUALITY_SEAT, FINANCE_SEAT)
TWO_THIRDS = signed_by("share", *THREE, share=Share(2, 3))


@pytest.mark.parametrize(
    ("agree", "of", "seats", "needed"),
    [(1, 2, 4, 2), (1, 2, 3, 2), (2, 3, 3, 2), (2, 3, 4, 3), (1, 1, 3, 3), (1, 100, 3, 1), (0, 1, 3, 1)],
)
def test_part_of_a_seat_is_a_whole_one_and_nobody_is_never_enough(
    agree: int, of: int, seats: int, needed: int
) -> None:
    """R29: threshold of those addressed; nothing is approved by nobody."""
    assert Share(agree, of).needed(seats) == needed


def test_a_share_ends_when_enough_agree_and_asks_nobody_further() -> None:
    """R29: ends when the outcome is certain."""
    one = TWO_THIRDS.after(word(THREE[0]))
    one.when(word(THREE[1])).then_names(OpinionGiven, StepCompleted, StepOpened, ProjectApproved)
    assert TWO_THIRDS.past[-1].share == Share(2, 3)  # type: ignore[union-attr]


def test_a_disagreement_stops_a_share_only_when_it_can_no_more_be_carried() -> None:
    """R29: ends when the outcome is certain, either way."""
    one_against = TWO_THIRDS.after(word(THREE[0], "disagree"))
    one_against.when(RejectProject(by("clerk"), 0, "否", THREE[0])).then_refused(RejectionNeedsDisagreement)
    one_against.after(word(THREE[1])).when(word(THREE[2])).then_names(
        OpinionGiven, StepCompleted, StepOpened, ProjectApproved
    )
    stopped = one_against.after(word(THREE[1], "disagree"))
    stopped.when(word(THREE[2])).then_refused(StepStoppedByDisagreement)
    stopped.when(RejectProject(by("clerk"), 0, "否", THREE[0])).then(ProjectRejected(0, "否"))


def test_a_share_counts_the_seats_of_the_step_and_no_added_signer() -> None:
    """R29: an added signer replaces nobody."""
    added = TWO_THIRDS.after(AddSigner(by("a"), 0, SAFETY_SEAT, "after", THREE[0], True))
    both = added.after(word(THREE[0]), word(SAFETY_SEAT))
    assert both.state.approval.open == 0
    both.when(word(THREE[2])).then_names(OpinionGiven, StepCompleted, StepOpened, ProjectApproved)


# -- an added signer (R29) ----------------------------------------------------------------------

BEFORE = AddSigner(QUALITY, 1, SAFETY_SEAT, "before", QUALITY_SEAT, can_sign=True, reason="涉及动火")
AFTER = replace(BEFORE, place="after")
SAFETY_AGREES = GiveOpinion(SAFETY, 1, "agree", "h1", SAFETY_SEAT)


def test_who_is_added_before_speaks_first_and_everybody_asked_is_asked_still() -> None:
    """R29: an added signer never replaces anyone."""
    countersigning.when(BEFORE).then(
        SignerAdded(1, SAFETY_SEAT, "before", QUALITY_SEAT, QUALITY.person, "涉及动火")
    )
    added = countersigning.after(BEFORE)
    added.when(QUALITY_AGREES).then_refused(NotYourTurn)
    with_safety = added.after(FINANCE_AGREES, SAFETY_AGREES)
    assert with_safety.state.approval.open == 1
    with_safety.when(QUALITY_AGREES).then_names(OpinionGiven, StepCompleted, StepOpened)


def test_who_is_added_after_speaks_when_who_added_them_has_spoken() -> None:
    added = countersigning.after(AFTER)
    added.when(SAFETY_AGREES).then_refused(NotYourTurn)
    both = added.after(QUALITY_AGREES, FINANCE_AGREES)
    assert both.state.approval.open == 1
    both.when(SAFETY_AGREES).then_names(OpinionGiven, StepCompleted, StepOpened)


def test_one_may_be_added_after_oneself_when_one_has_spoken_and_not_before() -> None:
    spoken = countersigning.after(QUALITY_AGREES)
    spoken.when(BEFORE).then_refused(OpinionAlreadyGiven)
    spoken.when(AFTER).then_names(SignerAdded)


def test_an_added_signer_who_disagrees_stops_the_step() -> None:
    stopped = countersigning.after(BEFORE, replace(SAFETY_AGREES, opinion="disagree"))
    for further in (QUALITY_AGREES, BEFORE):
        stopped.when(replace(further)).then_refused(StepStoppedByDisagreement)
    stopped.when(replace(RETURN, by=SAFETY, seat=SAFETY_SEAT)).then_names(
        type(countersigning.when(RETURN).events[0])
    )


def test_where_any_one_decides_the_added_signer_agrees_as_well() -> None:
    """R29: any one of those addressed decides, and the added signer replaces none of them."""
    two = signed_by("any", PRECHECK_SEAT, FINANCE_SEAT)
    added = two.after(AddSigner(PRECHECKER, 0, SAFETY_SEAT, "after", PRECHECK_SEAT, True))
    other = added.after(word(FINANCE_SEAT))
    assert other.state.approval.open == 0
    other.when(word(SAFETY_SEAT)).then_names(OpinionGiven, StepCompleted, StepOpened, ProjectApproved)


def test_in_order_an_added_signer_stands_right_before_or_after_who_added_it() -> None:
    ordered = signed_by("in_order", PRECHECK_SEAT, FINANCE_SEAT)
    before = ordered.after(AddSigner(ACCOUNTANT, 0, SAFETY_SEAT, "before", FINANCE_SEAT, True))
    assert before.state.approval.seats == (PRECHECK_SEAT, SAFETY_SEAT, FINANCE_SEAT)
    after = ordered.after(AddSigner(PRECHECKER, 0, SAFETY_SEAT, "after", PRECHECK_SEAT, True))
    assert after.state.approval.seats == (PRECHECK_SEAT, SAFETY_SEAT, FINANCE_SEAT)
    first = after.after(word(PRECHECK_SEAT))
    first.when(word(FINANCE_SEAT)).then_refused(NotYourTurn)
    first.after(word(SAFETY_SEAT)).when(word(FINANCE_SEAT)).then_names(
        OpinionGiven, StepCompleted, StepOpened, ProjectApproved
    )


def test_an_added_signer_adds_another_in_turn() -> None:
    clerk = Seat("clerk", COMPANY)
    chain = countersigning.after(BEFORE, AddSigner(SAFETY, 1, clerk, "before", SAFETY_SEAT, True))
    chain.when(SAFETY_AGREES).then_refused(NotYourTurn)
    clerk_agrees = GiveOpinion(by("clerk", "clerk"), 1, "agree", "h1", clerk)
    chain.after(clerk_agrees, SAFETY_AGREES, FINANCE_AGREES).when(QUALITY_AGREES).then_names(
        OpinionGiven, StepCompleted, StepOpened
    )


def test_nobody_is_added_twice_unseen_by_who_is_not_asked_or_in_a_meeting() -> None:
    """R28, R29: never in a meeting; R6: one office, one word."""
    countersigning.when(replace(BEFORE, signer=FINANCE_SEAT)).then_refused(AlreadyAddressed)
    countersigning.after(BEFORE).when(AFTER).then_refused(AlreadyAddressed)
    countersigning.when(replace(BEFORE, can_sign=False)).then_refused(NobodyCanSign)
    countersigning.when(replace(BEFORE, seat=PRECHECK_SEAT)).then_refused(SeatNotAddressed)
    countersigning.when(replace(BEFORE, by=by("fitter"))).then_refused(ProposerMayNotApprove)
    countersigning.when(replace(BEFORE, tied_to=(PersonId("fitter"),))).then_refused(ProposerMayNotApprove)
    submitted.when(BEFORE).then_refused(StepNotOpen)
    a_draft.when(BEFORE).then_refused(NotInApproval)
    for_committee = replace(BEFORE, step=2, seat=COMMITTEE_SEAT)
    before_the_meeting.when(for_committee).then_refused(MeetingMayNotBeReplacedBySigning)


def test_added_signers_are_for_their_step_alone() -> None:
    referred = countersigning.after(BEFORE, ReferStepUp(PRECHECKER, 1, "空缺", (Seat("finance", GROUP),)))
    assert referred.state.approval.seats == (Seat("finance", GROUP),)
    assert referred.state.approval.added == {}


# -- a transfer (R29) ---------------------------------------------------------------------------

EXPERT = by("expert", "source_department")
TRANSFER = TransferStep(
    QUALITY,
    1,
    PersonId("expert"),
    QUALITY_SEAT,
    (PersonId("quality"), PersonId("expert")),
    reason="由专人办理",
)


def test_after_a_transfer_the_colleague_acts_and_the_other_no_more() -> None:
    """R29, and the sentence 转办后由{name}办理，您不再办理本项。"""
    countersigning.when(TRANSFER).then(
        StepTransferred(1, QUALITY_SEAT, QUALITY.person, EXPERT.person, QUALITY_SEAT, "由专人办理")
    )
    passed_on = countersigning.after(TRANSFER)
    for act in (QUALITY_AGREES, RETURN, BEFORE, TRANSFER):
        passed_on.when(replace(act)).then_refused(HandledByAnother)
    done = passed_on.after(replace(QUALITY_AGREES, by=EXPERT))
    done.when(FINANCE_AGREES).then_names(OpinionGiven, StepCompleted, StepOpened)


def test_who_took_over_passes_it_on_or_back() -> None:
    back = replace(TRANSFER, by=EXPERT, to=QUALITY.person)
    countersigning.after(TRANSFER, back).when(QUALITY_AGREES).then_names(OpinionGiven)


def test_where_who_took_over_can_act_no_more_the_office_acts_again() -> None:
    """Else a term that ended would leave the step waiting for ever."""
    gone = replace(QUALITY_AGREES, handler_acts=False)
    countersigning.after(TRANSFER).when(gone).then_names(OpinionGiven)


def test_a_deputy_of_who_took_over_acts_for_them() -> None:
    deputy = by("stand-in", "source_department", deputising="expert")
    countersigning.after(TRANSFER).when(replace(QUALITY_AGREES, by=deputy)).then_names(OpinionGiven)


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"to": PersonId("accountant")}, TransferStaysInTheOffice),
        ({"to": PersonId("quality")}, TransferStaysInTheOffice),
        (
            {"to": PersonId("fitter"), "colleagues": (PersonId("fitter"),)},
            NoTransferIntoConflict,
        ),
        ({"their_ties": (PersonId("secretary"),)}, NoTransferIntoConflict),
        ({"by": by("stand-in", "source_department", deputising="quality")}, DeputyMayNotPassOn),
        ({"by": by("fitter", "source_department")}, ProposerMayNotApprove),
        ({"seat": PRECHECK_SEAT}, SeatNotAddressed),
        ({"step": 0}, StepNotOpen),
        ({"step": 2}, StepNotOpen),
    ],
    ids=str,
)
def test_a_transfer_stays_in_the_office_and_never_goes_into_conflict(
    changed: dict[str, Any], rule: type
) -> None:
    """R8, R29: within the same office, never to a conflicted person; 不得转委托."""
    countersigning.when(replace(TRANSFER, **changed)).then_refused(rule)


def test_what_is_said_or_before_a_meeting_is_not_transferred() -> None:
    countersigning.after(QUALITY_AGREES).when(TRANSFER).then_refused(OpinionAlreadyGiven)
    countersigning.after(replace(FINANCE_AGREES, opinion="disagree")).when(TRANSFER).then_refused(
        StepStoppedByDisagreement
    )
    meeting = replace(TRANSFER, step=2, seat=COMMITTEE_SEAT)
    before_the_meeting.when(meeting).then_refused(MeetingMayNotBeReplacedBySigning)


def test_who_holds_two_seats_transfers_one_and_speaks_for_the_other() -> None:
    """R6: nothing is merged."""
    for_finance = replace(FINANCE_AGREES, by=QUALITY)
    countersigning.after(TRANSFER).when(for_finance).then_names(OpinionGiven)


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
    rejected.after(ArchiveProject(ARCHIVIST, "回执1", MAY)).when(CHANGE).then_refused(NotInApproval)
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
