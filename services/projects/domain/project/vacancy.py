"""The limits of whoever leads while nobody does: thirty days later at once, then back as far (R10)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import assert_never

from services.projects.domain.dates import days_after, days_before
from services.projects.domain.project.extension import NewDate, open_dates, with_dates
from services.projects.domain.project.state import State, require
from shared.domain import By, Refusal

PAUSED_DAYS_AT_MOST = 30


@dataclass(frozen=True, slots=True)
class LimitsPaused:
    """Nobody holds the office that leads: what is open has so many days more."""

    since: date
    days: int
    dates: tuple[NewDate, ...]


@dataclass(frozen=True, slots=True)
class LimitsResumed:
    """Somebody holds it again: the days that were not needed are taken back."""

    on: date
    days: int  # for which limits stood still
    dates: tuple[NewDate, ...]


Event = LimitsPaused | LimitsResumed


@dataclass(frozen=True, slots=True)
class PauseLimits:
    """Let the limits of the holder stand still."""

    by: By | None
    since: date


@dataclass(frozen=True, slots=True)
class ResumeLimits:
    """Let them go on."""

    by: By | None
    on: date


Command = PauseLimits | ResumeLimits


class LimitsArePaused(Refusal):
    """The limits stand still already.

    Nothing needs to be done."""


class LimitsAreNotPaused(Refusal):
    """The limits do not stand still.

    Nothing needs to be done."""


def decide(command: Command, state: State) -> list[Event]:
    """The events that a vacancy, or its end, brings."""
    match command:
        case PauseLimits():
            require(state, "in_implementation")
            if state.paused is not None:
                raise LimitsArePaused()
            dates = open_dates(state, PAUSED_DAYS_AT_MOST)
            return [LimitsPaused(command.since, PAUSED_DAYS_AT_MOST, dates)]
        case ResumeLimits():
            return resume(command, state)
        case _:
            assert_never(command)


def resume(command: ResumeLimits, state: State) -> list[Event]:
    """What was done, or given another date meanwhile, stays as it is."""
    require(state, "in_implementation", "suspended", "in_closing")
    if state.paused is None:
        raise LimitsAreNotPaused()
    days = min(PAUSED_DAYS_AT_MOST, max(0, (command.on - state.paused_since).days))
    back = timedelta(PAUSED_DAYS_AT_MOST - days)
    dates = tuple(
        NewDate(date.subject, date.code, date.due - back)
        for date in open_dates(state, 0)
        if back and state.paused.get((date.subject, date.code)) == date.due
    )
    return [LimitsResumed(command.on, days, dates)]


def evolve(state: State, event: Event) -> State:
    """The project after its limits stood still, or went on."""
    match event:
        case LimitsPaused():
            moved: dict[tuple[str, str], date] = {(new.subject, new.code): new.due for new in event.dates}
            began = days_after(state.began, max(0, event.days))
            paused = replace(state, paused=moved, paused_since=event.since, began=began)
            return with_dates(paused, event.dates)
        case LimitsResumed():
            began = days_before(state.began, max(0, PAUSED_DAYS_AT_MOST - event.days))
            return with_dates(replace(state, paused=None, began=began), event.dates)
        case _:
            assert_never(event)
