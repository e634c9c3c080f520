"""What a day asks for: the figure of a period that is over, a look back at a finding (R41)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.project.deadlines import (
    DateHasMoved,
    DayNotOver,
    note,
    refuse_before,
    refuse_noted,
)
from services.projects.domain.project.periods import period_of
from services.projects.domain.project.rectification import FindingIsOpen, known_finding, refuse_rectifier
from services.projects.domain.project.state import State, require
from shared.domain import By, PersonId, Refusal, UnitId


@dataclass(frozen=True, slots=True)
class ReadingDue:
    """A period is over for which an indicator has no figure yet."""

    indicator: str
    period: str
    over: date  # its last day


@dataclass(frozen=True, slots=True)
class LookBackDue:
    """The day has come on which a finding that was closed is looked at again."""

    finding: str
    text: str
    due: date


@dataclass(frozen=True, slots=True)
class FindingLookedBackAt:
    """It is still in order; what came back is reopened instead."""

    finding: str
    on: date
    person: PersonId
    note: str


Event = ReadingDue | LookBackDue | FindingLookedBackAt


@dataclass(frozen=True, slots=True)
class AskForReading:
    """Ask for the figure of a period that is over."""

    by: By | None
    indicator: str
    over: date
    today: date


@dataclass(frozen=True, slots=True)
class AskForLookBack:
    """Ask to look at a closed finding again. Fact: text."""

    by: By | None
    finding: str
    text: str
    due: date
    today: date


@dataclass(frozen=True, slots=True)
class LookBackAtFinding:
    """Say that a closed finding is still in order. Facts: units, tied_to."""

    by: By
    finding: str
    note: str
    today: date
    units: tuple[UnitId, ...] = ()  # to which `by` belongs, through every office held (R5)
    tied_to: tuple[PersonId, ...] = ()


Command = AskForReading | AskForLookBack | LookBackAtFinding


class ReadingIsThere(Refusal):
    """The figure of {period} is reported.

    Nothing more is needed."""


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command that asks, or that answers a look back."""
    match command:
        case AskForReading():
            return ask_for_reading(command, state)
        case AskForLookBack():
            return ask_for_look_back(command, state)
        case LookBackAtFinding():
            return look_back(command, state)
        case _:
            assert_never(command)


def ask_for_reading(command: AskForReading, state: State) -> list[Event]:
    """Once for each period, and never before it is over (R41)."""
    require(state, "in_implementation")
    indicator = state.indicator(command.indicator)
    period = period_of(indicator.rhythm, command.over)
    if period.last_day != command.over:
        raise DateHasMoved()
    if (command.indicator, period.name) in state.readings:
        raise ReadingIsThere(period=period.name)
    refuse_before(command.over, command.today)
    refuse_noted("reading", f"{command.indicator}/{period.name}", command.over, state)
    return [ReadingDue(command.indicator, period.name, command.over)]


def ask_for_look_back(command: AskForLookBack, state: State) -> list[Event]:
    """Once for each time that it was closed, on the day that was said then."""
    finding = known_finding(command.finding, state)
    if finding.status != "closed":
        raise FindingIsOpen()
    if finding.look_back != command.due:
        raise DateHasMoved()
    if command.today < command.due:
        raise DayNotOver(due=command.due)
    refuse_noted("look_back", command.finding, command.due, state)
    return [LookBackDue(command.finding, command.text, command.due)]


def look_back(command: LookBackAtFinding, state: State) -> list[Event]:
    """As it was closed: by neither the unit that put it right nor who caused it (R4)."""
    finding = known_finding(command.finding, state)
    if finding.status != "closed":
        raise FindingIsOpen()
    refuse_rectifier(command.by, command.units, finding, command.tied_to)
    return [FindingLookedBackAt(command.finding, command.today, command.by.person, command.note)]


def evolve(state: State, event: Event) -> State:
    """The project after something was asked for, or looked back at."""
    match event:
        case ReadingDue():
            return note(state, "reading", f"{event.indicator}/{event.period}", event.over)
        case LookBackDue():
            return note(state, "look_back", event.finding, event.due)
        case FindingLookedBackAt():
            if (finding := state.findings.get(event.finding)) is None:
                return state
            looked = replace(finding, look_back=None)
            return replace(state, findings={**state.findings, event.finding: looked})
        case _:
            assert_never(event)
