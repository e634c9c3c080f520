"""Baselines and readings: reported by the project, confirmed by the source department (R40)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import assert_never

from services.projects.domain.project.clarity import refuse_unfit_source
from services.projects.domain.project.content import Indicator, ReadingRhythm, Seat
from services.projects.domain.project.state import Reading, State, acting, refuse_future, require
from shared.domain import By, NotAllowed, NotAsItStands, PersonId, Refusal, Stale


@dataclass(frozen=True, slots=True)
class BaselineConfirmed:
    """The source department stands for the value from which the project starts."""

    indicator: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class IndicatorRead:
    """A value was reported; it scores nothing until confirmed."""

    indicator: str
    period: str  # such as 2026-05, 2026-Q2, 2026-H1, or once
    value: Decimal
    on: date  # the day it held
    person: PersonId


@dataclass(frozen=True, slots=True)
class FigureToConfirm:
    """The source department is asked to look at a reported value."""

    indicator: str
    period: str
    value: Decimal
    source: Seat


@dataclass(frozen=True, slots=True)
class FigureConfirmed:
    """The source department stands for a value."""

    indicator: str
    period: str
    value: Decimal
    on: date  # the day it held


@dataclass(frozen=True, slots=True)
class FigureDisputed:
    """The source department does not stand for a value."""

    indicator: str
    period: str
    value: Decimal
    reason: str


Event = BaselineConfirmed | IndicatorRead | FigureToConfirm | FigureConfirmed | FigureDisputed


@dataclass(frozen=True, slots=True)
class ConfirmBaseline:
    """Stand for a baseline as proposed; `value` is what the department's own books say."""

    by: By
    indicator: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class ReportReading:
    """Report a value; another for the same period corrects it, once that is confirmed."""

    by: By
    indicator: str
    period: str
    value: Decimal
    on: date
    today: date


@dataclass(frozen=True, slots=True)
class ConfirmFigure:
    """Stand for the value last reported for a period; `value` is what was looked at."""

    by: By
    indicator: str
    period: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class DisputeFigure:
    """Say why the value last reported is not right."""

    by: By
    indicator: str
    period: str
    reason: str


Command = ConfirmBaseline | ReportReading | ConfirmFigure | DisputeFigure

PERIODS: Mapping[ReadingRhythm, tuple[str, str]] = {  # how they are written, and one of them
    "month": (r"[0-9]{4}-(0[1-9]|1[0-2])", "2026-05"),
    "quarter": (r"[0-9]{4}-Q[1-4]", "2026-Q2"),
    "half_year": (r"[0-9]{4}-H[12]", "2026-H1"),
    "once": ("once", "once"),
}


class OnlyTheSourceDepartmentConfirms(NotAllowed):
    """Only the {office} of this indicator confirms or disputes its figures.

    It has been asked to."""


class PlayerMayNotKeepScore(NotAllowed):
    """Whoever reported a figure or works on the project does not confirm it.

    Somebody else of the department confirms it."""


class BaselineDiffers(Refusal):
    """The proposal says {proposed}, the department {value}.

    Settle which is right; the proposal is revised or the other value confirmed."""


class ConfirmedFigureStands(Refusal):
    """The figure of {period} is confirmed as {value}.

    If that is wrong report the right value; its department confirms it in its place."""


class NotOfItsRhythm(Refusal):
    """{period} is no period of this indicator, which is read by {rhythm}.

    Name one of its periods, such as {example}."""


class NoFigureToConfirm(NotAsItStands):
    """Nothing that waits for confirmation was reported for {period}.

    Ask the project to report it."""


class FigureHasChanged(Stale):
    """Another value was reported since you looked.

    Look at the value and confirm or dispute it."""


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command on a figure."""
    match command:
        case ConfirmBaseline():
            return confirm_baseline(command, state)
        case ReportReading():
            return report(command, state)
        case ConfirmFigure():
            return confirm(command, state)
        case DisputeFigure():
            return dispute(command, state)
        case _:
            assert_never(command)


def confirm_baseline(command: ConfirmBaseline, state: State) -> list[Event]:
    """From the draft on; confirms the value that the proposal names, no other."""
    require(state, "in_implementation", "draft", "in_approval")
    indicator = state.indicator(command.indicator)
    _refuse_all_but_source(command.by, indicator, state)
    if command.value != indicator.baseline:
        raise BaselineDiffers(proposed=indicator.baseline, value=command.value)
    return [BaselineConfirmed(command.indicator, command.value)]


def report(command: ReportReading, state: State) -> list[Event]:
    """As often as needed; the source department is asked each time, what it confirmed stands until then."""
    require(state, "in_implementation")
    indicator = state.indicator(command.indicator)
    refuse_future(command.on, command.today)
    refuse_other_rhythm(command.period, indicator.rhythm)
    before = state.readings.get((command.indicator, command.period))
    if before and before.status == "confirmed" and before.value == command.value:
        raise ConfirmedFigureStands(period=command.period, value=before.value)
    return [
        IndicatorRead(command.indicator, command.period, command.value, command.on, command.by.person),
        FigureToConfirm(command.indicator, command.period, command.value, indicator.source),
    ]


def refuse_other_rhythm(period: str, rhythm: ReadingRhythm) -> None:
    """NotOfItsRhythm: a figure is read as the proposal declares it, and never by the day (R41)."""
    periods, example = PERIODS[rhythm]
    if not re.fullmatch(periods, period, re.ASCII):
        raise NotOfItsRhythm(period=period, rhythm=rhythm, example=example)


def confirm(command: ConfirmFigure, state: State) -> list[Event]:
    """By the source department, of the value that was looked at."""
    reading = _to_confirm(command, state)
    if command.value != reading.value:
        raise FigureHasChanged()
    return [FigureConfirmed(command.indicator, command.period, reading.value, reading.on)]


def dispute(command: DisputeFigure, state: State) -> list[Event]:
    """By the source department, with the reason."""
    reading = _to_confirm(command, state)
    return [FigureDisputed(command.indicator, command.period, reading.value, command.reason)]


def _to_confirm(command: ConfirmFigure | DisputeFigure, state: State) -> Reading:
    require(state, "in_implementation")
    reading = state.readings.get((command.indicator, command.period))
    if reading is None or reading.status != "reported":
        raise NoFigureToConfirm(period=command.period)
    _refuse_all_but_source(command.by, state.indicator(command.indicator), state)
    if reading.person in acting(command.by):
        raise PlayerMayNotKeepScore()
    return reading


def _refuse_all_but_source(by: By, indicator: Indicator, state: State) -> None:
    """R40: a money figure is finance's; of which unit, the nearest without conflict, the edge knows (R3)."""
    refuse_unfit_source(indicator)  # a draft may name whom it likes
    if by.office != indicator.source.office:
        raise OnlyTheSourceDepartmentConfirms(office=indicator.source.office)
    if not state.players.isdisjoint(acting(by)):
        raise PlayerMayNotKeepScore()


def evolve(state: State, event: Event) -> State:
    """The project after an event of its figures."""
    match event:
        case BaselineConfirmed():
            return replace(state, baselines={**state.baselines, event.indicator: event.value})
        case IndicatorRead():
            before = state.readings.get((event.indicator, event.period))
            stands = before.confirmed if before else None
            return _with_reading(state, event, Reading(event.value, event.on, event.person, corrects=stands))
        case FigureToConfirm():
            return state
        case FigureConfirmed() | FigureDisputed():
            reading = state.readings.get((event.indicator, event.period))
            if reading is None:
                return state
            if isinstance(event, FigureConfirmed):
                return _with_reading(state, event, replace(reading, status="confirmed", corrects=None))
            return _with_reading(state, event, replace(reading, status="disputed"))
        case _:
            assert_never(event)


def _with_reading(
    state: State, event: IndicatorRead | FigureConfirmed | FigureDisputed, reading: Reading
) -> State:
    return replace(state, readings={**state.readings, (event.indicator, event.period): reading})


@dataclass(frozen=True, slots=True)
class FigureThen:
    """An indicator as it stood at a moment: its last confirmed reading, else the last that was reported."""

    indicator: str
    name: str
    baseline: Decimal | None  # confirmed
    target: Decimal | None
    period: str
    value: Decimal | None  # None: nothing had been read
    on: date | None
    status: str


def figures_now(state: State, until: date = date.max) -> tuple[FigureThen, ...]:
    """All indicators of the project as they stand, by what held until a day."""
    return tuple(_now(indicator, state, until) for indicator in state.proposal.targets)


def _now(indicator: Indicator, state: State, until: date) -> FigureThen:
    read = [
        (known.confirmed or known, period)
        for (code, period), known in state.readings.items()
        if code == indicator.code and (known.confirmed or known).on <= until
    ]
    last = max(read, key=lambda r: (r[0].status == "confirmed", r[0].on, r[1]), default=None)
    known, period = last or (None, "")
    return FigureThen(
        indicator.code,
        indicator.name,
        state.baselines.get(indicator.code),
        indicator.target,
        period,
        known.value if known else None,
        known.on if known else None,
        known.status if known else "",
    )
