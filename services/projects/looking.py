"""Who looks at a record of this service as audit or discipline (R76)."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import Request

from services.projects.parts import Parts, parts_of
from shared import looking
from shared.clock import today
from shared.domain import PersonId, UnitId
from shared.look import What
from shared.organisation import Term


def looking_from(parts: Parts, person: PersonId, unit: UnitId | None) -> Iterable[Term]:
    """The offices of audit and discipline in which somebody looks at a unit today, or (None) at all."""
    day = today(parts.clock, parts.settings.time_zone)
    return looking.looking_from(parts.organisation, person, unit, day)


async def note_look(
    request: Request, person: PersonId, what: What, of: str = "", unit: UnitId | None = None, drawn: str = ""
) -> None:
    """Record that somebody looks in an office of audit or discipline; nothing for anybody else."""
    parts = parts_of(request)
    term = next(iter(looking_from(parts, person, unit)), None)
    await looking.take_look(request, parts.writer, person, term, what, of, drawn)
