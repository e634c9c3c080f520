"""Who is away, as they said themselves, and who is told instead: whoever stands in for them in that seat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifications.domain.absence import Absence
from services.notifications.domain.heard import Seat
from services.notifications.tables import absences as a
from shared import engines
from shared.domain import PersonId
from shared.envelope import micros
from shared.offices import offices
from shared.organisation import Organisation


@dataclass(frozen=True, slots=True)
class Absences:
    """All that end on some day or later."""

    of: Mapping[PersonId, tuple[Absence, ...]]

    def away(self, person: PersonId, day: date) -> bool:
        """Whether somebody is away on that day."""
        return any(absence.holds(day) for absence in self.of.get(person, ()))

    def told_instead(
        self, person: PersonId, seat: Seat | None, organisation: Organisation, day: date
    ) -> PersonId:
        """Who is told of what waits in a seat on that day: they themselves, where nobody stands in.

        First a deputy of theirs (R8), else the nearest office above (R3). Where others hold the seat as
        well, they were told by name.
        """
        if seat is None or not self.away(person, day):
            return person
        terms = organisation.holders(seat.office, seat.unit, day)
        deputies = (d for term in terms if term.person == person for d in sorted(term.stood_in_by(day)))
        if deputy := next((d for d in deputies if not self.away(d, day)), None):
            return deputy
        if any(term.person != person and not self.away(term.person, day) for term in terms):
            return person
        if seat.office not in offices():  # what somebody is asked as a member is nobody else's
            return person
        away = frozenset(one for one in self.of if self.away(one, day))
        duty = organisation.nearest(seat.office, seat.unit, day, away)
        return duty.person if duty else person


async def absences_from(connection: AsyncConnection, day: date) -> Absences:
    """Of everybody who is away on that day or will be."""
    found = defaultdict[PersonId, list[Absence]](list)
    for row in await connection.execute(select(a).where(a.c.last >= day)):
        found[PersonId(row.person)].append(Absence(row.first, row.last))
    return Absences({person: tuple(some) for person, some in found.items()})


async def absences_of(connection: AsyncConnection, person: PersonId) -> tuple[Absence, ...]:
    """All of one person, the latest first."""
    query = select(a).where(a.c.person == person).order_by(a.c.first.desc())
    return tuple(Absence(row.first, row.last) for row in await connection.execute(query))


async def note(connection: AsyncConnection, person: PersonId, absence: Absence, at: datetime) -> None:
    """Keep it; another last day for the same first one takes its place."""
    row = {"person": person, "first": absence.first, "last": absence.last, "noted_at": micros(at)}
    await connection.execute(engines.upsert(a, connection), row)


async def cancel(connection: AsyncConnection, person: PersonId, first: date) -> None:
    """They are not away after all, from that day on."""
    await connection.execute(delete(a).where(a.c.person == person, a.c.first == first))
