"""The score of a project: a tree of criteria with what is earned, still open and lost, down to the event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate, pairwise

from services.evaluation.domain.formulas import INNER, NOTHING, ONE, Item
from services.evaluation.domain.scheme import Criterion, Group, Scheme
from services.evaluation.domain.tally import Tally


@dataclass(frozen=True, slots=True)
class ItemScore:
    """Points of one milestone, task, indicator, finding or mark; `event` is where they come from.

    `reason` names the catalogue's sentence for what was lost, `facts` fill it.
    """

    code: str
    name: str
    earned: Decimal
    open: Decimal
    lost: Decimal
    reason: str
    facts: dict[str, str]
    event: str  # projects/<ledger>/<position>


@dataclass(frozen=True, slots=True)
class CriterionScore:
    """Points of one criterion; `weight` is what it carries here, `stated` what the scheme says."""

    code: str
    judged: bool
    formula: str  # "milestones_on_time v1", or "" where people judge
    applies: bool
    stated: Decimal
    weight: Decimal
    earned: Decimal
    open: Decimal
    lost: Decimal
    items: tuple[ItemScore, ...]


@dataclass(frozen=True, slots=True)
class GroupScore:
    """Points of one group of criteria."""

    code: str
    weight: Decimal
    earned: Decimal
    open: Decimal
    lost: Decimal
    criteria: tuple[CriterionScore, ...]


@dataclass(frozen=True, slots=True)
class Score:
    """The whole derivation on a date: earned + open + lost is the scheme's total, exactly (R85)."""

    on: date
    scheme: str  # SHA-256 of the scheme
    earned: Decimal
    open: Decimal
    lost: Decimal
    groups: tuple[GroupScore, ...]
    readings: tuple[str, ...]  # event ids of the confirmed readings that were counted

    @property
    def criteria(self) -> Iterator[CriterionScore]:
        """All criteria, in the scheme's order."""
        return (criterion for group in self.groups for criterion in group.criteria)

    @property
    def losses(self) -> Iterator[ItemScore]:
        """Every item that lost points."""
        return (item for criterion in self.criteria for item in criterion.items if item.lost)

    @property
    def formulas(self) -> tuple[str, ...]:
        """The formulas used, with their versions."""
        return tuple(sorted({criterion.formula for criterion in self.criteria} - {""}))


def score(tally: Tally, scheme: Scheme, on: date) -> Score:
    """What a project has earned by a scheme, as known on a local date; pure, any scheme, any moment.

    Four digits inside, so cut that parts sum to their whole exactly; `shown` rounds for people.
    """
    on = min(on, tally.suspended_on or on, tally.over_on or on)  # clocks stand still (R43)
    groups = tuple(_group(group, tally, scheme, on) for group in scheme.groups)
    readings = sorted(r.event for i in tally.indicators.values() for r in i.confirmed.values())
    return Score(on, scheme.sha256, *_sums(groups), groups, tuple(readings))


def shown(points: Decimal) -> Decimal:
    """Points as people see them: two digits, half up."""
    return points.quantize(Decimal("0.01"), ROUND_HALF_UP)


def cut(whole: Decimal, sizes: Sequence[Decimal]) -> list[Decimal]:
    """`whole` cut in proportion to sizes (not all 0) into pieces of four digits that sum to it exactly.

    The boundaries between pieces are rounded half up, not the pieces: no remainder is left to place.
    """
    ends = list(accumulate(sizes))
    marks = [(whole * end / ends[-1]).quantize(INNER, ROUND_HALF_UP) for end in ends]
    return [after - before for before, after in pairwise((NOTHING, *marks))]


def _group(group: Group, tally: Tally, scheme: Scheme, on: date) -> GroupScore:
    """What does not apply gives its weight to the rest of its group, in proportion."""
    items = [_items(criterion, tally, scheme, on) for criterion in group.criteria]
    applies = zip(group.criteria, items, strict=True)
    weights = cut(group.weight, [c.weight if i is not None else NOTHING for c, i in applies])
    criteria = tuple(map(_criterion, group.criteria, weights, items))
    return GroupScore(group.code, group.weight, *_sums(criteria), criteria)


def _criterion(criterion: Criterion, weight: Decimal, items: tuple[Item, ...] | None) -> CriterionScore:
    formula = criterion.formula
    scores = _points(items or (), weight)
    return CriterionScore(
        criterion.code,
        formula is None,
        f"{formula.name} v{formula.version}" if formula else "",
        items is not None,
        criterion.weight,
        weight,
        *_sums(scores),
        scores,
    )


def _items(criterion: Criterion, tally: Tally, scheme: Scheme, on: date) -> tuple[Item, ...] | None:
    if criterion.formula is None:
        return (_judged(criterion, tally, scheme),)
    return criterion.formula.items(tally, on)


def _judged(criterion: Criterion, tally: Tally, scheme: Scheme) -> Item:
    """A mark is given in points of the criterion's stated weight (R53); open until the project has closed."""
    item = Item(criterion.code, criterion.zh, ONE, tally.event)
    if not tally.over:
        return item
    mark = tally.marks.get(criterion.code)
    if mark is None:
        return replace(item, lost=ONE, reason="NotJudged")
    item = replace(item, event=tally.marks_event)
    share = (max(NOTHING, min(criterion.weight, mark)) / criterion.weight).quantize(INNER, ROUND_HALF_UP)
    if share == 1:
        return replace(item, earned=ONE)
    facts = {"mark": str(mark), "of": str(criterion.weight), "band": scheme.band(share)}
    return replace(item, earned=share, lost=ONE - share, reason="JudgedBelowFull", facts=facts)


def _points(items: Sequence[Item], weight: Decimal) -> tuple[ItemScore, ...]:
    """Items' shares as points: first everything earned, then everything lost, the rest is open."""
    if not items:
        return ()
    weights = [item.weight for item in items]
    if not any(weights):
        weights = [ONE] * len(items)
    shares = ([i.earned for i in items], [i.lost for i in items], [ONE - i.earned - i.lost for i in items])
    points = cut(weight, [w * share for part in shares for w, share in zip(weights, part, strict=True)])
    n = len(items)
    return tuple(
        ItemScore(i.code, i.name, earned, still_open, lost, i.reason, i.facts, i.event)
        for i, earned, lost, still_open in zip(items, points, points[n:], points[2 * n :], strict=False)
    )


def _sums(
    parts: Sequence[ItemScore] | Sequence[CriterionScore] | Sequence[GroupScore],
) -> tuple[Decimal, Decimal, Decimal]:
    """Earned, open, lost of all parts."""
    return (
        sum((part.earned for part in parts), NOTHING),
        sum((part.open for part in parts), NOTHING),
        sum((part.lost for part in parts), NOTHING),
    )
