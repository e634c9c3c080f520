"""A card on paper counts once two people have read the same (R60)."""

from __future__ import annotations

from decimal import Decimal

from services.evaluation.domain.review.panel import cards as c
from services.evaluation.domain.review.panel import jurors as j
from services.evaluation.domain.review.panel import sealing as s
from tests.evaluation.review.a_panel import (
    CLERK,
    COMPUTED,
    DUE,
    HEADQUARTERS,
    OTHER_CLERK,
    Life,
    card,
    declared,
    marks,
    opened,
    scored,
    sign,
)


def types(by: object, *points: str, scan: str = "ab12", signed: bool = True) -> c.TypeScorecard:
    return c.TypeScorecard(by, 1, "A", marks(*points), scan, signed, DUE)  # type: ignore[arg-type]


def paper() -> Life:
    """Every card is there, and one of them from paper."""
    return scored((1, "A")).after(types(CLERK, scan="first"), types(OTHER_CLERK, scan="first"))


def test_a_paper_counts_once_two_people_have_read_the_same() -> None:
    """R60."""
    first = declared().after(types(CLERK))
    assert not first.state.cards
    first.when(types(CLERK)).then_refused(c.SecondPersonTypes)
    first.when(types(OTHER_CLERK)).then(
        c.ScorecardSubmitted(1, "A", marks(), COMPUTED + Decimal(12), late=False, from_paper=True)
    )


def test_no_paper_is_typed_over_a_card_that_the_juror_has_given() -> None:
    """R59: two clerks could change it; only the juror does, one from paper too."""
    declared().after(card(1, "A")).when(types(CLERK)).then_refused(c.JurorGaveTheCard, juror="A", number=1)
    begun = declared().after(types(CLERK, "6"), card(1, "A"))
    begun.when(types(OTHER_CLERK, "6")).then_refused(c.JurorGaveTheCard)
    paper().after(types(CLERK, "6")).when(types(OTHER_CLERK, "6")).then_names(c.ScorecardCorrected)
    own = paper().after(card(1, "A", "8"))
    own.when(types(CLERK, "6")).then_refused(c.JurorGaveTheCard)


def test_what_two_people_read_differently_goes_back() -> None:
    """R60: 89 typed for 98."""
    first = declared().after(types(CLERK, "7", "4"))
    first.when(types(OTHER_CLERK, "7", "5")).then(c.TypingDiffered(1, "A", ("influence",)))
    first.after(types(OTHER_CLERK, "7", "5")).when(types(CLERK, "7", "5")).then_names(c.ScorecardTyped)


def test_a_paper_bears_the_jurors_signature_and_lies_there_as_a_scan() -> None:
    """R60."""
    declared().when(types(CLERK, signed=False)).then_refused(c.PaperIsUnsigned)
    declared().when(types(CLERK, scan="")).then_refused(c.PaperIsUnsigned)
    opened().when(types(CLERK)).then_refused(c.DeclareFirst)


def test_a_panel_is_not_sealed_while_a_paper_was_typed_by_one_only() -> None:
    """R60."""
    half = paper().after(types(CLERK, "6"))
    half.when(sign(half.state, "chair")).then_refused(s.TypingIsOpen, numbers=[1])


def test_a_paper_that_two_read_differently_is_waited_for_though_there_is_a_card() -> None:
    """R60: unequal goes back."""
    differs = paper().after(types(CLERK, "6"), types(OTHER_CLERK, "5"))
    differs.when(sign(differs.state, "chair")).then_refused(s.TypingIsOpen, numbers=[1])
    again = differs.after(types(CLERK, "6"), types(OTHER_CLERK, "6"))
    again.when(sign(again.state, "chair")).then_names(s.PanelSigned)


def test_a_paper_of_whoever_withdraws_is_waited_for_no_more() -> None:
    gone = paper().after(types(CLERK, "6"), j.WithdrawJuror(HEADQUARTERS, "A", "ill"))
    gone.when(sign(gone.state, "clerk")).then_names(s.PanelSigned)
