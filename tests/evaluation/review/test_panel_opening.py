"""A panel opens from the lot that was fixed, with enough jurors, or it does not (R57, R58)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.evaluation.domain.review.panel import PANEL
from services.evaluation.domain.review.panel import changing as g
from services.evaluation.domain.review.panel import fixing as f
from services.evaluation.domain.review.panel import opening as o
from services.evaluation.domain.review.panel import state as p
from shared.domain import Stale
from tests.evaluation.review.a_panel import (
    DOSSIERS,
    FIX,
    FIXED,
    JURORS,
    OPEN,
    TERMS,
    card,
    opened,
    with_terms,
)
from tests.support.given import given


def test_it_opens_with_its_dossiers_its_jurors_and_one_method() -> None:
    placed = [o.DossierPlaced(dossier, ("A", "B", "C", "D", "E"), ()) for dossier in DOSSIERS]
    first = o.PanelOpened("cycle", ("safety_quality",), TERMS, "mean", JURORS, "20261101")
    FIXED.when(OPEN).then(first, *placed)
    opened().when(OPEN).then_refused(p.PanelIsOpen)


def test_what_jurors_are_drawn_from_stands_fast_before_they_are() -> None:
    """R57: the seed follows from the record of it; each time that it is fixed anew is on record."""
    given(PANEL).when(OPEN).then_refused(o.LotIsNotFixed)
    FIXED.when(replace(OPEN, cycle="another")).then_refused(o.LotIsNotFixed)
    FIXED.when(replace(FIX, reason="one has moved")).then(
        f.LotFixed("cycle", "the lot", "sealed", "one has moved")
    )
    opened().when(FIX).then_refused(p.PanelIsOpen)


def test_a_lot_is_not_fixed_until_it_pleases() -> None:
    """R57: the seed is known at once, so that only what is put in may change, with a reason."""
    FIXED.when(replace(FIX, same=True, reason="again")).then_refused(f.LotStands)
    FIXED.when(replace(FIX, lot="another", reason=" ")).then_refused(f.FixedAnewSaysWhy)


def test_who_draws_from_a_lot_that_was_fixed_anew_meanwhile_opens_nothing() -> None:
    """R57: the old draw would be of other letters."""
    again = FIXED.after(replace(FIX, lot="another lot", sealed="sealed anew", reason="one has moved"))
    again.when(OPEN).then_refused(Stale)
    again.when(replace(OPEN, fixed=2)).then_names(o.PanelOpened, *(o.DossierPlaced for _ in DOSSIERS))


def test_without_enough_jurors_after_conflicts_it_does_not_open_and_says_how_many_are_missing() -> None:
    """R57: never a copied card; more jurors, or a minimum that the committee lowered."""
    few = replace(OPEN, assigned=tuple(seat for seat in OPEN.assigned if seat not in {(2, "A"), (2, "B")}))
    FIXED.when(few).then_refused(o.TooFewJurors, numbers=[2], minimum=5)
    lower = replace(few, lowered=g.Lowered(3, "no juror is left", "2026-31"))
    first, second, *_ = FIXED.when(lower).events
    assert (type(first), second) == (o.PanelOpened, g.MinimumLowered(3, "no juror is left", "2026-31"))
    FIXED.when(replace(few, lowered=g.Lowered(3, "", ""))).then_refused(g.NeedsReasonAndDocument)
    FIXED.when(replace(few, lowered=g.Lowered(2, "a", "b"))).then_refused(g.MinimumOutOfRange)


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        (replace(OPEN, dossiers=()), o.DossiersAreNumbered),
        (replace(OPEN, dossiers=DOSSIERS[1:]), o.DossiersAreNumbered),
        (replace(OPEN, dossiers=(*DOSSIERS, replace(DOSSIERS[0], number=4))), o.DossiersAreNumbered),
        (with_terms(vice_chair="A"), g.ChairsAreTwoJurors),
        (with_terms(chair="Z"), g.ChairsAreTwoJurors),
        (replace(OPEN, assigned=(*OPEN.assigned, (1, "Z"))), p.NotOfThePanel),
        (replace(OPEN, assigned=(*OPEN.assigned, (9, "A"))), p.NoSuchDossier),
        (replace(OPEN, in_conflict=((1, "A"),)), p.JurorInConflict),
        (with_terms(minimum_cards=2), g.MinimumOutOfRange),
        (with_terms(minimum_cards=0, lowest_minimum=0), g.MinimumOutOfRange),
        (with_terms(dossiers_at_most=2), p.JurorOverloaded),
    ],
    ids=[
        "no dossier",
        "not from 1",
        "a project twice",
        "one chair",
        "no juror's",
        "a stranger",
        "no such number",
        "conflict",
        "below the lowest",
        "no minimum",
        "overload",
    ],
)
def test_a_panel_that_cannot_work_does_not_open(wrong: o.OpenPanel, rule: type) -> None:
    FIXED.when(wrong).then_refused(rule)


def test_whoever_has_no_panel_is_told_so() -> None:
    given(PANEL).when(card(1, "A")).then_refused(p.NoSuchPanel)
