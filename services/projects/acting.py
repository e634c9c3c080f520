"""In whose seat somebody acts on a project, or as whose custodian (R3, R10)."""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass

from services.projects.domain.dates import months_after
from services.projects.domain.project.content import Seat
from services.projects.domain.project.state import CUSTODIAN, SeatNotAddressed
from shared import acting
from shared.domain import By, NotAllowed, PersonId, UnitId
from shared.ties import units_of

NOBODY: Set[PersonId] = frozenset()


@dataclass(frozen=True, slots=True)
class Asking(acting.Asking):
    """Somebody at the moment of an act on what projects decides."""

    def as_custodian(self, office: str, unit: UnitId) -> By:
        """The signature of who keeps a vacant office going (R10); NotAllowed."""
        if self.organisation.custodian(office, unit, self.today) != self.person:
            raise NotAllowed()
        return By(self.person, CUSTODIAN, unit, None, self.why)

    def in_seat(
        self, seats: Iterable[Seat], without: Set[PersonId] = NOBODY, partner: UnitId | None = None
    ) -> tuple[By, Seat]:
        """The signature for the first addressed seat that is theirs, held or as the nearest (R3).

        Raises SeatNotAddressed where it is nobody's turn who asks.
        """
        seats = tuple(seats)
        terms = tuple(self.terms())
        for seat in seats:
            for term in terms:
                if (term.office, term.unit) == (seat.office, seat.unit):
                    return self.as_holder(term), seat
        for seat in seats:
            duty = self.organisation.nearest(seat.office, seat.unit, self.today, without, partner)
            if duty is not None and duty.person == self.person:
                return By(self.person, duty.office, duty.unit, None, self.why), seat
        raise SeatNotAddressed()

    def units(self, months: int = 0) -> tuple[UnitId, ...]:
        """Their units: their branch, where they hold an office or did in these months, by a tie (R5)."""
        since = months_after(self.today, -months)
        return units_of(self.organisation, self.person, since, self.today)


def tied_to_any(asking: Asking, people: Iterable[PersonId]) -> tuple[PersonId, ...]:
    """To whom any of these people has a tie today (R5)."""
    tied = (asking.organisation.tied(person, asking.today) for person in people)
    return tuple(sorted(frozenset[PersonId]().union(*tied)))
