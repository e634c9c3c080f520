"""A term of office: who holds which office in which unit from when, who confirmed it, who stands in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import assert_never

from shared.domain import By, Decider, Incomplete, NotAllowed, OfficeCode, OfficeId, PersonId, Refusal, UnitId

DEPUTY_DAYS_AT_MOST = 30  # R8
NEED_A_SECOND = {
    "decide",
    "inspect",
    "verify_finding",
    "score",
    "read",
    "read_restricted",
    "run_review",
}  # R13
NOT_BY_A_PARTY_DEPARTMENT = {"discipline_officer", "auditor", "inspector", "headquarters", "group_operator"}
HELD_BY_MANDATE = {"auditor", "inspector", "juror"}  # R15

# Events


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


@dataclass(frozen=True, slots=True)
class VacancyRecorded:
    office: str
    unit: UnitId
    since: date


@dataclass(frozen=True, slots=True)
class DeputyAppointed:
    term: OfficeId
    deputy: PersonId
    since: date
    until: date  # last day


@dataclass(frozen=True, slots=True)
class DeputyEnded:
    term: OfficeId
    deputy: PersonId
    ended_on: date  # the first day without


Event = OfficeAppointed | AppointmentConfirmed | OfficeEnded | VacancyRecorded | DeputyAppointed | DeputyEnded
EVENTS = (
    OfficeAppointed,
    AppointmentConfirmed,
    OfficeEnded,
    VacancyRecorded,
    DeputyAppointed,
    DeputyEnded,
)

# Commands


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


@dataclass(frozen=True, slots=True)
class RecordVacancy:
    by: By
    office: OfficeCode
    unit: UnitId
    since: date
    holders: int  # fact: who holds it on that day


@dataclass(frozen=True, slots=True)
class AppointDeputy:
    by: By
    term: OfficeId
    deputy: PersonId
    since: date
    until: date
    in_scope: bool  # fact: as above


@dataclass(frozen=True, slots=True)
class EndDeputy:
    by: By
    term: OfficeId
    deputy: PersonId
    ended_on: date
    in_scope: bool  # fact: as above


Command = AppointOffice | ConfirmAppointment | EndOffice | RecordVacancy | AppointDeputy | EndDeputy
COMMANDS = (AppointOffice, ConfirmAppointment, EndOffice, RecordVacancy, AppointDeputy, EndDeputy)

# Refusals


class NobodyAppointsThemselves(Refusal):
    """Nobody may appoint themselves to an office.

    Ask another person who keeps the roster."""


class AppointmentNeedsASecond(Refusal):
    """This office takes effect only when another person has checked the appointment.

    Ask somebody other than who entered it and who is appointed."""


class NotYoursToAppoint(NotAllowed):
    """The office {by} may not appoint the office {office} in this unit.

    A party department appoints in its own company, never discipline, audit, inspectors or headquarters."""


class AppointedAlready(Refusal):
    """This appointment is entered already.

    Open the existing term of office."""


class NothingToConfirm(Refusal):
    """This appointment is in effect already and needs nobody's confirmation.

    Nothing needs to be done."""


class TermIsNotInForce(Refusal):
    """This term of office is not in force.

    Choose a term that is confirmed and has not ended."""


class EndsBeforeItBegins(Refusal):
    """It cannot end before it begins on {since}.

    Correct the dates."""


class OfficeIsHeld(Refusal):
    """The office is held by {holders} on that day.

    End the term first."""


class VacantAlready(Refusal):
    """This vacancy is recorded already.

    Nothing needs to be done."""


class NoDeputyOfADeputy(Refusal):
    """A deputy may not appoint a deputy, nor end one.

    Ask the holder of the office."""


class DeputyTooLong(Refusal):
    """A deputy stands in for at most {days} days at a time.

    Choose an earlier last day; a longer absence needs an acting head."""


class HolderIsNoDeputy(Refusal):
    """The holder cannot be the deputy.

    Choose another person."""


class DeputyOverlaps(Refusal):
    """A deputy is named for these days already.

    End that first, or choose other days."""


class NoSuchDeputy(Refusal):
    """This person is not deputy in this term.

    Choose a deputy who is named."""


class NotHeldByMandate(Refusal):
    """The office {office} is not held by a mandate.

    Give a mandate to an auditor, an inspector or a juror; appoint to every other office."""


class AuditedUnitOpensNoMandate(NotAllowed):
    """A unit neither opens nor confirms the mandate to audit it.

    Ask discipline or audit above the unit."""


class ClosedByWhoOpenedIt(NotAllowed):
    """A mandate is closed early only by the office that opened it.

    It ends by itself on its last day."""


class MandateHasNoDeputy(Refusal):
    """A mandate is held by who is named in it, and has no deputy.

    Open a mandate for the other person."""


# State

NOWHERE = UnitId("")  # the unit of a term that was never entered


@dataclass(frozen=True, slots=True)
class StandIn:
    deputy: PersonId
    since: date
    end: date  # the first day without


@dataclass(frozen=True, slots=True)
class Term:
    person: PersonId | None = None
    office: str = ""
    unit: UnitId = NOWHERE
    since: date = date.min
    appointed_by: PersonId | None = None
    awaits_second: bool = False
    ended_on: date | None = None
    deputies: tuple[StandIn, ...] = ()
    vacant_since: date | None = None
    opened_in: UnitId | None = None


def decide(command: Command, term: Term) -> Sequence[Event]:
    """What the command causes, or the refusal."""
    match command:
        case AppointOffice():
            return appoint(command, term)
        case ConfirmAppointment():
            return confirm(command, term)
        case EndOffice():
            return end(command, term)
        case RecordVacancy():
            return record_vacancy(command, term)
        case AppointDeputy():
            return appoint_deputy(command, term)
        case EndDeputy():
            return end_deputy(command, term)
        case _:
            assert_never(command)


def appoint(command: AppointOffice, term: Term) -> Sequence[Event]:
    """By whom it is theirs to appoint; what decides, inspects, scores or audits waits for a second (R13)."""
    if term.person is not None:
        raise AppointedAlready()
    if not command.founding:
        if command.by.person == command.person:
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


def may_appoint(appointing: str, office: str) -> bool:
    """Which office may appoint which, within its scope (R13); auditors only by discipline or audit (R15)."""
    match appointing:
        case "party_department":
            return office not in NOT_BY_A_PARTY_DEPARTMENT
        case "headquarters":
            return office != "auditor"
        case "discipline_officer" | "auditor":
            return office in {"auditor", "discipline_officer"}
        case _:
            return False


def confirm(command: ConfirmAppointment, term: Term) -> Sequence[Event]:
    """By another person; headquarters may be the second for every office, so that none is stuck (R13)."""
    in_force(term)
    if not term.awaits_second:
        raise NothingToConfirm()
    if command.by.person in (term.person, term.appointed_by):
        raise AppointmentNeedsASecond()
    office = command.by.office
    if not (command.in_scope and (office == "headquarters" or may_appoint(office, term.office))):
        raise NotYoursToAppoint(by=office, office=term.office)
    if term.opened_in is not None and term.office == "auditor" and command.of_the_unit:
        raise AuditedUnitOpensNoMandate()
    return [AppointmentConfirmed(command.term, command.by.person)]


def end(command: EndOffice, term: Term) -> Sequence[Event]:
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


def record_vacancy(command: RecordVacancy, term: Term) -> Sequence[Event]:
    """A vacancy is a fact with a date, not the absence of a row (R10)."""
    if command.holders:
        raise OfficeIsHeld(holders=command.holders)
    if term.vacant_since == command.since:
        raise VacantAlready()
    return [VacancyRecorded(command.office, command.unit, command.since)]


def appoint_deputy(command: AppointDeputy, term: Term) -> Sequence[Event]:
    """Named by the holder or the roster's keeper, for a time, and no chains (R8)."""
    names_deputies(command, term)
    if term.opened_in is not None:
        raise MandateHasNoDeputy()
    if command.deputy == term.person:
        raise HolderIsNoDeputy()
    if command.until < command.since:
        raise EndsBeforeItBegins(since=command.since)
    if (command.until - command.since).days >= DEPUTY_DAYS_AT_MOST:
        raise DeputyTooLong(days=DEPUTY_DAYS_AT_MOST)
    if any(d.since <= command.until and command.since < d.end for d in term.deputies):
        raise DeputyOverlaps()
    return [DeputyAppointed(command.term, command.deputy, command.since, command.until)]


def names_deputies(command: AppointDeputy | EndDeputy, term: Term) -> None:
    """The holder in person, or who keeps the roster: never a deputy (R8)."""
    in_force(term)
    if command.by.on_behalf_of is not None:
        raise NoDeputyOfADeputy()
    keeps_roster = command.in_scope and may_appoint(command.by.office, term.office)
    if term.awaits_second or (command.by.person != term.person and not keeps_roster):
        raise NotYoursToAppoint(by=command.by.office, office=term.office)


def end_deputy(command: EndDeputy, term: Term) -> Sequence[Event]:
    """Before the day that was set, by who could have named the deputy."""
    names_deputies(command, term)
    if not any(d.deputy == command.deputy and command.ended_on < d.end for d in term.deputies):
        raise NoSuchDeputy()
    return [DeputyEnded(command.term, command.deputy, command.ended_on)]


def in_force(term: Term) -> None:
    """Refuse what is said of a term that was never entered or has ended."""
    if term.person is None or term.ended_on is not None:
        raise TermIsNotInForce()


def evolve(term: Term, event: Event) -> Term:
    """The state after the event."""
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
        case VacancyRecorded():
            return replace(term, vacant_since=event.since)
        case DeputyAppointed():
            stand_in = StandIn(event.deputy, event.since, day_after(event.until))
            return replace(term, deputies=(*term.deputies, stand_in))
        case DeputyEnded():
            return replace(term, deputies=tuple(shortened(d, event) for d in term.deputies))
        case _:
            assert_never(event)


def shortened(stand_in: StandIn, ended: DeputyEnded) -> StandIn:
    """The deputy's days up to the end; none are left when it ends before it began."""
    if stand_in.deputy != ended.deputy:
        return stand_in
    return replace(stand_in, end=min(stand_in.end, ended.ended_on))


def day_after(day: date) -> date:
    """The next day; the last day that there is has none."""
    return day if day == date.max else day + timedelta(days=1)


OFFICE: Decider[Command, Event, Term] = Decider("office", Term(), decide, evolve, COMMANDS, EVENTS)
