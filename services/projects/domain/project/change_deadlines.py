"""What follows because the last day of a change's open step is over: it is noted, then it goes up (R23)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import assert_never

from services.projects.domain.project import change
from services.projects.domain.project.approval import StillAdded, refuse_other_step
from services.projects.domain.project.change_route import (
    ChangeDeadlinePassed,
    ChangeDeadlineRecounted,
    ChangeReferredUp,
    noted_as,
)
from services.projects.domain.project.content import Seat
from services.projects.domain.project.deadlines import (
    OVERDUE,
    DateHasMoved,
    refuse_before,
    refuse_not_noted,
    refuse_noted,
    refuse_to_raise,
)
from services.projects.domain.project.standing import Standing
from services.projects.domain.project.state import State
from shared.domain import By


@dataclass(frozen=True, slots=True)
class PassChangeDeadline:
    """Note that the last day of a change's open step is over."""

    by: By | None
    change: str
    step: int
    due: date
    today: date


@dataclass(frozen=True, slots=True)
class RaiseChange:
    """Send the overdue step of a change to those above, as `RaiseStep` does. Facts: the same."""

    by: By | None
    change: str
    step: int
    due: date
    today: date
    seats: tuple[Seat, ...]
    next_due: date
    stays: tuple[Seat, ...] = ()
    added: tuple[StillAdded, ...] = ()
    met_on: date | None = None


@dataclass(frozen=True, slots=True)
class RecountChange:
    """Count the last day of a change's open step again. Fact: due."""

    by: By | None
    change: str
    step: int
    due_before: date
    due: date


Command = PassChangeDeadline | RaiseChange | RecountChange
Decided = ChangeDeadlinePassed | ChangeReferredUp | ChangeDeadlineRecounted


def decide(command: Command, state: State) -> list[Decided]:
    """The events of a command that a day brings to a change."""
    match command:
        case PassChangeDeadline():
            return pass_deadline(command, state)
        case RaiseChange():
            return raise_change(command, state)
        case RecountChange():
            return recount_change(command, state)
        case _:
            assert_never(command)


def pass_deadline(command: PassChangeDeadline, state: State) -> list[Decided]:
    """Once for each last day, as of a step of the approval."""
    standing = _open_step(command.change, command.step, command.due, state)
    refuse_before(command.due, command.today)
    refuse_noted("change", noted_as(command.change, command.step), command.due, state)
    return [
        ChangeDeadlinePassed(
            command.change, command.step, command.due, command.today, standing.decides, standing.waiting
        )
    ]


def raise_change(command: RaiseChange, state: State) -> list[Decided]:
    """As often and as far as a step of the approval; the change waits for whoever is asked then (R23)."""
    standing = _open_step(command.change, command.step, command.due, state)
    refuse_not_noted("change", noted_as(command.change, command.step), command.due, state)
    refuse_to_raise(command, standing)
    return [
        ChangeReferredUp(
            command.change,
            command.step,
            command.seats,
            OVERDUE,
            command.next_due,
            on=command.today,
            stays=command.stays,
            added=command.added,
        )
    ]


def recount_change(command: RecountChange, state: State) -> list[Decided]:
    """A last day that nobody has noted as over yet."""
    _open_step(command.change, command.step, command.due_before, state)
    refuse_noted("change", noted_as(command.change, command.step), command.due_before, state)
    if command.due == command.due_before:
        return []
    return [ChangeDeadlineRecounted(command.change, command.step, command.due_before, command.due)]


def _open_step(code: str, step: int, due: date, state: State) -> Standing:
    change.waiting(code, state)
    standing = state.deciding[code]
    refuse_other_step(step, standing)
    if standing.due != due:
        raise DateHasMoved()
    return standing
