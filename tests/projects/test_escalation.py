"""To whom an overdue step goes, and what of it stays: words, added signers, who was passed on to (R29)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from services.projects.domain.project.approval import (
    AddSigner,
    GiveOpinion,
    OpinionGiven,
    StepReferredUp,
    StepTransferred,
    TransferStep,
)
from services.projects.domain.project.content import Seat
from services.projects.domain.project.deadlines import PassDeadline, RaiseStep
from services.projects.domain.project.route import Share, Step
from services.projects.domain.project.state import SeatNotAddressed
from services.projects.escalation import seats_above
from shared.domain import PersonId
from tests.projects.a_group import appointed, organisation
from tests.projects.a_project import (
    COMPANY,
    FINANCE_SEAT,
    GROUP,
    PRECHECK_SEAT,
    PRECHECKER,
    QUALITY_SEAT,
    ROUTE,
    SUBMIT,
    Project,
    a_draft,
    by,
)

SAFETY, SAFETY_ABOVE = Seat("inspector", COMPANY), Seat("inspector", GROUP)
FINANCE_ABOVE = Seat("finance", GROUP)
DUE, LATER = date(2026, 9, 4), date(2026, 9, 11)
HELD = (appointed("auditor", "finance", GROUP), appointed("safety", "inspector", GROUP))


def before(decides: Any, *seats: Seat, share: Share | None = None) -> Project:
    step = Step("会签", decides, seats, 3, share=share)
    return a_draft.after(replace(SUBMIT, route=(step, ROUTE[3]), due=DUE))


def word(seat: Seat, opinion: Any = "agree") -> GiveOpinion:
    return GiveOpinion(by(seat.office, seat.office, seat.unit), 0, opinion, "h1", seat)


def raising(past: Project, *held: Any) -> RaiseStep:
    above = seats_above(organisation(*held), past.state, past.state.approval, DUE)
    today = DUE + timedelta(3)
    return RaiseStep(None, 0, DUE, today, above.seats, LATER, above.stays, above.added)


def raised(past: Project, *held: Any) -> Project:
    return past.after(PassDeadline(None, 0, DUE, DUE + timedelta(1)), raising(past, *held))


def test_an_added_signer_must_agree_beyond_the_step_when_it_went_up_too() -> None:
    """R29: an added signer never replaces anyone, and nobody replaces it."""
    two = before("any", PRECHECK_SEAT, FINANCE_SEAT)
    added = two.after(AddSigner(PRECHECKER, 0, SAFETY, "after", PRECHECK_SEAT, True), word(PRECHECK_SEAT))
    up = raised(added, *HELD)
    assert up.state.approval.seats == (PRECHECK_SEAT, SAFETY_ABOVE, FINANCE_ABOVE)
    assert up.after(word(FINANCE_ABOVE)).state.approval.open == 0
    assert up.after(word(SAFETY_ABOVE)).state.phase == "in_implementation"


def test_a_word_of_an_added_signer_that_stays_is_no_word_of_the_step() -> None:
    seats = (PRECHECK_SEAT, FINANCE_SEAT)
    half = before("share", *seats, share=Share(1, 2))
    spoken = half.after(AddSigner(PRECHECKER, 0, SAFETY, "before", PRECHECK_SEAT, True), word(SAFETY))
    up = raised(spoken, *HELD)
    assert not up.state.approval.carried
    assert up.after(word(FINANCE_ABOVE)).state.phase == "in_implementation", "one of the step's two"


def test_who_has_nobody_above_is_asked_still() -> None:
    """Never an approval by time: nobody who was asked is passed over."""
    both = before("all", QUALITY_SEAT, FINANCE_SEAT)
    up = raised(both, HELD[0])
    assert up.state.approval.seats == (QUALITY_SEAT, FINANCE_ABOVE)
    assert up.after(word(FINANCE_ABOVE)).state.approval.open == 0


def test_where_nobody_is_above_the_silent_nothing_goes_up() -> None:
    spoken = before("all", QUALITY_SEAT, FINANCE_SEAT).after(word(FINANCE_SEAT))
    noted = spoken.after(PassDeadline(None, 0, DUE, DUE + timedelta(1)))
    noted.when(raising(spoken)).then_refused(SeatNotAddressed)


def test_who_is_asked_still_keeps_whom_it_was_passed_on_to() -> None:
    expert, quality = PersonId("expert"), by("quality", "source_department")
    passed_on = TransferStep(quality, 0, expert, QUALITY_SEAT, (expert,))
    past = before("all", QUALITY_SEAT, FINANCE_SEAT).after(passed_on)
    assert isinstance(past.past[-1], StepTransferred)
    up = raised(past, HELD[0])
    assert up.state.approval.handlers.keys() == {QUALITY_SEAT}


def test_of_a_stopped_step_those_above_come_beside_who_has_spoken() -> None:
    stopped = before("all", FINANCE_SEAT).after(word(FINANCE_SEAT, "disagree"))
    up = raised(stopped, HELD[0])
    assert [type(event) for event in up.past[-1:]] == [StepReferredUp]
    assert up.state.approval.seats == (FINANCE_SEAT, FINANCE_ABOVE)
    assert up.state.approval.stopped


def test_an_added_signer_without_anybody_above_waits_for_nobody_who_has_gone() -> None:
    both = before("all", PRECHECK_SEAT, FINANCE_SEAT)
    added = both.after(AddSigner(by("x"), 0, SAFETY, "before", FINANCE_SEAT, True))
    up = raised(added, HELD[0])
    up.when(word(SAFETY)).then_names(OpinionGiven)
    assert set(up.state.approval.asked_now) >= {SAFETY}
