"""Who looks at a record as audit or discipline is on the record before they see it (R76)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from fastapi import Request
from prometheus_client import Counter

from services.projects.domain.look import LOOK, TakeLook, What
from services.projects.ids import looks_id
from services.projects.parts import Parts, parts_of
from shared.clock import today
from shared.decision import Submission
from shared.domain import By, PersonId, UnitId
from shared.ledger import ACCESS
from shared.offices import rights_of
from shared.organisation import Term

AUDIT, DISCIPLINE = "read", "read_restricted"  # rights
LOOKS = Counter("denggao_looks", "Looks of audit and discipline at records")


def looking_from(parts: Parts, person: PersonId, unit: UnitId | None) -> Iterable[Term]:
    """The offices of audit and discipline in which somebody looks at a unit today, or (None) at all."""
    known, day = parts.organisation, today(parts.clock, parts.settings.time_zone)
    for term in known.offices_of(person, day):
        if rights_of(term.office) & {AUDIT, DISCIPLINE} and (unit is None or known.reaches(term.unit, unit)):
            yield term


async def note_look(
    request: Request, person: PersonId, what: What, of: str = "", unit: UnitId | None = None, drawn: str = ""
) -> None:
    """Record that somebody looks in an office of audit or discipline; nothing for anybody else.

    One request is one look, whatever it reads: an export is not as many looks as it has pages.
    `drawn`: what we chose that the question had left open, as it could have been asked.
    """
    parts = parts_of(request)
    term = next(iter(looking_from(parts, person, unit)), None)
    if term is None or getattr(request.state, "looked", False):
        return
    request.state.looked = True
    asked = "&".join(filter(None, (request.url.query, drawn)))
    command = TakeLook(By(person, term.office, term.unit), what, of, asked)
    await parts.writer.submit(
        Submission(ledger=ACCESS, stream=UUID(looks_id(person)), decider=LOOK, prepare=lambda _: command)
    )
    LOOKS.inc()
