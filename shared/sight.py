"""Who may know of a project: who leads, joins, works on or is asked about it, and the offices above (R67)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shared.domain import PersonId, UnitId
from shared.organisation import Organisation, Term

# Operators run the system and see no content; jurors see what a review assigns to them, not the project.
BLIND = frozenset({"company_operator", "group_operator", "juror", "panel_chair", "panel_vice_chair"})


@dataclass(frozen=True, slots=True)
class Circle:
    """Whom a project concerns."""

    units: frozenset[UnitId]  # that leads it, its partners, and to whom its climbing items are open
    people: frozenset[PersonId]  # who lead, proposed, are on the team, hold a task, or acted on paper
    seats: frozenset[tuple[str, UnitId]]  # office and unit: asked by its route, its figures, its closing

    def marks(self) -> frozenset[str]:
        """The circle as texts, for a query to compare with `marks_seen`."""
        return frozenset(
            (
                *(f"unit:{unit}" for unit in self.units),
                *(f"person:{person}" for person in self.people),
                *(_of_seat(office, unit) for office, unit in self.seats),
            )
        )


def may_see(organisation: Organisation, person: PersonId, circle: Circle, on: date) -> bool:
    """Whether somebody may know on this day that the project is there at all."""
    if person in circle.people or _branch(organisation, person) in circle.units:
        return True
    if not circle.units.isdisjoint(organisation.kept_by(person, on)):
        return True
    return any(
        (term.office, term.unit) in circle.seats
        or any(organisation.reaches(term.unit, unit) for unit in circle.units)
        for term in _terms(organisation, person, on)
    )


def seen_from(organisation: Organisation, person: PersonId, unit: UnitId, on: date) -> bool:
    """Whether somebody sees into a unit from an office of one above it."""
    return any(
        term.unit != unit and organisation.reaches(term.unit, unit)
        for term in _terms(organisation, person, on)
    )


def marks_seen(organisation: Organisation, person: PersonId, on: date) -> frozenset[str] | None:
    """The marks of all circles that somebody may see into on this day; None: those of the whole group."""
    terms = _terms(organisation, person, on)
    if any(term.unit == organisation.group for term in terms):
        return None
    units = {unit for term in terms for unit in _covered(organisation, term.unit)}
    if branch := _branch(organisation, person):
        units.add(branch)
    units.update(organisation.kept_by(person, on))
    return frozenset(
        (
            f"person:{person}",
            *(f"unit:{unit}" for unit in units),
            *(_of_seat(term.office, term.unit) for term in terms),
        )
    )


def _terms(organisation: Organisation, person: PersonId, on: date) -> list[Term]:
    """The offices through which somebody sees: own ones, and those of whom they stand in for (R8)."""
    held = (*organisation.offices_of(person, on), *organisation.stood_in(person, on))
    return [term for term in held if term.office not in BLIND]


def _branch(organisation: Organisation, person: PersonId) -> UnitId | None:
    known = organisation.people.get(person)
    return known.unit if known else None


def _covered(organisation: Organisation, unit: UnitId) -> set[UnitId]:
    """The unit and all below it; also those dissolved since, whose projects are still somebody's."""
    gone = (u for u in organisation.units.values() if u.ceased and organisation.reaches(unit, u.id))
    return {*organisation.all_below(unit), *(u.id for u in gone)}


def _of_seat(office: str, unit: str) -> str:
    return f"seat:{office}@{unit}"
