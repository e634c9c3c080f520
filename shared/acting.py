"""In which office somebody acts: the one they name, or the first of theirs that has the right (R6, R8)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from shared.domain import By, NotAllowed, OfficeId, PersonId, UnitId
from shared.offices import rights_of
from shared.organisation import IN_PERSON, MEMBER, Organisation, Term
from shared.ties import ties_of


@dataclass(frozen=True, slots=True)
class Asking:
    """Somebody at the moment of an act, and the organisation as it stands then."""

    person: PersonId
    organisation: Organisation
    today: date
    office: OfficeId | None = None  # the term they chose to act in; None: whichever fits
    why: str = ""
    about: str = ""  # id of the stream that the act is on

    def terms(self) -> Iterable[Term]:
        """The terms in which they may act today: their own, then those they stand in for."""
        own = self.organisation.offices_of(self.person, self.today)
        for term in (*own, *self.organisation.stood_in(self.person, self.today)):
            if self.office is None or term.id == self.office:
                yield term

    def as_holder(self, term: Term) -> By:
        """The signature of an act in this term, with both names where it is a deputy's (R8)."""
        behalf = None if term.person == self.person else term.person
        return By(self.person, term.office, term.unit, behalf, self.why)

    def with_right(self, right: str, unit: UnitId) -> By:
        """The signature in an office that gives a right over a unit; NotAllowed."""
        for term in self.terms():
            deputy = term.person != self.person
            if right not in rights_of(term.office) or (deputy and right in IN_PERSON):
                continue
            if self.organisation.reaches(term.unit, unit):
                return self.as_holder(term)
        raise NotAllowed()

    def with_any_right(self, rights: Iterable[str], unit: UnitId) -> By:
        """The signature in an office that gives one of these rights over a unit; NotAllowed."""
        for right in rights:
            try:
                return self.with_right(right, unit)
            except NotAllowed:
                continue
        raise NotAllowed()

    def with_right_in(self, rights: Iterable[str], unit: UnitId) -> By:
        """The signature in an office of just this unit that gives one of these rights; NotAllowed."""
        wanted = frozenset(rights)
        for term in self.terms():
            if term.unit == unit and not wanted.isdisjoint(rights_of(term.office)):
                return self.as_holder(term)
        raise NotAllowed()

    def as_member(self) -> By:
        """The signature of somebody who acts in no office, but as one of their branch."""
        known = self.organisation.people.get(self.person)
        if known is None:
            raise NotAllowed()
        return By(self.person, MEMBER, known.unit, None, self.why)

    def stands_in_for(self) -> tuple[PersonId, ...]:
        """For whom they act as deputies today (R8)."""
        return tuple(term.person for term in self.organisation.stood_in(self.person, self.today))

    def tied_to(self) -> tuple[PersonId, ...]:
        """Whose conflicts are theirs too: for whom they stand in (R8), and to whom these have ties (R5)."""
        return ties_of(self.organisation, self.person, self.today)
