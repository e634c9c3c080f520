"""Who a row is about (R14): staff number, else name and date of joining, else name and branch; no guess."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.projects.ids import person_id
from services.projects.roster.table import PersonLine
from services.projects.roster.words import folded
from shared.domain import PersonId, UnitId


@dataclass(frozen=True, slots=True)
class Contact:
    """What is sealed of a person, unsealed for the comparison."""

    name: str
    phone: str
    mail: str
    joined: str


@dataclass(frozen=True, slots=True)
class Someone:
    """A person who is registered, or whom an earlier row brings."""

    id: PersonId
    name: str  # folded
    joined: str
    unit: UnitId
    row: int = 0  # of the workbook; 0: registered


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom a row means; with candidates it is asked, and `person` is what a new one would be."""

    person: PersonId
    staff_number: str
    known: bool
    candidates: tuple[PersonId, ...] = ()

    def agrees(self, answer: str | None) -> bool:
        """Whether it is what was answered before, so that nothing is asked any more."""
        return answer == self.person or (answer == "new" and self.person == person_id(self.staff_number))


class Registry:
    """All who may be meant, growing row by row."""

    def __init__(self, registered: Mapping[PersonId, tuple[Contact, UnitId]], workbook: str) -> None:
        self._workbook = workbook  # hash of the workbook: numbers made up for its people follow from it
        self._by_name: defaultdict[str, list[Someone]] = defaultdict(list)
        self._phones: dict[PersonId, str] = {}  # as the first row about each says
        self.all: dict[PersonId, Someone] = {}
        for person, (contact, unit) in registered.items():
            self._add(Someone(person, folded(contact.name), contact.joined, unit))

    def _add(self, someone: Someone) -> None:
        self.all[someone.id] = someone
        self._by_name[someone.name].append(someone)

    def take(self, line: PersonLine, unit: UnitId, identity: Identity) -> None:
        """Remember whom a row brings, for the rows after it."""
        if line.phone:
            self._phones.setdefault(identity.person, line.phone)
        if identity.person not in self.all and line.named:
            joined = line.joined.written() if line.joined else ""
            name = folded(line.named.name)
            self._add(Someone(identity.person, name, joined, unit, line.row))

    def identify(self, line: PersonLine, unit: UnitId) -> Identity:
        """Whom a row with a name means."""
        assert line.named is not None
        name, joined = folded(line.named.name), line.joined.written() if line.joined else ""
        if line.staff_number:
            return self._by_number(line.staff_number, name, joined)
        number = self._made_up(line)
        new = Identity(person_id(number), number, known=False)
        if new.person in self.all:  # brought by this row, when the workbook was sent before
            return self._meant(self.all[new.person], number)
        same = [s for s in self._by_name.get(name, ()) if joined and s.joined and _same_day(s.joined, joined)]
        unsure = [s for s in self._by_name.get(name, ()) if not (joined and s.joined)]
        if not same:
            here = [s for s in unsure if s.unit == unit]
            same, unsure = (here, []) if here else ([], unsure)
        if len(same) == 1 and not self._another_phone(same[0], line):
            return self._meant(same[0], number)
        if candidates := same or unsure:
            return Identity(new.person, number, known=False, candidates=_ids(candidates))
        return new

    def _by_number(self, number: str, name: str, joined: str) -> Identity:
        person = person_id(number)
        if registered := self.all.get(person):
            known = registered.row == 0
            if registered.name in ("", name):
                return Identity(person, number, known)
            return Identity(person, number, known, candidates=(person,))
        alike = [
            s for s in self._by_name.get(name, ()) if joined and s.joined and _same_day(s.joined, joined)
        ]
        return Identity(person, number, known=False, candidates=_ids(alike))

    def _meant(self, someone: Someone, number: str) -> Identity:
        return Identity(someone.id, number, known=someone.row == 0)

    def answered(self, identity: Identity, person: PersonId | None) -> Identity:
        """As it was answered: one of the candidates, or None for somebody new."""
        if person is None:
            return Identity(identity.person, identity.staff_number, known=False)
        return self._meant(self.all[person], identity.staff_number)

    def _another_phone(self, someone: Someone, line: PersonLine) -> bool:
        """Two rows of one workbook, told apart by nothing but their numbers: perhaps two people."""
        phone = self._phones.get(someone.id, "")
        differ = bool(phone and line.phone and phone != line.phone)
        return differ and not (someone.joined and line.joined)

    def _made_up(self, line: PersonLine) -> str:
        """A staff number for who has none: of the workbook and the row, so that a repeat makes the same."""
        named = "\n".join((self._workbook, line.sheet, str(line.row)))
        return f"R{hashlib.sha256(named.encode()).hexdigest()[:12]}"


def _ids(people: Sequence[Someone]) -> tuple[PersonId, ...]:
    return tuple(dict.fromkeys(someone.id for someone in people))


def _same_day(one: str, other: str) -> bool:
    """Whether two dates of joining agree as far as both are known (2011-07 and 2011-07-05)."""
    return one.startswith(other) or other.startswith(one)


def joined_better(known: str, said: str) -> bool:
    """Whether a row knows the date of joining where the record does not, or otherwise, or more exactly."""
    return bool(said) and not known.startswith(said)
