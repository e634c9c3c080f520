"""An office that nobody holds: since when, and who keeps its projects going without deciding (R10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.office.state import Term
from shared.domain import By, OfficeCode, PersonId, Refusal, UnitId


@dataclass(frozen=True, slots=True)
class VacancyRecorded:
    office: str
    unit: UnitId
    since: date


@dataclass(frozen=True, slots=True)
class CustodianNamed:
    """Until somebody holds the office, or another is named."""

    office: str
    unit: UnitId
    person: PersonId
    since: date


Event = VacancyRecorded | CustodianNamed


@dataclass(frozen=True, slots=True)
class RecordVacancy:
    by: By
    office: OfficeCode
    unit: UnitId
    since: date
    holders: int  # fact: who holds it on that day


@dataclass(frozen=True, slots=True)
class NameCustodian:
    """Name who records and reports for a vacant office, and decides nothing. Facts: vacant, before, today."""

    by: By
    office: OfficeCode
    unit: UnitId
    person: PersonId
    vacant: bool  # recorded, and nobody holds it today
    before: PersonId | None  # who keeps it going now
    today: date


Command = RecordVacancy | NameCustodian


class OfficeIsHeld(Refusal):
    """The office is held by {holders} on that day.

    End the term first."""


class VacantAlready(Refusal):
    """This vacancy is recorded already.

    Nothing needs to be done."""


class OfficeIsNotVacant(Refusal):
    """This office is not recorded as vacant.

    Record the vacancy first; for an absence the holder names a deputy."""


class CustodianAlready(Refusal):
    """This person keeps the office's projects going already.

    Nothing needs to be done."""


def decide(command: Command, term: Term) -> Sequence[Event]:
    """The events of a command about a vacancy."""
    match command:
        case RecordVacancy():
            return record_vacancy(command, term)
        case NameCustodian():
            return name_custodian(command, term)
        case _:
            assert_never(command)


def record_vacancy(command: RecordVacancy, term: Term) -> Sequence[Event]:
    """A vacancy is a fact with a date, not the absence of a row (R10)."""
    if command.holders:
        raise OfficeIsHeld(holders=command.holders)
    if term.vacant_since == command.since:
        raise VacantAlready()
    return [VacancyRecorded(command.office, command.unit, command.since)]


def name_custodian(command: NameCustodian, term: Term) -> Sequence[Event]:
    """Of an office that is vacant today; a later name takes the place of an earlier one."""
    if not command.vacant:
        raise OfficeIsNotVacant()
    if command.before == command.person:
        raise CustodianAlready()
    return [CustodianNamed(command.office, command.unit, command.person, command.today)]


def evolve(term: Term, event: Event) -> Term:
    """The office after it was recorded as vacant, or somebody was named to keep it going."""
    match event:
        case VacancyRecorded():
            return replace(term, vacant_since=event.since)
        case CustodianNamed():
            return term
        case _:
            assert_never(event)
