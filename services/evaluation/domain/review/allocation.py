"""Who gets which award: a rule that replays, and says of every project why (R56, R62, R66).

Projects are taken from the best down. Each gets the highest award that is still open, down from that of
whoever was taken before, if it reaches the floor; places may stay vacant. Shares are of all places.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby, islice
from math import ceil, floor
from typing import Literal

Why = Literal[
    "awarded",
    "vetoed",
    "below_floor",
    "no_place_left",
    "unit_has_enough",
    "functional_share_used",
    "kept_for_frontline",
    "kept_for_tracks",
]


@dataclass(frozen=True, slots=True)
class Award:
    """A kind of award; `only_pairs` stands apart from the others, for 1+1 pairs without one of those."""

    code: str
    places: int
    floor: Decimal
    only_pairs: bool = False


@dataclass(frozen=True, slots=True)
class Quotas:
    """What a programme says of awards, the highest first; shares are between 0 and 1."""

    awards: tuple[Award, ...]
    each_track_at_least: int = 0
    functional_at_most: Decimal = Decimal(1)
    frontline_at_least: Decimal = Decimal(0)
    one_unit_at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A project in a list, with what its place follows from."""

    project: str
    track: str
    unit: str  # at the level that is compared (R7)
    score: Decimal
    results: Decimal  # points for results, then for attainment: they decide between equal scores
    attainment: Decimal
    preferred: bool = False  # front line, small, far or new: so do these
    frontline: bool = False
    functional: bool = False
    pair: bool = False
    vetoed: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """One project's place, award, and why; equal places are a tie that only a vote decides.

    With an award for pairs alone `why` says what kept it from the others.
    """

    project: str
    place: int  # 1 is the best
    award: str | None
    why: Why
    tie: str = (
        ""  # by what it stands before or behind those of the same score: results, attainment, preferred, vote
    )


@dataclass(frozen=True, slots=True)
class Allocation:
    """A whole run: every candidate, places that stay vacant, and ties that a vote of the panel decides."""

    placed: tuple[Placed, ...]
    vacant: dict[str, int]  # by award
    to_vote: tuple[tuple[str, ...], ...]


@dataclass(slots=True)
class _Open:
    """What is left to give while the list is walked down."""

    quotas: Quotas
    left: dict[str, int]
    level: int = 0  # in the awards: nobody gets a higher one than who was taken before
    of_unit: Counter[str] = field(default_factory=Counter)
    of_track: Counter[str] = field(default_factory=Counter)
    functional: int = 0
    not_frontline: int = 0
    closed: set[str] = field(default_factory=set)  # tracks that get no more, since others have too few


def allocate(
    candidates: Iterable[Candidate],
    quotas: Quotas,
    *,
    left_vacant: Mapping[str, int] | None = None,
    votes: Sequence[str] = (),
) -> Allocation:
    """Award by award down the list, whatever order the candidates come in.

    `left_vacant` are places that the panel leaves empty (R62), by award; `votes` the projects of ties in
    the order that a named vote gave them, never a lot. A tie whose projects fare alike needs none.
    """
    ranked = sorted(candidates, key=lambda one: (*_order(one), _voted(one, votes), one.project))
    main = tuple(award for award in quotas.awards if not award.only_pairs)
    vacant = left_vacant or {}
    open_ = _Open(quotas, {a.code: max(0, a.places - vacant.get(a.code, 0)) for a in quotas.awards})
    found = {one.project: _give(ranked, at, main, open_) for at, one in enumerate(ranked)}
    for award in quotas.awards:
        if award.only_pairs:
            _give_to_pairs(award, ranked, found, open_)
    placed = tuple(_placed(ranked, found, votes))
    return Allocation(
        placed, {a.code: open_.left[a.code] for a in quotas.awards}, _to_vote(ranked, found, votes)
    )


Given = tuple[str | None, Why]


def _give(ranked: Sequence[Candidate], at: int, awards: Sequence[Award], open_: _Open) -> Given:
    """The award of who stands at `at`; by those behind is known what must be kept for tracks."""
    one = ranked[at]
    if one.vetoed:
        return None, "vetoed"
    open_levels = [
        level
        for level in range(open_.level, len(awards))
        if open_.left[awards[level].code] and awards[level].floor <= one.score
    ]
    if not open_levels:
        reached = any(award.floor <= one.score for award in awards)
        return None, "no_place_left" if reached else "below_floor"
    if limit := _limit(one, open_):
        return None, limit
    level = open_levels[0]
    if _kept(ranked, at, level, awards, open_):
        return None, "kept_for_tracks"
    award, open_.level = awards[level], level
    open_.left[award.code] -= 1
    _count(one, open_)
    return award.code, "awarded"


def _limit(one: Candidate, open_: _Open) -> Why | None:
    quotas = open_.quotas
    places = sum(award.places for award in quotas.awards if not award.only_pairs)
    if quotas.one_unit_at_most is not None and open_.of_unit[one.unit] >= quotas.one_unit_at_most:
        return "unit_has_enough"
    if one.functional and open_.functional >= floor(quotas.functional_at_most * places):
        return "functional_share_used"
    kept = ceil(quotas.frontline_at_least * places)
    if not one.frontline and open_.not_frontline >= places - kept:
        return "kept_for_frontline"
    return None


def _kept(ranked: Sequence[Candidate], at: int, award: int, awards: Sequence[Award], open_: _Open) -> bool:
    """Whether this place is kept for tracks that have too few and can still have them; then for good."""
    one = ranked[at]
    at_least = open_.quotas.each_track_at_least
    if open_.of_track[one.track] < at_least:
        return False
    if one.track not in open_.closed:
        wanting: Counter[str] = Counter()
        waiting = []
        for other in islice(ranked, at + 1, None):
            wanting[other.track] += not other.vetoed
            if not other.vetoed and open_.of_track[other.track] + wanting[other.track] <= at_least:
                waiting.append(other)
        after = open_.left | {awards[award].code: open_.left[awards[award].code] - 1}
        if _fit(waiting, awards, after, award) < _fit(waiting, awards, open_.left, open_.level):
            open_.closed.add(one.track)
    return one.track in open_.closed


def _fit(waiting: Sequence[Candidate], awards: Sequence[Award], left: Mapping[str, int], level: int) -> int:
    """How many of them would have a place if they alone were taken from here."""
    left, fitting = dict(left), 0
    for one in waiting:
        for award in awards[level:]:
            if left[award.code] and award.floor <= one.score:
                left[award.code] -= 1
                fitting += 1
                break
    return fitting


def _count(one: Candidate, open_: _Open) -> None:
    open_.of_unit[one.unit] += 1
    open_.of_track[one.track] += 1
    open_.functional += one.functional
    open_.not_frontline += not one.frontline


def _give_to_pairs(award: Award, ranked: Sequence[Candidate], found: dict[str, Given], open_: _Open) -> None:
    """To the best pairs that have no other award."""
    at_most = open_.quotas.one_unit_at_most
    for one in ranked:
        enough = at_most is not None and open_.of_unit[one.unit] >= at_most
        free = found[one.project][0] is None and one.pair and not one.vetoed and not enough
        if free and open_.left[award.code] and award.floor <= one.score:
            open_.left[award.code] -= 1
            open_.of_unit[one.unit] += 1
            found[one.project] = (award.code, found[one.project][1])


# Places and ties


def _order(one: Candidate) -> tuple[Decimal, Decimal, Decimal, bool]:
    return (-one.score, -one.results, -one.attainment, not one.preferred)


def _voted(one: Candidate, votes: Sequence[str]) -> int:
    return votes.index(one.project) if one.project in votes else len(votes)


def _placed(
    ranked: Sequence[Candidate], found: Mapping[str, Given], votes: Sequence[str]
) -> Iterable[Placed]:
    place, before = 0, None
    equal = {score: [*same] for score, same in groupby(ranked, key=lambda one: one.score)}
    for at, one in enumerate(ranked, 1):
        key = (*_order(one), _voted(one, votes))
        place, before = (place, before) if key == before else (at, key)
        award, why = found[one.project]
        yield Placed(one.project, place, award, why, _tie(one, equal[one.score], votes))


def _tie(one: Candidate, equal: Sequence[Candidate], votes: Sequence[str]) -> str:
    """What decided between it and the others of its score, the last that had to."""
    same = [other for other in equal if other is not one]
    rules = ("results", "attainment", "preferred")
    decided = ""
    for at, rule in enumerate(rules, 1):
        if not same:
            return decided
        if any(_order(other)[at] != _order(one)[at] for other in same):
            decided = rule
        same = [other for other in same if _order(other)[at] == _order(one)[at]]
    return "vote" if same and one.project in votes else decided


def _to_vote(
    ranked: Sequence[Candidate], found: Mapping[str, Given], votes: Sequence[str]
) -> tuple[tuple[str, ...], ...]:
    tied = (
        tuple(one.project for one in group)
        for _, group in groupby(ranked, key=lambda one: (*_order(one), _voted(one, votes)))
    )
    return tuple(group for group in tied if len({found[project] for project in group}) > 1)
