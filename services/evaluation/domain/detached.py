"""DetachedActivity 脱节提示: activities were held for an indicator, and it has not moved."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import assert_never

from services.evaluation.domain.formulas import way_gone
from services.evaluation.domain.tally import Tally
from shared.domain import By, Decider

AT_LEAST = 3  # activities; after fewer it is too early to say anything
MOVES = frozenset({"raise", "lower"})  # kinds of indicators that are to move; others are kept, or happen once

# Events


@dataclass(frozen=True, slots=True)
class DetachedActivityFound:
    """An indicator is no nearer to its target than at the start, for all that was held.

    It is information for the leading secretary; no point depends on it. It names events and no texts.
    """

    project: str
    indicator: str
    period: str
    baseline: Decimal
    value: Decimal
    reading: str  # the event that confirmed the value: projects/<ledger>/<position>
    activities: tuple[str, ...]  # the events of those held by the day of the reading


Event = DetachedActivityFound


# Commands


@dataclass(frozen=True, slots=True)
class SayDetached:
    """Write down what was found. Facts: all of it, from the reaction."""

    by: By | None  # the system's own reaction acts for nobody
    found: DetachedActivityFound


Command = SayDetached


# State


@dataclass(frozen=True, slots=True)
class State:
    """Of one indicator of a project in one period."""

    said: bool = False


def decide(command: Command, state: State) -> list[Event]:
    """Once; nothing where it is said already, such as while the view is being built anew."""
    match command:
        case SayDetached():
            return [] if state.said else [command.found]
        case _:
            assert_never(command)


def evolve(_state: State, event: Event) -> State:
    """It is said."""
    match event:
        case DetachedActivityFound():
            return State(said=True)
        case _:
            assert_never(event)


DETACHED: Decider[Command, Event, State] = Decider(
    "detached_activity", State(), decide, evolve, (SayDetached,), (DetachedActivityFound,)
)


def detached(project: str, tally: Tally) -> list[DetachedActivityFound]:
    """What the last confirmed reading of each indicator says of the activities that were held for it.

    Where none was held since the reading before, nothing is said again; nor once nothing can be mended.
    """
    codes = () if tally.over else tally.activities
    return [found for code in codes if (found := _of(project, code, tally)) is not None]


def _of(project: str, code: str, tally: Tally) -> DetachedActivityFound | None:
    indicator = tally.indicators.get(code)
    reading = indicator.latest if indicator else None
    if indicator is None or reading is None:
        return None
    if indicator.kind not in MOVES or way_gone(indicator, reading) > 0:
        return None
    held = [activity for activity in tally.activities[code] if activity.on <= reading.on]
    before = max((one.on for one in indicator.confirmed.values() if one != reading), default=None)
    if len(held) < AT_LEAST or (before is not None and all(activity.on <= before for activity in held)):
        return None
    events = tuple(activity.event for activity in held)
    return DetachedActivityFound(
        project, code, reading.period, indicator.baseline, reading.value, reading.event, events
    )
