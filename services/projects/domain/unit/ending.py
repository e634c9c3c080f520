"""The end of a unit (R70): its dissolution is announced, may be withdrawn until its day, and takes effect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from services.projects.domain.dates import days_after
from services.projects.domain.project.deadlines import DayNotOver
from services.projects.domain.unit.state import Unit, UnitIsNotInForce, in_force
from shared.domain import By, Incomplete, Refusal, UnitId


@dataclass(frozen=True, slots=True)
class UnitDissolved:
    unit: UnitId
    dissolved_on: date  # the first day without it
    successor: UnitId | None  # None: the organisation above is custodian (R70)
    document: str


@dataclass(frozen=True, slots=True)
class DissolutionWithdrawn:
    """A dissolution whose day had not come is undone; the unit goes on as if none had been announced."""

    unit: UnitId
    reason: str
    document: str


@dataclass(frozen=True, slots=True)
class UnitCeased:
    """The day of its dissolution has come: from now on its successor goes on for it (R70)."""

    unit: UnitId
    on: date  # the first day without it


Event = UnitDissolved | DissolutionWithdrawn | UnitCeased


@dataclass(frozen=True, slots=True)
class DissolveUnit:
    by: By
    unit: UnitId
    dissolved_on: date
    successor: UnitId | None
    document: str
    units_below: int  # fact: units directly below that are still there on that day
    successor_in_force: bool = True  # fact: the successor is established and not dissolved, or there is none
    today: date = date.min  # fact


@dataclass(frozen=True, slots=True)
class WithdrawDissolution:
    """Undo a dissolution before its day: with a reason and the document that decides so."""

    by: By
    unit: UnitId
    reason: str
    document: str
    over: bool  # fact: the first day without the unit has come
    parent_in_force: bool  # fact: the unit above is not to be dissolved either, or there is none


@dataclass(frozen=True, slots=True)
class CeaseUnit:
    """Let a dissolution take effect; the timer's act, once the unit's last day is over."""

    by: By | None
    unit: UnitId
    due: date  # its last day
    today: date


Command = DissolveUnit | WithdrawDissolution | CeaseUnit


class UnitsStillBelow(Refusal):
    """{count} units stand below this one.

    Move or dissolve them first."""


class UnitSucceedsItself(Refusal):
    """A dissolved unit cannot be its own successor.

    Name another unit, or none."""


class NoDissolutionAhead(Refusal):
    """No dissolution of this unit is announced for a day that is still to come.

    What has taken effect stands; establish a new unit instead."""


class AboveEndsToo(Refusal):
    """The unit above is to be dissolved as well.

    Withdraw that dissolution first."""


def decide(command: Command, unit: Unit) -> Sequence[Event]:
    """The events of a command about a unit's end."""
    match command:
        case DissolveUnit():
            in_force(unit)
            return dissolve(command)
        case WithdrawDissolution():
            return withdraw(command, unit)
        case CeaseUnit():
            return cease(command, unit)
        case _:
            assert_never(command)


def dissolve(command: DissolveUnit) -> Sequence[Event]:
    """From the leaves up, so that nothing hangs in the air."""
    if command.units_below:
        raise UnitsStillBelow(count=command.units_below)
    if command.successor == command.unit:
        raise UnitSucceedsItself()
    if not command.successor_in_force:
        raise UnitIsNotInForce()
    dissolved = UnitDissolved(command.unit, command.dissolved_on, command.successor, command.document)
    if command.dissolved_on > command.today:
        return [dissolved]
    return [dissolved, UnitCeased(command.unit, command.dissolved_on)]


def withdraw(command: WithdrawDissolution, unit: Unit) -> Sequence[Event]:
    """Until its day nothing has moved yet (R70), so nothing has to move back."""
    if unit is not Unit.dissolved or command.over:
        raise NoDissolutionAhead()
    if not command.parent_in_force:
        raise AboveEndsToo()
    if missing := [field for field in ("reason", "document") if not getattr(command, field).strip()]:
        raise Incomplete(missing=missing)
    return [DissolutionWithdrawn(command.unit, command.reason, command.document)]


def cease(command: CeaseUnit, unit: Unit) -> Sequence[Event]:
    """Once, and not before its last day is over."""
    if unit is not Unit.dissolved:
        raise UnitIsNotInForce()
    if command.today <= command.due:
        raise DayNotOver(due=command.due)
    return [UnitCeased(command.unit, days_after(command.due, 1))]


def evolve(unit: Unit, event: Event) -> Unit:
    """The state after the event."""
    match event:
        case UnitDissolved():
            return Unit.dissolved
        case DissolutionWithdrawn():
            return Unit.in_force
        case UnitCeased():
            return Unit.ceased
        case _:
            assert_never(event)
