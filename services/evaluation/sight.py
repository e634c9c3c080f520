"""Who may know of a score, as of its project and by the same rule; and who reads appraisals."""

from __future__ import annotations

from datetime import date

from services.evaluation.domain.tally import Tally
from shared.domain import FIRST_OFFICE, PersonId, UnitId
from shared.looking import AUDIT, DISCIPLINE
from shared.offices import rights_of
from shared.organisation import Organisation
from shared.sight import Circle


def circle_of(tally: Tally) -> Circle:
    """The circle of a project, as its tally keeps it."""
    around = tally.around
    return Circle(
        frozenset((UnitId(tally.unit), *around.units)),
        around.people,
        frozenset((seat.office, seat.unit) for seat in around.seats),
    )


def same_circle(before: Tally, after: Tally) -> bool:
    """Whether an event left the circle as it was; most do not touch what it is made of."""
    untouched = before.around is after.around and before.unit == after.unit
    return untouched or circle_of(before) == circle_of(after)


def leads_with(organisation: Organisation, person: PersonId, tally: Tally, on: date) -> bool:
    """Whether somebody is the first responsible person: the leading secretary, or who leads where none is."""
    unit = UnitId(tally.unit)
    secretaries = {
        held for office in FIRST_OFFICE.values() for held in organisation.persons(office, unit, on)
    }
    return person in secretaries if secretaries else person == tally.around.lead


APPRAISES = frozenset({"see_group", "keep_roster", "chair_meeting", AUDIT, DISCIPLINE})  # rights


def appraises(organisation: Organisation, person: PersonId, unit: UnitId, on: date) -> bool:
    """Whether somebody reads the appraisals of a unit: headquarters, the party department, who chairs, audit.

    Secretaries read their own by right of the term, also when it is over (R11).
    """
    return any(
        rights_of(term.office) & APPRAISES and organisation.reaches(term.unit, unit)
        for term in organisation.offices_of(person, on)
    )
