"""A person's record: standing and branch in clear, name and contact sealed under a key that can be erased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from services.projects.domain.person.state import NotRegistered, Person
from shared.domain import By, Incomplete, PersonId, PoliticalStatus, Refusal, UnitId


@dataclass(frozen=True, slots=True)
class PersonRegistered:
    person: PersonId
    staff_number: str
    unit: UnitId  # the party organisation that they belong to
    political_status: str  # a word of offices.yaml
    trade: str
    skill: str
    name: str  # sealed, as are the next three; "" where there is none
    phone: str
    mail: str
    joined: str = (
        ""  # the month or day of joining the Party, by which rosters tell people of one name apart (R14)
    )


@dataclass(frozen=True, slots=True)
class ContactChanged:
    person: PersonId
    name: str | None  # sealed, as are the next three; None leaves it as it was
    phone: str | None
    mail: str | None
    joined: str | None = None


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


Event = PersonRegistered | ContactChanged | StandingChanged | PersonMoved


@dataclass(frozen=True, slots=True)
class RegisterPerson:
    by: By
    person: PersonId
    staff_number: str
    unit: UnitId
    political_status: PoliticalStatus
    trade: str
    skill: str
    name: str
    phone: str
    mail: str
    joined: str = ""


@dataclass(frozen=True, slots=True)
class ChangeContact:
    by: By
    person: PersonId
    name: str | None = None
    phone: str | None = None
    mail: str | None = None
    joined: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeStanding:
    by: By
    person: PersonId
    political_status: PoliticalStatus
    trade: str
    skill: str


@dataclass(frozen=True, slots=True)
class MovePerson:
    by: By
    person: PersonId
    unit: UnitId
    unit_in_force: bool  # fact: the unit is established and not dissolved


Command = RegisterPerson | ChangeContact | ChangeStanding | MovePerson


class RegisteredAlready(Refusal):
    """This staff number is registered already.

    Change the person's record instead of registering them again."""


class MovedNowhere(Refusal):
    """The unit to which this person would belong is not established, or has been dissolved.

    Choose a unit that exists."""


class NotSealed(Refusal):
    """Name, phone, mail and date of joining enter the record only sealed.

    Tell the operator: this is a fault of the program, nothing was stored."""


def decide(command: Command, person: Person) -> Sequence[Event]:
    """The events of a command about who somebody is and where they belong."""
    if isinstance(command, RegisterPerson):
        return register(command, person)
    if not person.registered:
        raise NotRegistered()
    match command:
        case ChangeContact():
            contact = (command.name, command.phone, command.mail, command.joined)
            sealed(*contact)
            return [ContactChanged(command.person, *contact)]
        case ChangeStanding():
            return [StandingChanged(command.person, command.political_status, command.trade, command.skill)]
        case MovePerson():
            if not command.unit_in_force:
                raise MovedNowhere()
            return [PersonMoved(command.person, command.unit)]
        case _:
            assert_never(command)


def register(command: RegisterPerson, person: Person) -> Sequence[Event]:
    """One person, one record; nothing personal in clear."""
    if person.registered:
        raise RegisteredAlready()
    missing = [field for field in ("staff_number", "name", "political_status") if not getattr(command, field)]
    if missing:
        raise Incomplete(missing=missing)
    sealed(command.name, command.phone, command.mail, command.joined)
    return [
        PersonRegistered(
            person=command.person,
            staff_number=command.staff_number,
            unit=command.unit,
            political_status=command.political_status,
            trade=command.trade,
            skill=command.skill,
            name=command.name,
            phone=command.phone,
            mail=command.mail,
            joined=command.joined,
        )
    ]


def sealed(*fields: str | None) -> None:
    """A last guard: an event cannot be taken back, so a clear name must never get into one."""
    if not all(field is None or field == "" or field.startswith("sealed.") for field in fields):
        raise NotSealed()


def evolve(person: Person, event: Event) -> Person:
    """The state after the event."""
    match event:
        case PersonRegistered():
            return Person(registered=True)
        case ContactChanged() | StandingChanged() | PersonMoved():
            return person
        case _:
            assert_never(event)
