"""What a person declares of themselves (R5): ties with people and units, or that there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.projects.domain.person.state import NotRegistered, Person
from shared.domain import By, NotAllowed, NotAsItStands, NotKnown, PersonId, Refusal, UnitId

Tie = Literal["kin", "paid_adviser", "other"]


@dataclass(frozen=True, slots=True)
class TieDeclared:
    """Their conflicts are shared from now on: with the other person, or with everybody of the unit (R5)."""

    person: PersonId
    kind: Tie
    other: PersonId | None
    unit: UnitId | None


@dataclass(frozen=True, slots=True)
class TieEnded:
    person: PersonId
    other: PersonId | None
    unit: UnitId | None


@dataclass(frozen=True, slots=True)
class NoTieDeclared:
    """They have none with the unit and its people; it holds for the year, until one is declared (R5)."""

    person: PersonId
    unit: UnitId
    on: date


Event = TieDeclared | TieEnded | NoTieDeclared


@dataclass(frozen=True, slots=True)
class DeclareTie:
    """Say with whom, or with which unit, one has a tie; it is recorded and not weighed."""

    by: By
    person: PersonId
    kind: Tie
    other: PersonId | None = None
    unit: UnitId | None = None


@dataclass(frozen=True, slots=True)
class EndTie:
    """Say that a tie has ended."""

    by: By
    person: PersonId
    other: PersonId | None = None
    unit: UnitId | None = None


@dataclass(frozen=True, slots=True)
class DeclareNoTie:
    """Say that one has no tie with a unit and its people, before one inspects there. Fact: today."""

    by: By
    person: PersonId
    unit: UnitId
    today: date


Command = DeclareTie | EndTie | DeclareNoTie


class DeclaredInPerson(NotAllowed):
    """A tie is declared, and ended, by the person themselves.

    Ask them to do it; nobody does it for them."""


class TieNamesOne(Refusal):
    """A tie is with one other person, or with one unit.

    Name one of the two, and not yourself."""


class TieDeclaredAlready(Refusal):
    """You have declared this tie already.

    Nothing more is needed."""


class TieStands(NotAsItStands):
    """You have declared a tie with this unit.

    If it has ended, say so first."""


class NoSuchTie(NotKnown):
    """You have declared no such tie.

    Look at the ties that you declared."""


def decide(command: Command, person: Person) -> Sequence[Event]:
    """The event of what is declared."""
    if not person.registered:
        raise NotRegistered()
    match command:
        case DeclareTie():
            if _tied_to(command) in person.ties:
                raise TieDeclaredAlready()
            return [TieDeclared(command.person, command.kind, command.other, command.unit)]
        case EndTie():
            if _tied_to(command) not in person.ties:
                raise NoSuchTie()
            return [TieEnded(command.person, command.other, command.unit)]
        case DeclareNoTie():
            _refuse_others(command.by, command.person)
            if command.unit in person.ties:
                raise TieStands()
            return [NoTieDeclared(command.person, command.unit, command.today)]
        case _:
            assert_never(command)


def _refuse_others(by: By, person: PersonId) -> None:
    """DeclaredInPerson: no deputy declares a conflict (R8)."""
    if by.person != person or by.on_behalf_of is not None:
        raise DeclaredInPerson()


def _tied_to(command: DeclareTie | EndTie) -> str:
    """The one whom it names."""
    _refuse_others(command.by, command.person)
    named = [one for one in (command.other, command.unit) if one]
    if len(named) != 1 or command.other == command.person:
        raise TieNamesOne()
    return named[0]


def evolve(person: Person, event: Event) -> Person:
    """The state after the event."""
    match event:
        case TieDeclared():
            return replace(person, ties=person.ties | {event.other or event.unit or ""})
        case TieEnded():
            return replace(person, ties=person.ties - {event.other or event.unit or ""})
        case NoTieDeclared():
            return person
        case _:
            assert_never(event)
