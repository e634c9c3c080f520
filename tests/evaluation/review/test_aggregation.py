"""What a panel's cards come to, by one method for all, and what its chair may look at (R58, R59)."""

from __future__ import annotations

from decimal import Decimal
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.evaluation.domain.review.aggregation import (
    aggregate,
    combined,
    markings,
    method_for,
    normalised,
    outliers,
)

points = st.decimals(0, 100, places=2)
panels = st.dictionaries(
    st.sampled_from([f"project {n}" for n in range(6)]),
    st.dictionaries(st.sampled_from("ABCDEFGHI"), points, min_size=1),
    min_size=1,
)


def cards(*marks: float) -> list[Decimal]:
    return [Decimal(str(mark)) for mark in marks]


def test_a_mean_is_rounded_half_up_to_four_digits() -> None:
    assert combined(cards(88, 89, 91), "mean") == Decimal("89.3333")
    assert combined(cards(0, "0.0001"), "mean") == Decimal("0.0001")  # type: ignore[arg-type]


def test_trimming_leaves_out_one_highest_and_one_lowest_card() -> None:
    assert combined(cards(60, 88, 90, 90, 99), "trimmed_mean") == Decimal("89.3333")
    assert combined(cards(90, 90, 90), "trimmed_mean") == 90


def test_a_median_of_an_even_number_is_between_the_two_in_the_middle() -> None:
    assert combined(cards(60, 90, 91), "median") == 90
    assert combined(cards(60, 90, 91, 99), "median") == Decimal("90.5")


def test_one_method_holds_for_a_panel_by_the_fewest_cards_on_any_of_its_projects() -> None:
    """R58: with seven jurors on each it trims; with six on one, none is trimmed."""
    assert method_for("trimmed_mean", 7, 7) == "trimmed_mean"
    assert method_for("trimmed_mean", 6, 7) == "mean"
    assert method_for("trimmed_mean", 2, 0) == "mean", "trimming would leave nothing"
    assert method_for("median", 1, 7) == "median"


def test_nothing_comes_of_no_cards() -> None:
    for few in ([], cards(90, 91)):
        with pytest.raises(ValueError, match="too few"):
            combined(few, "trimmed_mean")


def test_a_strict_juror_is_brought_to_the_mean_and_spread_of_all() -> None:
    given_by = {"a": {"A": Decimal(90), "B": Decimal(70)}, "b": {"A": Decimal(80), "B": Decimal(60)}}
    beside = normalised(given_by)
    assert beside["a"]["A"] == beside["a"]["B"]
    assert beside["b"]["A"] == beside["b"]["B"]
    assert beside["a"]["A"] - beside["b"]["A"] > 20, "both spread less than all cards together"
    alike = {"a": {"A": Decimal(90), "B": Decimal(70)}, "b": {"A": Decimal(80), "B": Decimal(70)}}
    assert normalised(alike)["a"]["B"] == Decimal("77.5"), "who marks all alike is only moved"


def test_a_chair_sees_the_card_that_is_far_from_the_others_and_what_those_are() -> None:
    panel = {
        "12": dict(zip("ABC", cards(88, 90, 60), strict=True)),
        "13": dict(zip("AB", cards(60, 90), strict=True)),
    }
    (found,) = outliers(panel, Decimal(10))
    assert (found.project, found.juror, found.points, found.others) == ("12", "C", 60, (88, 90))


@given(panels)
def test_it_comes_to_the_same_as_the_standard_library_says(panel: dict[str, dict[str, Decimal]]) -> None:
    for project, found in aggregate(panel, "mean").items():
        given_by = [float(mark) for mark in panel[project].values()]
        assert float(found.score) == pytest.approx(fmean(given_by), abs=0.0001)
        assert float(found.spread) == pytest.approx(pstdev(given_by), abs=0.0001)
    for juror, marking in markings(panel).items():
        own = [float(given_by[juror]) for given_by in panel.values() if juror in given_by]
        assert (marking.cards, float(marking.lowest), float(marking.highest)) == (
            len(own),
            min(own),
            max(own),
        )


@given(panels, st.randoms(use_true_random=False))
def test_the_order_of_cards_changes_nothing(panel: dict[str, dict[str, Decimal]], random: st.DrawFn) -> None:
    mixed = list(panel.items())
    random.shuffle(mixed)  # type: ignore[attr-defined]
    turned = {project: dict(reversed(given_by.items())) for project, given_by in mixed}
    assert aggregate(turned, "median") == aggregate(panel, "median")


@given(panels)
def test_brought_together_all_cards_keep_the_mean_of_all_and_each_juror_has_it(
    panel: dict[str, dict[str, Decimal]],
) -> None:
    mean = fmean(float(mark) for given_by in panel.values() for mark in given_by.values())
    for marking in markings(normalised(panel)).values():
        assert float(marking.mean) == pytest.approx(mean, abs=0.001)
