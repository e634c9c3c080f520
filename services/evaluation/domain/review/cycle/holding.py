"""A result may be held by discipline or safety, before its award is confirmed (R64)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import assert_never

from services.evaluation.domain.review.cycle.state import HasNoAward, Held, State, at_stage
from shared.domain import By, NotAllowed, Refusal

HELD_DAYS_AT_MOST = 60  # R64


# Events


@dataclass(frozen=True, slots=True)
class ResultHeld:
    """By discipline or safety; why is not in it."""

    project: str
    office: str
    until: date
    renewed: bool


@dataclass(frozen=True, slots=True)
class HoldEnded:
    project: str


Event = ResultHeld | HoldEnded


# Commands


@dataclass(frozen=True, slots=True)
class HoldResult:
    by: By
    project: str
    on: date
    until: date


@dataclass(frozen=True, slots=True)
class EndHold:
    by: By
    project: str


Command = HoldResult | EndHold


# Refusals


class HeldTooLong(Refusal):
    """A result is held for at most {days} days from today, and once more as long.

    Choose an earlier day; then decide."""


class HoldsOnlyDiscipline(NotAllowed):
    """Only discipline and safety hold a result.

    Turn to one of them with what you know."""


class NotHeld(Refusal):
    """This result is not held, or its award was confirmed once its days were over.

    Choose one that is."""


def decide(command: Command, cycle: State) -> Sequence[Event]:
    """The events of a command about what is held."""
    match command:
        case HoldResult():
            return hold_result(command, cycle)
        case EndHold():
            return end_hold(command, cycle)
        case _:
            assert_never(command)


def hold_result(command: HoldResult, cycle: State) -> Sequence[Event]:
    """One result; the others go on (R64)."""
    at_stage(cycle, "allocated", "notice", "noticed", "confirmed")
    if command.by.office not in {"discipline_officer", "safety"}:
        raise HoldsOnlyDiscipline()
    if command.project not in cycle.awards or command.project in cycle.confirmed:
        raise HasNoAward()
    held = cycle.held.get(command.project)  # an earlier one too: once more, and no more
    if (held and held.renewed) or not command.on <= command.until <= command.on + timedelta(
        HELD_DAYS_AT_MOST
    ):
        raise HeldTooLong(days=HELD_DAYS_AT_MOST)
    return [ResultHeld(command.project, command.by.office, command.until, held is not None)]


def end_hold(command: EndHold, cycle: State) -> Sequence[Event]:
    """By those who hold; its result is then confirmed as the others are (R64)."""
    if command.by.office not in {"discipline_officer", "safety"}:
        raise HoldsOnlyDiscipline()
    held = cycle.held.get(command.project)
    if held is None or held.until == date.min or command.project in cycle.confirmed:
        raise NotHeld()
    return [HoldEnded(command.project)]


def evolve(cycle: State, event: Event) -> State:
    """The cycle after a result is held, or no more."""
    match event:
        case ResultHeld():
            return replace(cycle, held={**cycle.held, event.project: Held(event.until, event.renewed)})
        case HoldEnded():
            before = cycle.held.get(event.project)
            ended = Held(date.min, renewed=before is not None and before.renewed)
            return replace(cycle, held={**cycle.held, event.project: ended})
        case _:
            assert_never(event)
