"""Who asks for suspicions: in which offices, up to where their unit reaches, and on the record (R76)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from fastapi import Request

from services.evaluation.parts import Parts, parts_of
from shared.clock import today
from shared.domain import NotAllowed, PersonId, UnitId
from shared.look import What
from shared.looking import looking_from, take_look
from shared.organisation import Organisation, Term


@dataclass(frozen=True, slots=True)
class Looking:
    """Somebody of audit or discipline, in all their offices."""

    parts: Parts
    person: PersonId
    offices: Sequence[Term]

    @property
    def known(self) -> Organisation:
        """The organisation as it stands."""
        return self.parts.group.organisation

    @property
    def day(self) -> date:
        """Today."""
        return today(self.parts.clock, self.parts.settings.time_zone)

    def reaches(self, unit: str) -> bool:
        """Whether one of the offices reaches a unit."""
        return any(self.known.reaches(office.unit, UnitId(unit)) for office in self.offices)

    def above(self, units: Sequence[UnitId]) -> list[Term]:
        """The offices that reach all of these."""
        return [
            office for office in self.offices if all(self.known.reaches(office.unit, one) for one in units)
        ]

    async def look(self, request: Request, what: What, of: str, term: Term | None = None) -> None:
        """On the record before anything is seen."""
        await take_look(request, self.parts.writer, self.person, term or self.offices[0], what, of)


def looking(request: Request, person: PersonId, refusal: type[NotAllowed]) -> Looking:
    """This refusal for whoever holds no office of audit or discipline."""
    parts = parts_of(request)
    day = today(parts.clock, parts.settings.time_zone)
    offices = list(looking_from(parts.group.organisation, person, None, day))
    if not offices:
        raise refusal()
    return Looking(parts, person, offices)
