"""How the organisation reads `projects/group`: the same event names, only the fields that it uses."""

# ruff: noqa: D101 - an event's name is its documentation

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import get_args

from shared.codec import Schema
from shared.domain import Calendar, OfficeId, PersonId, Rhythm, UnitId


@dataclass(frozen=True, slots=True)
class PersonRegistered:
    person: PersonId
    unit: UnitId
    political_status: str
    trade: str
    skill: str


@dataclass(frozen=True, slots=True)
class StandingChanged:
    person: PersonId
    political_status: str
    trade: str
    skill: str


@dataclass(frozen=True, slots=True)
class PersonMoved:
    person: PersonId
    unit: UnitId


@dataclass(frozen=True, slots=True)
class TieDeclared:
    person: PersonId
    other: PersonId | None
    unit: UnitId | None


@dataclass(frozen=True, slots=True)
class TieEnded:
    person: PersonId
    other: PersonId | None
    unit: UnitId | None


@dataclass(frozen=True, slots=True)
class NoTieDeclared:
    person: PersonId
    unit: UnitId
    on: date


@dataclass(frozen=True, slots=True)
class PersonRestricted:
    person: PersonId


@dataclass(frozen=True, slots=True)
class PersonErased:
    person: PersonId


@dataclass(frozen=True, slots=True)
class UnitEstablished:
    unit: UnitId
    code: str
    name: str
    parent: UnitId | None
    kind: str
    organisation: str
    marks: tuple[str, ...]
    has_ledger: bool
    has_committee: bool
    full_members: int


@dataclass(frozen=True, slots=True)
class UnitRenamed:
    unit: UnitId
    name: str


@dataclass(frozen=True, slots=True)
class UnitMoved:
    unit: UnitId
    parent: UnitId


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
    unit: UnitId
    given_by: str
    document: str
    until: date


@dataclass(frozen=True, slots=True)
class UnitDissolved:
    unit: UnitId
    dissolved_on: date
    successor: UnitId | None


@dataclass(frozen=True, slots=True)
class DissolutionWithdrawn:
    unit: UnitId


@dataclass(frozen=True, slots=True)
class UnitCeased:
    unit: UnitId


@dataclass(frozen=True, slots=True)
class JointUnitsNamed:
    unit: UnitId
    units: tuple[UnitId, ...]


@dataclass(frozen=True, slots=True)
class NoProjectExplained:
    unit: UnitId
    year: int
    exempt: str
    reason: str


@dataclass(frozen=True, slots=True)
class CalendarSet:
    unit: UnitId
    calendar: Calendar | None


@dataclass(frozen=True, slots=True)
class RhythmSet:
    unit: UnitId
    kind: str
    rhythm: Rhythm


@dataclass(frozen=True, slots=True)
class OfficeAppointed:
    term: OfficeId
    person: PersonId
    office: str
    unit: UnitId
    since: date
    until: date | None
    acting: bool
    needs_second: bool
    appointed_by: PersonId
    document: str = ""
    opened_in: UnitId | None = None


@dataclass(frozen=True, slots=True)
class AppointmentConfirmed:
    term: OfficeId


@dataclass(frozen=True, slots=True)
class OfficeEnded:
    term: OfficeId
    ended_on: date


@dataclass(frozen=True, slots=True)
class VacancyRecorded:
    office: str
    unit: UnitId
    since: date


@dataclass(frozen=True, slots=True)
class CustodianNamed:
    office: str
    unit: UnitId
    person: PersonId
    since: date


@dataclass(frozen=True, slots=True)
class DeputyAppointed:
    term: OfficeId
    deputy: PersonId
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class DeputyEnded:
    term: OfficeId
    deputy: PersonId
    ended_on: date


@dataclass(frozen=True, slots=True)
class Applies:
    place: str
    to: str


@dataclass(frozen=True, slots=True)
class ProgrammePublished:
    version: str
    year: int
    in_force: date
    content: str
    content_hash: str
    corrects: str = ""
    applies: tuple[Applies, ...] = ()
    demanded_by: str = ""


@dataclass(frozen=True, slots=True)
class SupplementPublished:
    company: UnitId
    version: str
    programme: str
    in_force: date
    content: str
    content_hash: str


@dataclass(frozen=True, slots=True)
class RecordTextWithdrawn:
    record: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SessionEnded:
    session: str


AboutPerson = (
    PersonRegistered
    | StandingChanged
    | PersonMoved
    | PersonRestricted
    | PersonErased
    | TieDeclared
    | TieEnded
    | NoTieDeclared
)
AboutUnit = (
    UnitEstablished
    | UnitRenamed
    | UnitMoved
    | UnitMarked
    | ModelBranchNamed
    | UnitDissolved
    | DissolutionWithdrawn
    | UnitCeased
    | JointUnitsNamed
    | NoProjectExplained
    | CalendarSet
    | RhythmSet
)
AboutOffice = (
    OfficeAppointed
    | AppointmentConfirmed
    | OfficeEnded
    | VacancyRecorded
    | CustodianNamed
    | DeputyAppointed
    | DeputyEnded
)
Said = (
    AboutPerson
    | AboutUnit
    | AboutOffice
    | ProgrammePublished
    | SupplementPublished
    | RecordTextWithdrawn
    | SessionEnded
)
SCHEMA = Schema(get_args(Said))
