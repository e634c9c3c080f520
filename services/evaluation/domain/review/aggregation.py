"""What a panel's cards come to: one method for all of its projects (R58), and what its chair may look at.

Source of the normalisation: each juror's marks brought to the panel's mean and spread (standard scores).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Literal, assert_never

Method = Literal["mean", "trimmed_mean", "median"]
INNER = Decimal("0.0001")  # the scheme's inner rounding
TRIMMED = 2  # cards that trimming leaves out, the highest and the lowest; of two nobody says which is far
DIGITS = 28

Cards = Mapping[str, Mapping[str, Decimal]]  # project -> juror -> points of their card


@dataclass(frozen=True, slots=True)
class Aggregated:
    """What one project's cards come to; `normalised` is shown beside it and decides nothing."""

    score: Decimal
    normalised: Decimal
    spread: Decimal  # standard deviation of its cards


@dataclass(frozen=True, slots=True)
class Marking:
    """How one juror marks: of all their cards in the panel."""

    cards: int
    mean: Decimal
    spread: Decimal
    lowest: Decimal
    highest: Decimal


@dataclass(frozen=True, slots=True)
class Outlier:
    """A card far from the others of its project, whose lowest and highest are told (R59)."""

    project: str
    juror: str
    points: Decimal
    others: tuple[Decimal, Decimal]


def method_for(wanted: Method, smallest: int, trimmed_from: int) -> Method:
    """The method of a panel, by the smallest number of valid cards of any project in it (R58)."""
    if wanted == "trimmed_mean" and smallest < max(trimmed_from, TRIMMED + 1):
        return "mean"
    return wanted


def combined(points: Sequence[Decimal], method: Method) -> Decimal:
    """What a project's cards come to; ValueError without a card, or where trimming leaves none."""
    ranked = sorted(points)
    match method:
        case "mean":
            kept = ranked
        case "trimmed_mean":
            kept = ranked[1:-1]
        case "median":
            kept = ranked[(len(ranked) - 1) // 2 : len(ranked) // 2 + 1]
        case _:
            assert_never(method)
    if not kept:
        raise ValueError(f"{len(points)} cards are too few for {method}")
    return _rounded(_mean(kept))


def aggregate(cards: Cards, method: Method) -> dict[str, Aggregated]:
    """By project; ValueError as in `combined`."""
    beside = normalised(cards)
    return {
        project: Aggregated(
            combined(list(given.values()), method),
            combined(list(beside[project].values()), method),
            _rounded(_spread(list(given.values()))),
        )
        for project, given in cards.items()
    }


def normalised(cards: Cards) -> dict[str, dict[str, Decimal]]:
    """The same cards, each juror's brought to mean and spread of all; who marks all alike is only moved."""
    everybody = [points for given in cards.values() for points in given.values()]
    if not everybody:
        return {project: {} for project in cards}
    mean, spread = _mean(everybody), _spread(everybody)
    by_juror = _by_juror(cards)
    own = {juror: (_mean(points), _spread(points)) for juror, points in by_juror.items()}

    def brought(juror: str, points: Decimal) -> Decimal:
        at, width = own[juror]
        return _rounded(mean + (points - at) * (spread / width if width else 1))

    return {
        project: {juror: brought(juror, points) for juror, points in given.items()}
        for project, given in cards.items()
    }


def markings(cards: Cards) -> dict[str, Marking]:
    """How each juror marks."""
    return {
        juror: Marking(
            len(points), _rounded(_mean(points)), _rounded(_spread(points)), min(points), max(points)
        )
        for juror, points in sorted(_by_juror(cards).items())
    }


def outliers(cards: Cards, apart: Decimal) -> tuple[Outlier, ...]:
    """Cards further than `apart` points from the median of those on the same project, of three at least."""
    found = []
    for project, given in sorted(cards.items()):
        middle = combined(list(given.values()), "median") if given else Decimal(0)
        for juror, points in sorted(given.items()):
            if len(given) > TRIMMED and abs(points - middle) > apart:
                others = [other for who, other in given.items() if who != juror]
                found.append(Outlier(project, juror, points, (min(others), max(others))))
    return tuple(found)


def _by_juror(cards: Cards) -> dict[str, list[Decimal]]:
    """Each juror's points, in an order that does not hang on that of the cards."""
    found: dict[str, list[Decimal]] = {}
    for given in cards.values():
        for juror, points in given.items():
            found.setdefault(juror, []).append(points)
    return {juror: sorted(points) for juror, points in found.items()}


def _mean(points: Sequence[Decimal]) -> Decimal:
    with localcontext(prec=DIGITS):
        return sum(sorted(points), Decimal(0)) / len(points)


def _spread(points: Sequence[Decimal]) -> Decimal:
    with localcontext(prec=DIGITS):
        mean = _mean(points)
        squares = (((value - mean) * (value - mean)) for value in sorted(points))
        return (sum(squares, Decimal(0)) / len(points)).sqrt()


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(INNER, ROUND_HALF_UP)
