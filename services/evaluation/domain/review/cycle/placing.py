"""Which places a cycle's scores come to: its lists, awards and places within groups (R20, R62, R66)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from services.evaluation.domain.review.allocation import Allocation, Award, Candidate, Quotas, allocate
from services.evaluation.domain.review.cycle.state import State


def allocation_of(cycle: State) -> Allocation:
    """What the run that holds came to; the same again from what was recorded, to the last place.

    What is ranked in lists of its own takes its places from those of all (R20).
    """
    apart = cycle.unlike.apart if cycle.unlike else ()
    own = {one.scheme for one in apart}
    left = {a.code: a.places - sum(one.places.get(a.code, 0) for one in apart) for a in cycle.quotas.awards}
    main = replace(cycle.quotas, awards=_with_places(cycle.quotas.awards, left))
    found = allocate(
        _candidates(cycle, lambda scheme: scheme not in own),
        main,
        left_vacant=cycle.left_vacant,
        votes=cycle.votes,
    )
    for one in apart:
        quotas = Quotas(_with_places(cycle.quotas.awards, one.places))
        beside = allocate(_candidates(cycle, one.scheme.__eq__), quotas, votes=cycle.votes)
        found = Allocation(
            (*found.placed, *beside.placed),
            {code: count + beside.vacant.get(code, 0) for code, count in found.vacant.items()},
            (*found.to_vote, *beside.to_vote),
        )
    return found


def _with_places(awards: Sequence[Award], places: Mapping[str, int]) -> tuple[Award, ...]:
    return tuple(replace(award, places=max(0, places.get(award.code, 0))) for award in awards)


def _candidates(cycle: State, listed: Callable[[str], bool]) -> Iterator[Candidate]:
    return (
        Candidate(
            project=entrant.project,
            track=entrant.track,
            unit=entrant.unit,
            score=score,
            results=entrant.results,
            attainment=entrant.attainment,
            preferred=entrant.preferred,
            frontline=entrant.frontline,
            functional=entrant.functional,
            pair=entrant.pair,
            vetoed=entrant.project in cycle.vetoed,
        )
        for project, score in cycle.scores.items()
        for entrant in (cycle.entrants[project],)
        if listed(entrant.scheme)
    )


def group_places(cycle: State, found: Allocation, apart: Collection[str]) -> dict[str, int]:
    """Places within each comparable group of a list, equal where they are equal in the list (R66)."""
    places: dict[str, int] = {}
    before: dict[tuple[str, str], list[int]] = {}
    for placed in found.placed:
        entrant = cycle.entrants[placed.project]
        listed = entrant.scheme if entrant.scheme in apart else ""
        above = before.setdefault((listed, entrant.group), [])
        above.append(placed.place)
        places[placed.project] = above.index(placed.place) + 1
    return places
