"""Who holds an office from when, who confirmed it, and when it ended (R9, R12 to R15)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.office.state import (
    EndsBeforeItBegins,
    NotYoursToAppoint,
    Term,
    in_force,
    may_appoint,
)
from services.projects.domain.office.vacancy import VacancyRecorded
from services.projects.domain.project.state import acting
from shared.domain import By, Incomplete, NotAllowed, OfficeCode, OfficeId, PersonId, Refusal, UnitId

NEED_A_SECOND = {
    "decide",
    "inspect",
    "verify_finding",
    "score",
    "read",
    "read_restricted",
    "run_review",
}  # R13
HELD_BY_MANDATE = {"auditor", "inspector", "juror"}  # R15


@dataclass(frozen=True, slots=True)
class OfficeAppointed:
    term: OfficeId
    person: PersonId
    office: str
    unit: UnitId
    since: date  # date of effect, may lie before the entry (R12)
    until: date | None  # last day, where the appointment is for a time
    document: str
    acting: bool  # holds the duty in own name (R9)
    needs_second: bool  # without effect until confirmed (R13)
    appointed_by: PersonId
    opened_in: UnitId | None = None  # of a mandate: the unit whose office opened it and may close it (R15)


@dataclass(frozen=True, slots=True)
class AppointmentConfirmed:
    term: OfficeId
    confirmed_by: PersonId


@dataclass(frozen=True, slots=True)
class OfficeEnded:
    term: OfficeId
    ended_on: date  # the first day without the office
    reason: str
    document: str


Event = OfficeAppointed | AppointmentConfirmed | OfficeEnded


@dataclass(frozen=True, slots=True)
class AppointOffice:
    by: By
    term: OfficeId
    person: PersonId
    office: OfficeCode
    unit: UnitId
    since: date
    document: str
    rights: tuple[str, ...]  # fact: what the catalogue gives this office
    in_scope: bool  # fact: the unit is that of the acting office, or below it
    until: date | None = None
    acting: bool = False
    founding: bool = False  # fact: nobody holds headquarters yet, so there is no second
    mandate: bool = False  # of somebody from outside: the unit is its scope, the document its number (R15)
    of_the_unit: bool = False  # fact: the acting office is the unit's own, and there is one above


@dataclass(frozen=True, slots=True)
class ConfirmAppointment:
    by: By
    term: OfficeId
    in_scope: bool  # fact: as above
    of_the_unit: bool = False  # fact: as above


@dataclass(frozen=True, slots=True)
class EndOffice:
    by: By
    term: OfficeId
    ended_on: date
    reason: str
    document: str
    in_scope: bool  # fact: as above
    vacant: bool = False  # nobody follows at once (R10)


Command = AppointOffice | ConfirmAppointment | EndOffice


class NobodyAppointsThemselves(Refusal):
    """Nobody may appoint themselves to an office.

    Ask another person who keeps the roster."""


class AppointmentNeedsASecond(Refusal):
    """This office takes effect only when another person has checked the appointment.

    Ask somebody other than who entered it and who is appointed."""


class AppointedAlready(Refusal):
    """This appointment is entered already.

    Open the existing term of office."""


class NothingToConfirm(Refusal):
    """This appointment is in effect already and needs nobody's confirmation.

    Nothing needs to be done."""


class NotHeldByMandate(Refusal):
    """The office {office} is not held by a mandate.

    Give a mandate to an auditor, an inspector or a juror; appoint to every other office."""


class AuditedUnitOpensNoMandate(NotAllowed):
    """A unit neither opens nor confirms the mandate to audit it.

    Ask discipline or audit above the unit."""


class ClosedByWhoOpenedIt(NotAllowed):
    """A mandate is closed early only by the office that opened it.

    It ends by itself on its last day."""


def decide(command: Command, term: Term) -> Sequence[Event | VacancyRecorded]:
    """The events of a command about who holds an office."""
    match command:
        case AppointOffice():
            return appoint(command, term)
        case ConfirmAppointment():
            return confirm(command, term)
        case EndOffice():
            return end(command, term)
        case _:
            assert_never(command)


def appoint(command: AppointOffice, term: Term) -> Sequence[Event]:
    """By whom it is theirs to appoint; what decides, inspects, scores or audits waits for a second (R13)."""
    if term.person is not None:
        raise AppointedAlready()
    if not command.founding:
        if command.person in acting(command.by):
            raise NobodyAppointsThemselves()
        if not (command.in_scope and may_appoint(command.by.office, command.office)):
            raise NotYoursToAppoint(by=command.by.office, office=command.office)
    if not command.document.strip():
        raise Incomplete(missing=["document"])
    if command.until is not None and command.until < command.since:
        raise EndsBeforeItBegins(since=command.since)
    if command.mandate:
        may_be_mandated(command)
    return [
        OfficeAppointed(
            term=command.term,
            person=command.person,
            office=command.office,
            unit=command.unit,
            since=command.since,
            until=command.until,
            document=command.document,
            acting=command.acting,
            needs_second=not command.founding and not NEED_A_SECOND.isdisjoint(command.rights),
            appointed_by=command.by.person,
            opened_in=command.by.unit if command.mandate else None,
        )
    ]


def may_be_mandated(command: AppointOffice) -> None:
    """For a time, to who looks in from outside; to audit a unit never by that unit (R15)."""
    if command.office not in HELD_BY_MANDATE:
        raise NotHeldByMandate(office=command.office)
    if command.until is None:
        raise Incomplete(missing=["until"])
    if command.office == "auditor" and command.of_the_unit:
        raise AuditedUnitOpensNoMandate()


def confirm(command: ConfirmAppointment, term: Term) -> Sequence[Event]:
    """By another person; headquarters may be the second for every office, so that none is stuck (R13)."""
    in_force(term)
    if not term.awaits_second:
        raise NothingToConfirm()
    if not acting(command.by).isdisjoint({term.person, term.appointed_by}):
        raise AppointmentNeedsASecond()
    office = command.by.office
    if not (command.in_scope and (office == "headquarters" or may_appoint(office, term.office))):
        raise NotYoursToAppoint(by=office, office=term.office)
    if term.opened_in is not None and term.office == "auditor" and command.of_the_unit:
        raise AuditedUnitOpensNoMandate()
    return [AppointmentConfirmed(command.term, command.by.person)]


def end(command: EndOffice, term: Term) -> Sequence[Event | VacancyRecorded]:
    """By who may appoint to it, or by the holder; the rights end on that day, at once if it is today.

    A mandate only from the unit that opened it (R15)."""
    in_force(term)
    own = command.by.person == term.person
    appoints = command.in_scope and may_appoint(command.by.office, term.office)
    if term.opened_in is not None and not (appoints and command.by.unit == term.opened_in):
        raise ClosedByWhoOpenedIt()
    if not own and not appoints:
        raise NotYoursToAppoint(by=command.by.office, office=term.office)
    if command.ended_on < term.since:
        raise EndsBeforeItBegins(since=term.since)
    ended = OfficeEnded(command.term, command.ended_on, command.reason, command.document)
    return [ended, VacancyRecorded(term.office, term.unit, command.ended_on)] if command.vacant else [ended]


def evolve(term: Term, event: Event) -> Term:
    """The term after it was entered, confirmed or ended."""
    match event:
        case OfficeAppointed():
            return Term(
                person=event.person,
                office=event.office,
                unit=event.unit,
                since=event.since,
                appointed_by=event.appointed_by,
                awaits_second=event.needs_second,
                opened_in=event.opened_in,
            )
        case AppointmentConfirmed():
            return replace(term, awaits_second=False)
        case OfficeEnded():
            return replace(term, ended_on=event.ended_on)
        case _:
            assert_never(event)
