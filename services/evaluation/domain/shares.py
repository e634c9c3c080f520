"""How the shares that many projects earned of one criterion lie: quartiles, and how many in each tenth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate

TENTHS = 10
WHOLE = 10_000  # shares are counted in ten-thousandths, the digits that a score has inside


@dataclass(frozen=True, slots=True)
class Shares:
    """Of `count` projects; a quartile is the smallest share that so many of them reach or stay below."""

    count: int
    least: Decimal
    quartiles: tuple[Decimal, Decimal, Decimal]
    most: Decimal
    tenths: tuple[int, ...]  # from 0 to below 0.1 and so on; the last holds 1 too


def share(earned: Decimal, weight: Decimal) -> int:
    """Of what the criterion carries, in ten-thousandths; 0 where it carries nothing."""
    return int(earned * WHOLE / weight) if weight else 0


def shares(found: Iterable[tuple[int, int]]) -> Shares | None:
    """From pairs of a share in ten-thousandths and how many have it; None where there is no project."""
    counted = sorted((one, count) for one, count in found if count)
    if not counted:
        return None
    sums = list(accumulate(count for _, count in counted))
    tenths = [0] * TENTHS
    for one, count in counted:
        tenths[min(one * TENTHS // WHOLE, TENTHS - 1)] += count
    first, middle, third = (_reached(counted, sums, quarter) for quarter in (1, 2, 3))
    return Shares(sums[-1], _of(counted[0][0]), (first, middle, third), _of(counted[-1][0]), tuple(tenths))


def _reached(counted: Sequence[tuple[int, int]], sums: Sequence[int], quarter: int) -> Decimal:
    """The first of which with all below there are at least so many quarters."""
    return next(
        _of(one) for (one, _), below in zip(counted, sums, strict=True) if 4 * below >= quarter * sums[-1]
    )


def _of(counted: int) -> Decimal:
    return Decimal(counted).scaleb(-4)
