"""A unit of the group's tree: established once under its code, renamed, moved, marked, dissolved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import assert_never

from services.projects.domain.body import Kind
from services.projects.domain.dates import days_after
from services.projects.domain.project.deadlines import DayNotOver
from shared.domain import (
    MODEL_BRANCH,
    By,
    Calendar,
    Decider,
    ExemptReason,
    Incomplete,
    OrganisationKind,
    Refusal,
    Rhythm,
    UnitId,
    UnitKind,
    UnitMark,
)

# Events


@dataclass(frozen=True, slots=True)
class UnitEstablished:
    unit: UnitId
    code: str
    name: str
    parent: UnitId | None  # None: the group itself
    kind: str  # unit_kinds of offices.yaml
    organisation: str  # organisation_kinds of offices.yaml; "" where no party organisation is
    marks: tuple[str, ...]  # marks of offices.yaml
    has_ledger: bool
    has_committee: bool  # a party committee, or a branch's committee from 7 full members on (R1)
    full_members: int


@dataclass(frozen=True, slots=True)
class UnitRenamed:
    unit: UnitId
    name: str
    document: str


@dataclass(frozen=True, slots=True)
class UnitMoved:
    unit: UnitId
    parent: UnitId
    document: str


@dataclass(frozen=True, slots=True)
class UnitMarked:
    unit: UnitId
    kind: str
    organisation: str
    marks: tuple[str, ...]
    has_committee: bool
    full_members: int


@dataclass(frozen=True, slots=True)
class ModelBranchNamed:
    """A branch carries the mark 示范支部 until a day; the last naming stands."""

    unit: UnitId
    given_by: str
    document: str
    until: date  # its last day


@dataclass(frozen=True, slots=True)
class UnitDissolved:
    unit: UnitId
    dissolved_on: date  # the first day without it
    successor: UnitId | None  # None: the organisation above is custodian (R70)
    document: str


@dataclass(frozen=True, slots=True)
class UnitCeased:
    """The day of its dissolution has come: from now on its successor goes on for it (R70)."""

    unit: UnitId
    on: date  # the first day without it


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


Event = (
    UnitEstablished
    | UnitRenamed
    | UnitMoved
    | UnitMarked
    | ModelBranchNamed
    | UnitDissolved
    | UnitCeased
    | JointUnitsNamed
    | NoProjectExplained
    | CalendarSet
    | RhythmSet
)
EVENTS = (
    UnitEstablished,
    UnitRenamed,
    UnitMoved,
    UnitMarked,
    ModelBranchNamed,
    UnitDissolved,
    UnitCeased,
    JointUnitsNamed,
    NoProjectExplained,
    CalendarSet,
    RhythmSet,
)

# Commands


@dataclass(frozen=True, slots=True)
class EstablishUnit:
    by: By
    unit: UnitId
    code: str
    name: str
    parent: UnitId | None
    kind: UnitKind
    organisation: OrganisationKind
    marks: tuple[UnitMark, ...]
    has_ledger: bool
    has_committee: bool
    full_members: int
    group: UnitId | None  # fact: the group, if it is established
    parent_in_force: bool  # fact: the unit above is established and not dissolved, or there is none


@dataclass(frozen=True, slots=True)
class RenameUnit:
    by: By
    unit: UnitId
    name: str
    document: str


@dataclass(frozen=True, slots=True)
class MoveUnit:
    by: By
    unit: UnitId
    parent: UnitId
    document: str
    above_parent: tuple[UnitId, ...]  # fact: the units above the new parent
    parent_in_force: bool  # fact: the new parent is established and not dissolved


@dataclass(frozen=True, slots=True)
class MarkUnit:
    by: By
    unit: UnitId
    kind: UnitKind
    organisation: OrganisationKind
    marks: tuple[UnitMark, ...]
    has_committee: bool
    full_members: int


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
class CeaseUnit:
    """Let a dissolution take effect; the timer's act, once the unit's last day is over."""

    by: By | None
    unit: UnitId
    due: date  # its last day
    today: date


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


Command = (
    EstablishUnit
    | RenameUnit
    | MoveUnit
    | MarkUnit
    | NameModelBranch
    | DissolveUnit
    | CeaseUnit
    | NameJointUnits
    | ExplainNoProject
    | SetCalendar
    | SetRhythm
)
COMMANDS = (
    EstablishUnit,
    RenameUnit,
    MoveUnit,
    MarkUnit,
    NameModelBranch,
    DissolveUnit,
    CeaseUnit,
    NameJointUnits,
    ExplainNoProject,
    SetCalendar,
    SetRhythm,
)

# Refusals


class EstablishedAlready(Refusal):
    """A unit with this code is established already.

    Use another code, or change the existing unit."""


class GroupEstablishedAlready(Refusal):
    """There is one group, and it is established already.

    Name the unit above this one."""


class UnitIsNotInForce(Refusal):
    """This unit is not established, or has been dissolved.

    Choose a unit that exists."""


class UnitUnderItself(Refusal):
    """A unit cannot stand below itself.

    Choose a unit above it that is not part of it."""


class UnitsStillBelow(Refusal):
    """{count} units stand below this one.

    Move or dissolve them first."""


class UnitSucceedsItself(Refusal):
    """A dissolved unit cannot be its own successor.

    Name another unit, or none."""


class ModelBranchIsNamed(Refusal):
    """The mark of a model branch is given by an act that names giver, document and last day.

    Leave it out here, and name the model branch."""


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


# State


class Unit(Enum):
    unknown = "unknown"
    in_force = "in force"
    dissolved = "dissolved"  # as soon as it is recorded, also for a later day
    ceased = "ceased"


def decide(command: Command, unit: Unit) -> Sequence[Event]:
    """What the command causes, or the refusal."""
    if isinstance(command, EstablishUnit):
        return establish(command, unit)
    if isinstance(command, CeaseUnit):
        return cease(command, unit)
    if unit is not Unit.in_force:
        raise UnitIsNotInForce()
    match command:
        case RenameUnit():
            if not command.name.strip():
                raise Incomplete(missing=["name"])
            return [UnitRenamed(command.unit, command.name, command.document)]
        case MoveUnit():
            if command.unit in (command.parent, *command.above_parent):
                raise UnitUnderItself()
            if not command.parent_in_force:
                raise UnitIsNotInForce()
            return [UnitMoved(command.unit, command.parent, command.document)]
        case MarkUnit():
            _refuse_model_branch(command.marks)
            return [
                UnitMarked(
                    unit=command.unit,
                    kind=command.kind,
                    organisation=command.organisation,
                    marks=command.marks,
                    has_committee=command.has_committee,
                    full_members=command.full_members,
                )
            ]
        case NameModelBranch():
            return name_model(command)
        case DissolveUnit():
            return dissolve(command)
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


def establish(command: EstablishUnit, unit: Unit) -> Sequence[Event]:
    """A code is used once; only the group has nothing above it."""
    if unit is not Unit.unknown:
        raise EstablishedAlready()
    if command.parent is None and command.group is not None:
        raise GroupEstablishedAlready()
    if command.parent == command.unit:
        raise UnitUnderItself()
    if not command.parent_in_force:
        raise UnitIsNotInForce()
    _refuse_model_branch(command.marks)
    missing = [field for field in ("code", "name", "kind") if not getattr(command, field).strip()]
    if missing:
        raise Incomplete(missing=missing)
    return [
        UnitEstablished(
            unit=command.unit,
            code=command.code,
            name=command.name,
            parent=command.parent,
            kind=command.kind,
            organisation=command.organisation,
            marks=command.marks,
            has_ledger=command.has_ledger,
            has_committee=command.has_committee,
            full_members=command.full_members,
        )
    ]


def _refuse_model_branch(marks: tuple[str, ...]) -> None:
    if MODEL_BRANCH in marks:
        raise ModelBranchIsNamed()


def name_model(command: NameModelBranch) -> Sequence[Event]:
    """A branch, by a document; to end it before its last day, it is named again with another one."""
    if not command.is_branch:
        raise OnlyABranchIsAModel()
    if missing := [field for field in ("given_by", "document") if not getattr(command, field).strip()]:
        raise Incomplete(missing=missing)
    if command.until < command.today:
        raise LastDayHasPassed(until=command.until)
    return [ModelBranchNamed(command.unit, command.given_by, command.document, command.until)]


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


def cease(command: CeaseUnit, unit: Unit) -> Sequence[Event]:
    """Once, and not before its last day is over."""
    if unit is not Unit.dissolved:
        raise UnitIsNotInForce()
    if command.today <= command.due:
        raise DayNotOver(due=command.due)
    return [UnitCeased(command.unit, days_after(command.due, 1))]


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


def evolve(unit: Unit, event: Event) -> Unit:
    """The state after the event."""
    match event:
        case UnitEstablished():
            return Unit.in_force
        case UnitDissolved():
            return Unit.dissolved
        case UnitCeased():
            return Unit.ceased
        case (
            UnitRenamed()
            | UnitMoved()
            | UnitMarked()
            | ModelBranchNamed()
            | JointUnitsNamed()
            | NoProjectExplained()
            | CalendarSet()
            | RhythmSet()
        ):
            return unit
        case _:
            assert_never(event)


UNIT: Decider[Command, Event, Unit] = Decider("unit", Unit.unknown, decide, evolve, COMMANDS, EVENTS)
