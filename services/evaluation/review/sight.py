"""Who may see what of a review: whoever runs it, and audit, its course; everybody its awards (R61, R67)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.evaluation.api.review.signing_for import ANSWER, RUN
from shared.domain import NotAllowed, PersonId, UnitId
from shared.looking import AUDIT, DISCIPLINE
from shared.offices import rights_of
from shared.organisation import Organisation
from shared.sight import marks_seen

OPEN_TO_ALL = ("notice", "noticed", "confirmed")  # stages in which awards are known to everybody


class ReviewIsPrepared(NotAllowed):
    """What a review comes to is shown once its notice begins; until then to who runs it.

    Wait for the notice, or ask the party department whose review it is."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody, and in which ways they stand to the review of a unit."""

    runs: bool
    audits: bool
    answers: bool

    @property
    def sees_course(self) -> bool:
        """Whether they see how far it is, before anything is public."""
        return self.runs or self.audits or self.answers


def viewer(organisation: Organisation, person: PersonId, unit: UnitId, on: date) -> Viewer:
    """How somebody stands to a unit's review on a day."""
    rights: set[str] = set()
    for term in (*organisation.offices_of(person, on), *organisation.stood_in(person, on)):
        if organisation.reaches(term.unit, unit):
            rights |= rights_of(term.office)
    return Viewer(not rights.isdisjoint(RUN), bool(rights & {AUDIT, DISCIPLINE}), ANSWER in rights)


def in_line(organisation: Organisation, person: PersonId, unit: UnitId, on: date) -> bool:
    """Whether a unit's review concerns somebody: it is above them, or below an office of theirs."""
    known = organisation.people.get(person)
    if known is not None and organisation.reaches(unit, known.unit):
        return True
    return any(organisation.reaches(term.unit, unit) for term in organisation.offices_of(person, on))


def units_in_line(organisation: Organisation, person: PersonId, on: date) -> list[UnitId] | None:
    """All units whose review concerns somebody, as `in_line` says of one; None: of the whole group."""
    known, terms = organisation.people.get(person), organisation.offices_of(person, on)
    if any(term.unit == organisation.group for term in terms):
        return None
    above = organisation.above(known.unit) if known else ()
    below = (unit for term in terms for unit in organisation.all_below(term.unit))
    return sorted({*above, *below})


def own_branches(organisation: Organisation, person: PersonId, on: date) -> frozenset[str] | None:
    """The units of whose projects somebody sees more than everybody does (R67); None: of all."""
    marks = marks_seen(organisation, person, on)
    if marks is None:
        return None
    return frozenset(mark.removeprefix("unit:") for mark in marks if mark.startswith("unit:"))
