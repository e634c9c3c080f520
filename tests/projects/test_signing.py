"""A share of those addressed, added signers, transfers (R29)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from services.projects.domain.project.approval import (
    AddSigner,
    AlreadyAddressed,
    DeputyMayNotPassOn,
    GiveOpinion,
    HandledByAnother,
    MeetingMayNotBeReplacedBySigning,
    NobodyCanSign,
    NoTransferIntoConflict,
    NotYourTurn,
    OpinionAlreadyGiven,
    OpinionGiven,
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
)
from services.projects.domain.project.content import Seat
from services.projects.domain.project.route import Share, Wanted
from services.projects.domain.project.state import NotInApproval, ProposerMayNotApprove, SeatNotAddressed
from shared.domain import PersonId
from tests.projects.a_project import (
    ACCOUNTANT,
    COMMITTEE_SEAT,
    COMPANY,
    FINANCE_AGREES,
    FINANCE_SEAT,
    GROUP,
    PRECHECK_SEAT,
    PRECHECKER,
    QUALITY,
    QUALITY_AGREES,
    QUALITY_SEAT,
    a_draft,
    before_the_meeting,
    by,
    countersigning,
    submitted,
)
from tests.projects.a_step import signed_by, word

SAFETY_SEAT = Seat("inspector", COMPANY)
SAFETY = by("safety", "inspector")
RETURN = ReturnProposal(QUALITY, 1, (Wanted("补充", "problem"),), True, QUALITY_SEAT)


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
