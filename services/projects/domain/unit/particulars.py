"""What is said of a unit in force: model branch, joint units, a year without a project, its days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from services.projects.domain.body import Kind
from services.projects.domain.unit.state import Unit, in_force
from shared.domain import By, Calendar, ExemptReason, Incomplete, Refusal, Rhythm, UnitId


@dataclass(frozen=True, slots=True)
class ModelBranchNamed:
    """A branch carries the mark 示范支部 until a day; the last naming stands."""

    unit: UnitId
    given_by: str
    document: str
    until: date  # its last day


@dataclass(frozen=True, slots=True)
class JointUnitsNamed:
    """The administrative units of a joint branch, instead of those named before (R71)."""

    unit: UnitId
    units: tuple[UnitId, ...]


@dataclass(frozen=True, slots=True)
class NoProjectExplained:
    """Why a unit has no project in a year; the last one for a year stands (R66)."""

    unit: UnitId
    year: int
    exempt: str  # exempt_reasons of offices.yaml; "" where it is not exempt
    reason: str


@dataclass(frozen=True, slots=True)
class CalendarSet:
    """The unit, and those below it without one of their own, count their days by this; None: as above it."""

    unit: UnitId
    calendar: Calendar | None
    document: str


@dataclass(frozen=True, slots=True)
class RhythmSet:
    """How often a body of the unit meets, for the steps that open from now on (R32)."""

    unit: UnitId
    kind: Kind
    rhythm: Rhythm
    document: str


Event = ModelBranchNamed | JointUnitsNamed | NoProjectExplained | CalendarSet | RhythmSet


@dataclass(frozen=True, slots=True)
class NameModelBranch:
    """Give the mark 示范支部, or another last day for it: who gave it, by which document, until when."""

    by: By
    unit: UnitId
    given_by: str
    document: str
    until: date
    is_branch: bool  # fact
    today: date  # fact


@dataclass(frozen=True, slots=True)
class NameJointUnits:
    """Name the administrative units of a joint branch: coverage counts it for each of them (R71)."""

    by: By
    unit: UnitId
    units: tuple[UnitId, ...]
    is_joint: bool  # fact: the unit is a joint branch


@dataclass(frozen=True, slots=True)
class ExplainNoProject:
    """Say why a unit has no project in a year: in its own words, or that it is exempt (R66)."""

    by: By
    unit: UnitId
    year: int
    exempt: ExemptReason
    reason: str
    today: date  # fact


@dataclass(frozen=True, slots=True)
class SetCalendar:
    """Give a unit working days and a time zone of its own (R38), or let it go by those above it."""

    by: By
    unit: UnitId
    calendar: Calendar | None
    document: str
    zone_known: bool  # fact: there is such a time zone


@dataclass(frozen=True, slots=True)
class SetRhythm:
    """Say how often a body of the unit meets: meeting steps wait for its next regular meeting (R32)."""

    by: By
    unit: UnitId
    kind: Kind
    rhythm: Rhythm
    document: str


Command = NameModelBranch | NameJointUnits | ExplainNoProject | SetCalendar | SetRhythm


class OnlyABranchIsAModel(Refusal):
    """Only a party branch is named a model branch.

    Choose a branch."""


class LastDayHasPassed(Refusal):
    """{until} has passed.

    Name a last day that is still to come."""


class NotAJointBranch(Refusal):
    """Only a joint branch has administrative units of its own.

    Mark it as a joint branch first."""


class NoSuchTimeZone(Refusal):
    """There is no time zone of this name.

    Name it as in Asia/Shanghai or Africa/Luanda."""


class CalendarWithoutWork(Refusal):
    """A calendar has a working day in each week, names weekdays by 0 to 6, and no day twice.

    Correct the days."""


class OnlyThisYearOrLast(Refusal):
    """A reason is given for this year or the last one.

    Choose one of the two."""


def decide(command: Command, unit: Unit) -> Sequence[Event]:
    """The event of what is said of a unit."""
    in_force(unit)
    match command:
        case NameModelBranch():
            return name_model(command)
        case NameJointUnits():
            if command.units and not command.is_joint:
                raise NotAJointBranch()
            return [JointUnitsNamed(command.unit, tuple(dict.fromkeys(command.units)))]
        case ExplainNoProject():
            return explain(command)
        case SetCalendar():
            return set_calendar(command)
        case SetRhythm():
            return [RhythmSet(command.unit, command.kind, command.rhythm, command.document)]
        case _:
            assert_never(command)


def name_model(command: NameModelBranch) -> Sequence[Event]:
    """A branch, by a document; to end it before its last day, it is named again with another one."""
    if not command.is_branch:
        raise OnlyABranchIsAModel()
    if missing := [field for field in ("given_by", "document") if not getattr(command, field).strip()]:
        raise Incomplete(missing=missing)
    if command.until < command.today:
        raise LastDayHasPassed(until=command.until)
    return [ModelBranchNamed(command.unit, command.given_by, command.document, command.until)]


def explain(command: ExplainNoProject) -> Sequence[Event]:
    """One project a year or a reason; none is given ahead, or when it no longer matters."""
    if command.year not in (command.today.year, command.today.year - 1):
        raise OnlyThisYearOrLast()
    if not (command.exempt or command.reason.strip()):
        raise Incomplete(missing=["reason"])
    return [NoProjectExplained(command.unit, command.year, command.exempt, command.reason)]


def set_calendar(command: SetCalendar) -> Sequence[Event]:
    """Of a zone that there is, and never without work."""
    calendar = command.calendar
    if calendar is not None:
        if not command.zone_known:
            raise NoSuchTimeZone()
        days = (*calendar.off, *calendar.on)
        if not set(calendar.rest) < set(range(7)) or len(set(days)) < len(days):
            raise CalendarWithoutWork()
    return [CalendarSet(command.unit, calendar, command.document)]
