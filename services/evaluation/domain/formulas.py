"""The named, versioned formulas of computed criteria; a changed meaning is a new version beside the old."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar, Literal, assert_never

from services.evaluation.domain.tally import Finding, Indicator, Milestone, Reading, Tally, Task

INNER = Decimal("0.0001")
ONE, NOTHING = Decimal(1), Decimal(0)
MADE_UP_WITHIN = timedelta(days=30)  # R40, by_date


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that counts: the shares of it (0 to 1) that are earned and lost, why, and since which event.

    What is neither earned nor lost is still open (R85). `reason` names an entry of the catalogue.
    """

    code: str
    name: str
    weight: Decimal
    event: str
    earned: Decimal = NOTHING
    lost: Decimal = NOTHING
    reason: str = ""
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IndicatorAttainment:
    """Each indicator by its kind (R40), from confirmed readings only, weighted as at approval."""

    name: ClassVar[str] = "indicator_attainment"
    version: ClassVar[int] = 1
    may_not_apply: ClassVar[bool] = False

    over_target: Decimal = ONE  # the most that one indicator earns
    confirmed_only: Literal["true"] = "true"
    weights: Literal["per_indicator_at_approval"] = "per_indicator_at_approval"

    def __post_init__(self) -> None:
        if not (self.over_target.is_finite() and 0 < self.over_target <= 1):
            raise ValueError("over_target lies above 0 and not above 1")

    def items(self, tally: Tally, on: date) -> tuple[Item, ...]:
        found = sorted(tally.indicators.items())
        return tuple(self._item(code, indicator, tally, on) for code, indicator in found) or _none(tally)

    def _item(self, code: str, indicator: Indicator, tally: Tally, on: date) -> Item:
        item = Item(code, indicator.name, indicator.weight, indicator.event)
        latest = indicator.latest
        if indicator.kind == "by_date":
            return self._by_date(item, indicator, tally, on)
        if latest is None:
            return _lose(item, "NoConfirmedFigure") if tally.over else item
        item = dataclasses.replace(item, event=latest.event)
        facts = {"value": str(latest.value), "period": latest.period, "target": str(indicator.target)}
        match indicator.kind:
            case "raise" | "lower":
                earned = min(self.over_target, way_gone(indicator, latest))
                item = dataclasses.replace(item, earned=earned)
                facts["baseline"] = str(indicator.baseline)
                return _lose(item, "TargetNotReached", facts) if tally.over and earned < 1 else item
            case "keep_at_most" | "keep_at_least":
                broken = _first_break(indicator)
                if broken is None:
                    return dataclasses.replace(item, earned=self.over_target)
                facts |= {"value": str(broken.value), "period": broken.period}
                return _lose(dataclasses.replace(item, event=broken.event), "BoundBroken", facts)
            case _:
                assert_never(indicator.kind)

    def _by_date(self, item: Item, indicator: Indicator, tally: Tally, on: date) -> Item:
        half = Decimal("0.5")
        due = indicator.due or tally.ends
        readings = (r for r in indicator.confirmed.values() if r.value >= indicator.target)
        done = min(readings, key=_when, default=None)
        facts = {"due": str(due)}
        if done is not None:
            item, facts = dataclasses.replace(item, event=done.event), facts | {"done": str(done.on)}
        reached = done.on if done else on
        if due is None or reached <= due:
            earned, lost = ONE, NOTHING
        elif reached <= due + MADE_UP_WITHIN:
            earned, lost = half, half
        else:
            earned, lost = NOTHING, ONE
        if done is not None:
            item = dataclasses.replace(item, earned=earned)
            return _lose(item, "DoneLate", facts) if lost else item
        if tally.over:
            return _lose(item, "NotDone", facts)
        return dataclasses.replace(item, lost=lost, reason="Overdue", facts=facts) if lost else item


@dataclass(frozen=True, slots=True)
class MilestonesOnTime:
    """Milestones reached by their date count 1, made up late less, not reached 0, by their weights."""

    name: ClassVar[str] = "milestones_on_time"
    version: ClassVar[int] = 1
    may_not_apply: ClassVar[bool] = False

    made_up_late: Decimal

    def __post_init__(self) -> None:
        _a_share(self.made_up_late)

    def items(self, tally: Tally, on: date) -> tuple[Item, ...]:
        return tuple(
            _dated(Item(code, m.title, m.weight, m.event), m, self.made_up_late, tally, on)
            for code, m in sorted(tally.milestones.items())
        ) or _none(tally)


@dataclass(frozen=True, slots=True)
class TasksAcceptedOnTime:
    """Tasks done by their date and accepted count 1, done late less; claimed and assigned alike (R39).

    The day counts on which the work was reported done: a late acceptance is not the doer's delay (R37).
    A climbing item counts from the day somebody has it; one that nobody claims is no one's fault.
    """

    name: ClassVar[str] = "tasks_accepted_on_time"
    version: ClassVar[int] = 1
    may_not_apply: ClassVar[bool] = False

    late: Decimal
    by_task_weight: bool = True

    def __post_init__(self) -> None:
        _a_share(self.late)

    def items(self, tally: Tally, on: date) -> tuple[Item, ...]:
        return tuple(
            _dated(Item(code, t.title, self._weight(t), t.event), t, self.late, tally, on)
            for code, t in sorted(tally.tasks.items())
            if t.counts
        ) or _none(tally)

    def _weight(self, task: Task) -> Decimal:
        return task.weight if self.by_task_weight else ONE


@dataclass(frozen=True, slots=True)
class FindingsClosedInTime:
    """Findings mended by their date, closed and not come back, of all findings; none: does not apply.

    The day counts on which mending was reported: a late verifier is not the unit's delay (R37, R51).
    What waits for others, in support or disputed, counts for nothing (R48, R51).
    """

    name: ClassVar[str] = "findings_closed_in_time"
    version: ClassVar[int] = 1
    may_not_apply: ClassVar[bool] = True

    reopened_counts_as_open: bool = True
    none: Literal["not_applicable"] = "not_applicable"

    def items(self, tally: Tally, on: date) -> tuple[Item, ...] | None:
        found = sorted((code, finding) for code, finding in tally.findings.items() if not finding.waits)
        return tuple(self._item(code, finding, tally, on) for code, finding in found) or None

    def _item(self, code: str, finding: Finding, tally: Tally, on: date) -> Item:
        item = Item(code, finding.text, ONE, finding.event)
        facts = {"due": str(finding.due)}
        mended = finding.mended or on
        if finding.came_back and self.reopened_counts_as_open:
            return _lose(item, "FindingCameBack", facts)
        if mended > finding.due:
            stated = finding.stated
            reason = "FindingMendedLate" if stated in (None, mended) else "FindingEnteredLate"
            return _lose(item, reason, facts | {"done": str(stated or mended), "entered": str(mended)})
        if finding.closed:
            return dataclasses.replace(item, earned=ONE)
        return _lose(item, "FindingLeftOpen", facts) if tally.over else item


# A formula's fields are its parameters. `items` gives, by code, what one criterion counts on a local
# date; None where the criterion does not apply (only where `may_not_apply`).
Formula = IndicatorAttainment | MilestonesOnTime | TasksAcceptedOnTime | FindingsClosedInTime
FORMULAS: dict[tuple[str, int], type[Formula]] = {
    (formula.name, formula.version): formula
    for formula in (IndicatorAttainment, MilestonesOnTime, TasksAcceptedOnTime, FindingsClosedInTime)
}


def _a_share(share: Decimal) -> None:
    if not (share.is_finite() and 0 <= share <= 1):
        raise ValueError("a share lies between 0 and 1")


def way_gone(indicator: Indicator, reading: Reading) -> Decimal:
    """How far from baseline to target, 0 to 1, four digits; the target itself is the whole way."""
    baseline, target, value = indicator.baseline, indicator.target, reading.value
    if baseline == target:
        return ONE if value == target else NOTHING
    value = max(min(baseline, target), min(max(baseline, target), value))  # no figure is too large to score
    return ((value - baseline) / (target - baseline)).quantize(INNER, ROUND_HALF_UP)


def _first_break(indicator: Indicator) -> Reading | None:
    most = indicator.kind == "keep_at_most"
    readings, target = indicator.confirmed.values(), indicator.target
    breaks = (r for r in readings if (r.value > target if most else r.value < target))
    return min(breaks, key=_when, default=None)


def _when(reading: Reading) -> tuple[date, str]:
    return reading.on, reading.period


def _dated(item: Item, thing: Milestone | Task, late: Decimal, tally: Tally, on: date) -> Item:
    if tally.over and not thing.accepted:
        return _lose(item, "NotDone", {"due": str(thing.due)})
    if (thing.done or on) <= thing.due:
        return dataclasses.replace(item, earned=ONE) if thing.accepted else item
    reason, facts = "Overdue", {"due": str(thing.due)}  # it can still be made up, for less
    if thing.done:
        stated = thing.stated or thing.done
        reason = "DoneLate" if stated == thing.done else "EnteredLate"
        facts |= {"done": str(stated), "entered": str(thing.done)}
    earned = late if thing.accepted else NOTHING
    return dataclasses.replace(item, earned=earned, lost=ONE - late, reason=reason, facts=facts)


def _lose(item: Item, reason: str, facts: Mapping[str, str] = {}) -> Item:
    """The item with all that it has not earned lost."""
    return dataclasses.replace(item, lost=ONE - item.earned, reason=reason, facts=dict(facts))


def _none(tally: Tally) -> tuple[Item, ...]:
    """Where nothing was laid down to count, the points stay open, and are lost at the end."""
    item = Item("", "", ONE, tally.event)
    return (_lose(item, "NothingLaidDown") if tally.over else item,)
