"""A juror's card: each criterion marked once, within its weight, and by nobody else (R59)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from services.evaluation.domain.review.panel import cards as c
from services.evaluation.domain.review.panel import state as p
from tests.evaluation.review.a_panel import (
    COMPUTED,
    DUE,
    SPARE,
    card,
    declared,
    marks,
    scored,
    signs,
)


def test_a_card_is_its_marks_and_the_points_that_no_juror_can_change() -> None:
    given_ = c.ScorecardSubmitted(1, "A", marks("7.5", "5"), COMPUTED + Decimal("12.5"), late=False)
    declared().when(card(1, "A", "7.5", "5")).then(given_)


def test_a_card_after_the_last_day_says_so() -> None:
    late = card(1, "A", on=DUE + timedelta(1))
    (event,) = declared().when(late).events
    assert isinstance(event, c.ScorecardSubmitted)
    assert event.late


@pytest.mark.parametrize(
    ("wrong", "criteria"),
    [
        (marks()[:1], ("辐射带动",)),
        ((*marks(), p.Mark("milestones", Decimal(5))), ("milestones",)),
        ((*marks(), marks()[0]), ("问题真、切口小",)),
    ],
    ids=["one missing", "not a juror's", "twice"],
)
def test_every_judged_criterion_has_one_mark(wrong: tuple[p.Mark, ...], criteria: tuple[str, ...]) -> None:
    command = replace(card(1, "A"), marks=wrong)
    declared().when(command).then_refused(c.EveryCriterionIsMarked, criteria=criteria)


@pytest.mark.parametrize("points", ["-0.01", "8.01", "7.005", "NaN", "Infinity"])
def test_a_mark_is_within_its_weight(points: str) -> None:
    declared().when(card(1, "A", points)).then_refused(c.MarkOutOfRange, criterion="问题真、切口小")


def test_a_juror_corrects_the_own_card_by_an_act_of_its_own_until_the_panel_is_sealed() -> None:
    """R59."""
    before = COMPUTED + Decimal(12)
    scored().when(card(1, "A", "6")).then(
        c.ScorecardCorrected(1, "A", marks("6"), COMPUTED + Decimal(11), before, late=False)
    )
    sealed = scored().after(*signs(scored().state))
    sealed.when(card(1, "A", "6")).then_refused(p.PanelIsSealed)


def test_nobody_scores_a_dossier_that_is_not_theirs() -> None:
    declared().when(card(1, SPARE)).then_refused(p.NotThisJurors)
    declared().when(card(4, "A")).then_refused(p.NoSuchDossier)
