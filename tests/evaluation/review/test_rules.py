"""What a programme says of its review is read as text, typed, and refused where nobody could hold to it."""

from __future__ import annotations

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from services.evaluation.domain.review.allocation import Award, Candidate, Quotas, allocate
from services.evaluation.domain.review.cycle.state import Judging
from services.evaluation.domain.review.rules import JurorLoad, OnSite, Recommendation
from services.evaluation.review.rules import ReviewRulesUnreadable, default_rules, read_rules
from services.evaluation.schemes import default_text

RULES = default_rules()


def test_the_shipped_rules_are_8_12_and_20_awards_of_two_rounds() -> None:
    """R56, R57, R58: defaults 8.3."""
    assert RULES.quotas == Quotas(
        (
            Award("first", 8, Decimal(90)),
            Award("second", 12, Decimal(85)),
            Award("third", 20, Decimal(80)),
            Award("pair", 5, Decimal(80), only_pairs=True),
        ),
        each_track_at_least=4,
        functional_at_most=Decimal("0.20"),
        frontline_at_least=Decimal("0.50"),
        one_unit_at_most=2,
    )
    half = Decimal("0.50")
    assert RULES.rounds == (Judging("dossier_review", half), Judging("on_site", half, 40))
    assert RULES.load == JurorLoad(20, 5, 2)
    assert RULES.on_site == OnSite(8, 4)
    assert (RULES.method, RULES.trimmed_from, RULES.minimum_cards, RULES.lowest_minimum) == ("mean", 7, 5, 3)


def test_what_a_programme_does_not_say_is_as_it_was_shipped() -> None:
    said = read_rules(json.dumps({"awards": {"only": {"zh": "优秀", "places": "3", "floor": "75.5"}}}))
    assert said.quotas.awards == (Award("only", 3, Decimal("75.5")),)
    assert said.load == RULES.load


def but(part: str, **figures: Any) -> dict[str, Any]:
    """A part as it was shipped, with other figures."""
    return {part: yaml.load(default_text(), Loader=yaml.BaseLoader)[part] | figures}


def awards(**floors: str) -> dict[str, Any]:
    return {"awards": {code: {"places": "1", "floor": floor} for code, floor in floors.items()}}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a share above one": (
        but("award_limits", functional_units_at_most="1.2"),
        "functional_units_at_most lies",
    ),
    "a share that is no number": (but("recommendation", share_of_closed="much"), "share_of_closed"),
    "no share": (but("recommendation", share_of_closed="NaN"), "share_of_closed lies"),
    "more than all": (
        but("review_mix", dossier_review={"closing_score": "0.6", "dossier_cards": "0.5"}),
        "the shares of dossier_review",
    ),
    "floors that go up": (awards(a="80", b="90"), "from the highest floor down"),
    "a floor beyond all": (awards(a="101"), "a has places and a floor"),
    "a floor that is none": (awards(a="NaN", b="80"), "a has places and a floor"),
    "nothing for all": (
        {"awards": {"a": {"places": "1", "floor": "80", "only": "pair"}}},
        "no award is open to all",
    ),
    "more cards than jurors": (but("juror_load", jurors_per_dossier="4"), "follow one another"),
    "nobody reads": (but("juror_load", dossiers_at_most="0"), "at least one dossier"),
    "the least above the most": (but("recommendation", at_least="7"), "not above the most"),
    "a method of nobody": (but("aggregation", method="lot"), "method"),
    "a list for a mapping": ({"awards": []}, "awards"),
}


@pytest.mark.parametrize("what", WRONG)
def test_rules_that_nobody_could_hold_to_are_refused_with_what_is_wrong(what: str) -> None:
    content, fault = WRONG[what]
    with pytest.raises(ReviewRulesUnreadable) as refused:
        read_rules(json.dumps(content))
    assert any(fault in said for said in refused.value.facts["faults"]), refused.value.facts


@pytest.mark.parametrize("text", ["- a list", "text", "", "more: than is read"])
def test_what_says_nothing_of_the_review_changes_nothing(text: str) -> None:
    assert read_rules(text) == RULES


@pytest.mark.parametrize("text", ["{", "awards: &a [*a]", "awards: &a {b: *a}"])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(ReviewRulesUnreadable):
        read_rules(text)


@pytest.mark.parametrize(
    ("closed", "places"), [(0, 1), (1, 1), (66, 1), (67, 2), (199, 5), (200, 6), (9000, 6)]
)
def test_a_company_recommends_three_in_a_hundred_but_one_at_least_and_six_at_most(
    closed: int, places: int
) -> None:
    """R56."""
    assert RULES.recommendation.quotas(closed).awards[0] == Award("recommended", places, Decimal(0))


def test_one_more_is_recommended_where_it_is_a_pair() -> None:
    """R56."""

    def closed(project: str, score: str, *, pair: bool = False) -> Candidate:
        return Candidate(
            project, "track", f"branch of {project}", Decimal(score), Decimal(0), Decimal(0), pair=pair
        )

    found = allocate(
        [closed("a", "90"), closed("b", "89"), closed("p", "80", pair=True)], RULES.recommendation.quotas(3)
    )
    assert {placed.project: placed.award for placed in found.placed} == {
        "a": "recommended",
        "b": None,
        "p": "recommended_pair",
    }


@given(st.integers(0, 10_000), st.decimals(0, 1, places=3), st.integers(0, 9), st.integers(0, 9))
def test_no_company_recommends_more_than_its_share_but_for_the_least(
    closed: int, share: Decimal, least: int, more: int
) -> None:
    """R56."""
    places = Recommendation(share, least, least + more, 1).quotas(closed).awards[0].places
    assert least <= places <= least + more
    assert places == least or places <= Fraction(share) * closed
