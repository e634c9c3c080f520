"""Who is there: a group, its companies, branches, people and the offices they hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from services.projects import ids
from shared.domain import PersonId, UnitId
from shared.offices import FULL_MEMBER

COMMITTEE = ("party_secretary", "deputy_party_secretary", "committee_member")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit as it is established."""

    code: str
    name: str
    parent: str | None
    kind: str = "functional"
    organisation: str = ""
    marks: tuple[str, ...] = ()
    has_ledger: bool = False
    has_committee: bool = False
    full_members: int = 0

    @property
    def id(self) -> UnitId:
        """The unit's id."""
        return ids.unit_id(self.code)


@dataclass(frozen=True, slots=True)
class Person:
    """A person as they are registered."""

    staff_number: str
    name: str
    unit: str  # code of the branch they belong to
    trade: str = ""
    skill: str = ""
    login: str = ""
    political_status: str = FULL_MEMBER

    @property
    def id(self) -> PersonId:
        """The person's id."""
        return ids.person_id(self.staff_number)


@dataclass(frozen=True, slots=True)
class Term:
    """Somebody's office in a unit."""

    person: Person
    office: str
    unit: str
    since: date


@dataclass(frozen=True)
class Group:
    """All of it, in the order in which it is established."""

    units: tuple[Unit, ...]
    people: tuple[Person, ...]
    terms: tuple[Term, ...]
    pairs: dict[str, str]  # company → the one it stands 1+1 with
    tour: tuple[tuple[Person, str], ...]  # whom a visitor can be, and in which office

    @cached_property
    def unit(self) -> dict[str, Unit]:
        """Units by code."""
        return {unit.code: unit for unit in self.units}

    @cached_property
    def root(self) -> Unit:
        """The group itself."""
        return self.units[0]

    @cached_property
    def companies(self) -> tuple[Unit, ...]:
        """Units with a ledger below the group."""
        return tuple(unit for unit in self.units if unit.has_ledger and unit.parent is not None)

    @cached_property
    def branches(self) -> tuple[Unit, ...]:
        """Party branches of the companies that have a secretary."""
        return tuple(
            unit
            for unit in self.units
            if "支部" in unit.organisation
            and self.company(unit.code) != self.root.code
            and self.holders("branch_secretary", unit.code)
        )

    @cached_property
    def branches_of(self) -> dict[str, list[Unit]]:
        """The branches by company, the office branch first."""
        found: dict[str, list[Unit]] = {}
        for branch in self.branches:
            found.setdefault(self.company(branch.code), []).append(branch)
        return found

    @cached_property
    def code(self) -> dict[UnitId, str]:
        """The unit's code by its id."""
        return {unit.id: unit.code for unit in self.units}

    def above(self, unit: str) -> Iterator[Unit]:
        """The unit itself, then what is above it."""
        at: str | None = unit
        while at is not None:
            yield self.unit[at]
            at = self.unit[at].parent

    @cached_property
    def _holders(self) -> dict[tuple[str, str], list[Person]]:
        found: dict[tuple[str, str], list[Person]] = {}
        for term in self.terms:
            found.setdefault((term.office, term.unit), []).append(term.person)
        return found

    @cached_property
    def _members(self) -> dict[str, list[Person]]:
        found: dict[str, list[Person]] = {}
        for person in self.people:
            found.setdefault(person.unit, []).append(person)
        return found

    def company(self, unit: str) -> str:
        """Code of the nearest unit with a ledger, from this one up."""
        return next(at.code for at in self.above(unit) if at.has_ledger)

    def holders(self, office: str, unit: str) -> Sequence[Person]:
        """Who holds an office in exactly this unit."""
        return self._holders.get((office, unit), [])

    def holder(self, office: str, unit: str) -> Person:
        """The first who holds an office in this unit, or in one above."""
        for at in self.above(unit):
            if found := self.holders(office, at.code):
                return found[0]
        raise LookupError(f"nobody holds {office} in {unit} or above")

    @cached_property
    def _officials(self) -> set[Person]:
        return {term.person for term in self.terms if term.unit != term.person.unit}

    def is_official(self, person: Person) -> bool:
        """Whether somebody holds an office beyond their own branch."""
        return person in self._officials

    def members(self, unit: str) -> Sequence[Person]:
        """Who belongs to a branch."""
        return self._members.get(unit, [])

    def committee(self, unit: str) -> list[Person]:
        """Who has a vote in the party committee of a company or of the group."""
        return [p for office in COMMITTEE for p in self.holders(office, unit)]
