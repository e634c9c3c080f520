"""Veto: what keeps a project from every award, recorded by the department that the scheme names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from shared.domain import By, Decider, NotAllowed, Refusal

VetoCode = Literal["accident", "quality", "secrecy", "fabrication", "discipline"]
RECORDED_BY: dict[VetoCode, str] = {  # by the departments that defaults.md names, in offices of the catalogue
    "accident": "source_department",
    "quality": "source_department",
    "secrecy": "secrecy_reviewer",
    "fabrication": "discipline_officer",
    "discipline": "discipline_officer",
}


# Events


@dataclass(frozen=True, slots=True)
class VetoRecorded:
    project: str
    code: VetoCode
    document: str  # that establishes it


@dataclass(frozen=True, slots=True)
class VetoLifted:
    project: str
    code: VetoCode
    reason: str


Event = VetoRecorded | VetoLifted


# Commands


@dataclass(frozen=True, slots=True)
class RecordVeto:
    """Say that something happened by which the project can have no award."""

    by: By
    project: str  # fact
    code: VetoCode
    document: str


@dataclass(frozen=True, slots=True)
class LiftVeto:
    """Say that it was recorded wrongly."""

    by: By
    project: str  # fact
    code: VetoCode
    reason: str


Command = RecordVeto | LiftVeto


# Refusals


class AnotherDepartmentRecords(NotAllowed):
    """This veto is recorded, and lifted, by another office: {office}.

    Turn to it with what you know."""


class VetoIsRecorded(Refusal):
    """This veto is recorded already.

    Nothing more is needed."""


class NoSuchVeto(Refusal):
    """No such veto is recorded of this project.

    Look at what is recorded."""


class VetoIsFounded(Refusal):
    """A veto is founded on a document, and lifted with a reason.

    Give it."""


# State


@dataclass(frozen=True, slots=True)
class State:
    """The vetoes in force."""

    codes: frozenset[VetoCode] = frozenset()


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command, or the rule that refuses it."""
    match command:
        case RecordVeto():
            return record(command, state)
        case LiftVeto():
            return lift(command, state)
        case _:
            assert_never(command)


def record(command: RecordVeto, state: State) -> list[Event]:
    """By the department that the scheme names, on a document."""
    _refuse_other(command.by, command.code)
    if not command.document.strip():
        raise VetoIsFounded()
    if command.code in state.codes:
        raise VetoIsRecorded()
    return [VetoRecorded(command.project, command.code, command.document)]


def lift(command: LiftVeto, state: State) -> list[Event]:
    """By the same department, with a reason."""
    _refuse_other(command.by, command.code)
    if not command.reason.strip():
        raise VetoIsFounded()
    if command.code not in state.codes:
        raise NoSuchVeto()
    return [VetoLifted(command.project, command.code, command.reason)]


def _refuse_other(by: By, code: VetoCode) -> None:
    if by.office != RECORDED_BY[code]:
        raise AnotherDepartmentRecords(office=RECORDED_BY[code])


def evolve(state: State, event: Event) -> State:
    """The vetoes after one was recorded or lifted."""
    match event:
        case VetoRecorded():
            return State(state.codes | {event.code})
        case VetoLifted():
            return State(state.codes - {event.code})
        case _:
            assert_never(event)


VETO: Decider[Command, Event, State] = Decider(
    "project_veto", State(), decide, evolve, (RecordVeto, LiftVeto), (VetoRecorded, VetoLifted)
)
