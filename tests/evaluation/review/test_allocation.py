"""Awards follow from a list and the programme's quotas, place by place, and say why (R56, R62)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from services.evaluation.domain.review.allocation import (
    Allocation,
    Award,
    Candidate,
    Quotas,
    allocate,
)

FIRST, SECOND, THIRD = (
    Award("first", 1, Decimal(90)),
    Award("second", 2, Decimal(85)),
    Award("third", 3, Decimal(80)),
)
PAIR = Award("pair", 1, Decimal(80), only_pairs=True)
QUOTAS = Quotas((FIRST, SECOND, THIRD, PAIR))
DEFAULT = Quotas(
    (
        Award("first", 8, Decimal(90)),
        Award("second", 12, Decimal(85)),
        Award("third", 20, Decimal(80)),
        Award("pair", 5, Decimal(80), only_pairs=True),
    ),
    each_track_at_least=4,
    functional_at_most=Decimal("0.2"),
    frontline_at_least=Decimal("0.5"),
    one_unit_at_most=2,
)
NAMED = {"vetoed", "unit_has_enough", "functional_share_used", "kept_for_frontline"}


def one(project: str, score: str, **known: object) -> Candidate:
    of = Candidate(project, "safety", f"unit of {project}", Decimal(score), Decimal(0), Decimal(0))
    return replace(of, **known)  # type: ignore[arg-type]


def awards(found: Allocation) -> dict[str, str | None]:
    return {placed.project: placed.award for placed in found.placed}


def whys(found: Allocation) -> dict[str, str]:
    return {placed.project: placed.why for placed in found.placed}


def test_the_best_gets_the_highest_award_whose_floor_it_reaches() -> None:
    found = allocate([one("a", "86"), one("b", "95"), one("c", "79.99"), one("d", "84")], QUOTAS)
    assert awards(found) == {"b": "first", "a": "second", "d": "third", "c": None}
    assert [placed.place for placed in found.placed] == [1, 2, 3, 4]
    assert whys(found)["c"] == "below_floor"
    assert found.vacant == {"first": 0, "second": 1, "third": 2, "pair": 1}, "places may stay vacant"


def test_a_place_left_vacant_is_given_to_nobody() -> None:
    """R62: rather none than one that is not worth it."""
    found = allocate([one("a", "95"), one("b", "94")], QUOTAS, left_vacant={"first": 1})
    assert awards(found) == {"a": "second", "b": "second"}


def test_who_is_vetoed_gets_nothing_and_those_behind_get_the_places_there_are() -> None:
    found = allocate([one("a", "99", vetoed=True), one("b", "91")], QUOTAS)
    assert (awards(found), whys(found)["a"]) == ({"a": None, "b": "first"}, "vetoed")


def test_one_unit_has_no_more_than_it_may() -> None:
    quotas = replace(QUOTAS, one_unit_at_most=1)
    found = allocate([one("a", "95", unit="u"), one("b", "94", unit="u"), one("c", "93")], quotas)
    assert (awards(found), whys(found)["b"]) == ({"a": "first", "b": None, "c": "second"}, "unit_has_enough")


def test_places_are_kept_for_the_front_line_and_functional_units_have_a_share() -> None:
    half = replace(QUOTAS, frontline_at_least=Decimal("0.5"))
    found = allocate([one(name, "91") for name in "abcd"] + [one("e", "80", frontline=True)], half)
    assert [whys(found)[name] for name in "abcde"] == [*["awarded"] * 3, "kept_for_frontline", "awarded"]
    share = replace(QUOTAS, functional_at_most=Decimal("0.34"))
    found = allocate([one(name, "91", functional=True) for name in "abc"], share)
    assert whys(found)["c"] == "functional_share_used"


def test_at_least_half_of_five_places_is_three() -> None:
    half = Quotas((replace(THIRD, places=5),), frontline_at_least=Decimal("0.5"))
    found = allocate([one(name, "91") for name in "abc"], half)
    assert [whys(found)[name] for name in "abc"] == ["awarded", "awarded", "kept_for_frontline"]


def test_the_last_places_are_kept_for_tracks_that_have_too_few_and_can_have_them() -> None:
    quotas = replace(QUOTAS, each_track_at_least=2)
    many = [one(name, "88") for name in "abcde"]
    others = [one("x", "81", track="quality"), one("y", "80", track="quality")]
    found = allocate([*many, *others], quotas)
    assert (awards(found)["x"], awards(found)["y"]) == ("third", "third")
    assert whys(found)["d"] == whys(found)["e"] == "kept_for_tracks"
    found = allocate([*many, one("x", "79", track="quality")], quotas)
    assert awards(found)["e"] == "third", "what is below every floor keeps no place"


def test_a_place_that_the_others_could_not_have_is_not_kept_for_them() -> None:
    quotas = Quotas((FIRST, replace(THIRD, places=1)), each_track_at_least=1)
    found = allocate([one("a", "97"), one("b", "96"), one("x", "81", track="quality")], quotas)
    assert awards(found) == {"a": "first", "b": None, "x": "third"}
    found = allocate([one("b", "96"), one("x", "81", track="quality")], quotas)
    assert awards(found) == {"b": "first", "x": "third"}


def test_the_prize_for_pairs_goes_to_the_best_pair_without_another_award() -> None:
    full = [one(name, "95") for name in "abcdef"]
    found = allocate([*full, one("p", "88", pair=True), one("q", "89", pair=True), one("r", "90")], QUOTAS)
    assert (awards(found)["q"], awards(found)["p"], awards(found)["r"]) == ("pair", None, None)


def test_with_the_prize_for_pairs_it_is_still_said_what_kept_it_from_another() -> None:
    quotas = replace(QUOTAS, functional_at_most=Decimal(0))
    found = allocate([one("p", "95", pair=True, functional=True), one("a", "90")], quotas)
    assert (awards(found)["p"], whys(found)["p"]) == ("pair", "functional_share_used")


def test_equal_scores_are_parted_by_results_then_attainment_then_who_is_preferred() -> None:
    tied = [
        one("a", "95"),
        one("b", "95", results=Decimal(30)),
        one("c", "95", attainment=Decimal(20)),
        one("d", "95", preferred=True),
    ]
    found = allocate(tied, QUOTAS)
    assert [placed.project for placed in found.placed] == ["b", "c", "d", "a"]
    assert [placed.tie for placed in found.placed] == ["results", "attainment", "preferred", "preferred"]
    assert found.to_vote == ()


def test_a_tie_that_nothing_parts_is_voted_on_where_it_matters_and_nowhere_else() -> None:
    found = allocate([one("b", "95"), one("a", "95")], QUOTAS)
    assert found.to_vote == (("a", "b"),), "one first prize for two"
    assert [placed.place for placed in found.placed] == [1, 1]
    voted = allocate([one("a", "95"), one("b", "95")], QUOTAS, votes=("b", "a"))
    assert (awards(voted), voted.to_vote) == ({"b": "first", "a": "second"}, ())
    assert [placed.tie for placed in voted.placed] == ["vote", "vote"]
    assert allocate([one("a", "86"), one("b", "86")], QUOTAS).to_vote == (), "both get a second prize"


# -- laws ---------------------------------------------------------------------------------------

TRACKS = ("safety", "quality", "cost", "talent")
points = st.integers(70, 100).map(Decimal)
candidates = st.lists(
    st.builds(
        Candidate,
        project=st.uuids().map(str),
        track=st.sampled_from(TRACKS),
        unit=st.sampled_from([f"unit {n}" for n in range(30)]),
        score=points,
        results=st.sampled_from([Decimal(0), Decimal(30)]),
        attainment=st.sampled_from([Decimal(0), Decimal(20)]),
        preferred=st.booleans(),
        frontline=st.booleans(),
        functional=st.booleans(),
        pair=st.booleans(),
        vetoed=st.sampled_from([False, False, False, True]),
    ),
    max_size=80,
    unique_by=lambda c: c.project,
)


@given(candidates)
def test_no_quota_is_exceeded(listed: list[Candidate]) -> None:
    found = allocate(listed, DEFAULT)
    of = {c.project: c for c in listed}
    given_to = [of[placed.project] for placed in found.placed if placed.award]
    for award in DEFAULT.awards:
        got = [of[placed.project] for placed in found.placed if placed.award == award.code]
        assert len(got) + found.vacant[award.code] == award.places
        assert all(c.score >= award.floor and not c.vetoed for c in got)
        assert all(c.pair for c in got if award.only_pairs)
    assert max(Counter(c.unit for c in given_to).values(), default=0) <= 2
    main = [of[placed.project] for placed in found.placed if placed.award not in {None, "pair"}]
    assert sum(c.functional for c in main) <= 8
    assert sum(not c.frontline for c in main) <= 20


@given(candidates)
def test_within_a_track_a_better_score_never_gets_a_lower_award(listed: list[Candidate]) -> None:
    """But for who is held back by a limit that has a name."""
    found = allocate(listed, DEFAULT)
    levels = {"first": 3, "second": 2, "third": 1, "pair": 0, None: 0}
    of = {c.project: c for c in listed}
    for better in found.placed:
        if better.why in NAMED:
            continue
        for other in found.placed:
            a, b = of[better.project], of[other.project]
            if a.track == b.track and a.score > b.score:
                assert levels[better.award] >= levels[other.award], (better, other)


@given(candidates, st.randoms(use_true_random=False))
def test_the_order_in_which_candidates_come_changes_nothing(
    listed: list[Candidate], random: st.DrawFn
) -> None:
    shuffled = list(listed)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert allocate(shuffled, DEFAULT) == allocate(listed, DEFAULT)


@given(candidates)
def test_a_better_score_never_costs_a_project_its_award_as_long_as_no_limit_is_near(
    listed: list[Candidate],
) -> None:
    free = Quotas(DEFAULT.awards[:3])
    before = awards(allocate(listed, free))
    levels = {"first": 3, "second": 2, "third": 1, None: 0}
    for candidate in listed[:5]:
        raised = [replace(c, score=c.score + 1) if c is candidate else c for c in listed]
        assert levels[awards(allocate(raised, free))[candidate.project]] >= levels[before[candidate.project]]
