"""Who has left the group: kept and not used while retention runs, then erased (R77)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.person.state import NotRegistered, Person
from services.projects.domain.project.state import refuse_future
from shared.domain import By, Incomplete, PersonId, Refusal


@dataclass(frozen=True, slots=True)
class PersonRestricted:
    """They have left, and what is known of them is kept and not used until then (R77)."""

    person: PersonId
    until: date
    left_on: date | None = None
    reason: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class ContactErased:
    """Phone, mail and date of joining can be read no more; the name on acts of office still can (R77)."""

    person: PersonId
    reason: str
    document: str


@dataclass(frozen=True, slots=True)
class PersonErased:
    """Nothing that was sealed can be read any more: the edge erases the sealing key after this."""

    person: PersonId
    reason: str = ""
    document: str = ""


Event = PersonRestricted | ContactErased | PersonErased


@dataclass(frozen=True, slots=True)
class ErasePerson:
    """Erase who has left, as far as retention allows. Facts: today, in_office, contact_until, name_until."""

    by: By
    person: PersonId
    left_on: date
    reason: str
    document: str
    today: date
    in_office: bool  # holds an office today
    contact_until: date  # the last day on which contact data are kept
    name_until: date | None  # the same of the name, for who ever held an office


Command = ErasePerson


class StillInOffice(Refusal):
    """Who holds an office cannot be erased.

    End the offices first."""


class RetentionStillRuns(Refusal):
    """The retention period runs until {until}; the person is restricted already and cannot be erased yet.

    Ask again after that date."""


def decide(command: Command, person: Person) -> Sequence[Event]:
    """While a retention period runs, erasing becomes restriction: kept, and not used (R77)."""
    if not person.registered:
        raise NotRegistered()
    if command.in_office:
        raise StillInOffice()
    if missing := [field for field in ("reason", "document") if not getattr(command, field).strip()]:
        raise Incomplete(missing=missing)
    refuse_future(command.left_on, command.today)
    if command.today <= command.contact_until:
        return _restricted(command, command.contact_until, person)
    if command.name_until is None or command.name_until < command.today:
        return [PersonErased(command.person, command.reason, command.document)]
    restricted = _restricted(command, command.name_until, person)
    return [ContactErased(command.person, command.reason, command.document), *restricted]


def _restricted(command: ErasePerson, until: date, person: Person) -> Sequence[Event]:
    if person.restricted_until == until:
        raise RetentionStillRuns(until=until)
    return [PersonRestricted(command.person, until, command.left_on, command.reason, command.document)]


def evolve(person: Person, event: Event) -> Person:
    """The state after the event."""
    match event:
        case PersonRestricted():
            left_on = event.left_on or person.left_on
            return replace(person, restricted_until=event.until, left_on=left_on)
        case ContactErased():
            return person
        case PersonErased():
            return Person()
        case _:
            assert_never(event)
