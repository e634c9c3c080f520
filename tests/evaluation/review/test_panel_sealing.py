"""Three people seal a panel, and what its cards come to is in the seal (R57 to R59)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from services.evaluation.domain.review.panel import changing as g
from services.evaluation.domain.review.panel import jurors as j
from services.evaluation.domain.review.panel import opening as o
from services.evaluation.domain.review.panel import sealing as s
from services.evaluation.domain.review.panel import state as p
from shared.domain import Stale
from tests.evaluation.review.a_panel import (
    FIXED,
    HEADQUARTERS,
    as_juror,
    card,
    scored,
    seal,
    sign,
    signs,
    with_terms,
)


def test_three_people_sign_and_the_third_seals() -> None:
    """R59."""
    chair, clerk, supervisor = signs(scored().state)
    two = scored().after(chair, clerk)
    two.when(clerk).then_refused(s.SignedAlready, signing="clerk")
    two.when(replace(supervisor, signer="clerk")).then_refused(s.ThreePeopleSign)
    two.when(supervisor).then_names(s.PanelSigned, s.PanelSealed)
    two.after(supervisor).when(supervisor).then_refused(p.PanelIsSealed)


@pytest.mark.parametrize(("signing", "signer"), [("chair", "D"), ("chair", "clerk"), ("clerk", "B")])
def test_the_chair_signs_as_chair_and_no_juror_as_another(signing: p.Signing, signer: str) -> None:
    """R59."""
    scored().when(sign(scored().state, signing, signer)).then_refused(s.ThreePeopleSign)


def test_where_the_chair_has_withdrawn_the_vice_chair_signs() -> None:
    gone = scored().after(j.WithdrawJuror(HEADQUARTERS, "A", "ill"))
    gone.when(sign(gone.state, "chair", "A")).then_refused(s.ThreePeopleSign)
    gone.when(sign(gone.state, "chair", "B")).then_names(s.PanelSigned)


def test_a_card_that_changes_takes_the_signatures_back() -> None:
    chair, clerk, supervisor = signs(scored().state)
    after = scored().after(chair, clerk, card(1, "D", "6.5"))
    assert after.state.signed == {}
    after.when(supervisor).then_refused(Stale)
    after.when(sign(after.state, "supervisor")).then_names(s.PanelSigned)


def test_with_cards_missing_it_is_not_sealed() -> None:
    two = scored((2, "A"), (3, "B"))
    two.when(sign(two.state, "chair")).then_refused(s.CardsAreMissing, numbers=[2, 3], minimum=5)


def lowered(to: int, reason: str = "no juror is left", document: str = "2026-31") -> g.LowerMinimum:
    return g.LowerMinimum(HEADQUARTERS, g.Lowered(to, reason, document))


def test_the_committee_may_lower_the_minimum_to_what_the_programme_says_with_a_reason() -> None:
    """R57."""
    recused = [j.Recuse(as_juror(juror), 2, juror, "own_unit", "") for juror in "AB"]
    three = scored().after(*recused)
    three.when(lowered(2)).then_refused(g.MinimumOutOfRange, lowest=3, now=5)
    three.when(lowered(5)).then_refused(g.MinimumOutOfRange)
    three.when(lowered(3, reason="")).then_refused(g.NeedsReasonAndDocument)
    three.when(lowered(3, document=" ")).then_refused(g.NeedsReasonAndDocument)
    enough = three.after(lowered(3))
    enough.when(sign(enough.state, "chair")).then_names(s.PanelSigned)


def test_a_card_that_is_late_is_waited_for_and_not_done_without() -> None:
    """R57: lowering is the last resort after conflicts, not for whoever is late."""
    late = scored((2, "D"), (2, "E"))
    late.when(lowered(3)).then_refused(g.JurorsAreEnough)
    three = scored((2, "D"), command=with_terms(minimum_cards=3))
    three.when(sign(three.state, "chair")).then_refused(s.CardsAreMissing, numbers=[2])
    left = three.after(j.WithdrawJuror(HEADQUARTERS, "D", "ill"))
    left.when(sign(left.state, "chair")).then_names(s.PanelSigned)


def test_what_the_cards_come_to_is_in_the_seal() -> None:
    sealed = seal(scored().after(card(1, "A", "5")))
    assert sealed.method == "mean"
    assert [(r.number, r.score, r.cards) for r in sealed.results] == [
        (1, Decimal("72.1000"), 5),
        (2, Decimal("72.5000"), 5),
        (3, Decimal("72.5000"), 5),
    ]


def test_one_method_holds_for_all_dossiers_of_a_panel() -> None:
    """R58: where trimming has too few cards for one, the plain mean is taken for all."""
    wide = with_terms(method="trimmed_mean", trimmed_from=5)
    sealed = seal(scored(command=wide).after(card(1, "A", "0", "0")))
    assert (sealed.method, sealed.results[0].score) == ("trimmed_mean", Decimal("72.5000"))
    four = with_terms(method="trimmed_mean", trimmed_from=5, minimum_cards=4)
    fewer = scored(command=four).after(
        card(1, "A", "0", "0"), j.Recuse(as_juror("E"), 3, "E", "own_unit", "")
    )
    sealed = seal(fewer)
    assert (sealed.method, sealed.results[0].score) == ("mean", Decimal("70.1000"))


def test_a_method_that_too_few_jurors_allow_is_not_promised_when_it_opens() -> None:
    """R58."""
    first = FIXED.when(with_terms(method="trimmed_mean")).events[0]
    assert isinstance(first, o.PanelOpened)
    assert (first.wanted, first.terms.method) == ("trimmed_mean", "mean")


def test_a_dossier_that_is_withdrawn_waits_for_no_card_and_has_no_result() -> None:
    after = scored((2, "A")).after(g.WithdrawDossier(HEADQUARTERS, 2, "an accident", "2026-33"))
    after.when(card(2, "A")).then_refused(p.NoSuchDossier)
    sealed = seal(after)
    assert [result.number for result in sealed.results] == [1, 3]
    for said in (("", "2026-33"), ("an accident", " ")):
        scored().when(g.WithdrawDossier(HEADQUARTERS, 2, *said)).then_refused(g.NeedsReasonAndDocument)
