"""Whether somebody was told, and in time: for themself and whoever leads or oversees the project (R67)."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from sqlalchemy import select

from services.notifications.api.shown import Deliveries, shown
from services.notifications.delivered import read
from services.notifications.domain.known import Known
from services.notifications.inboxes import stamp
from services.notifications.obliged import known_of
from services.notifications.parts import Parts, parts_of
from services.notifications.tables import deliveries, obligations
from services.notifications.undelivered import told
from shared.clock import SystemClock, today
from shared.domain import FIRST_OFFICE, NotKnown, PersonId, UnitId
from shared.engines import begin
from shared.places import PLACE, After
from shared.sight import seen_from
from shared.signed_in import SignedIn
from shared.web import Sending, language

router = APIRouter(prefix="/deliveries", tags=["deliveries"])
d, o = deliveries.c, obligations.c
_real = SystemClock()

Place = Annotated[str | None, Query(pattern=PLACE)]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("/of/{obligation}")
async def of_obligation(
    request: Request, obligation: UUID, person: SignedIn, after: Place = None, limit: Limit = 50
) -> Deliveries:
    """By which channels its recipient was told of it, when, and what was answered."""
    parts = parts_of(request)
    async with parts.truth.connect() as connection:
        query = select(o.recipient, o.project, o.rule, o.rules).where(o.id == obligation)
        row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotKnown()
        known = (await known_of(connection, [row.project]))[row.project]
        await parts.planning.book.know(connection, [row.rules])
    rule = parts.planning.book.rule_of(row.rules, row.rule)
    if row.recipient != person and ((rule and rule.sealed) or not oversees(parts, person, known)):
        raise NotKnown()
    which = d.obligation == obligation
    return shown(
        await read(parts.truth, which, After.read(after) if after else None, limit), language(request)
    )


@router.post("/{delivery}/told", status_code=204)
async def told_by_word(request: Request, delivery: UUID, person: SignedIn, sent: Sending) -> None:
    """Register that whom nothing reached was told by word: it ends what is owed for that (n45)."""
    parts = parts_of(request)
    async with begin(parts.truth) as connection:
        if await told(connection, [delivery], parts.rules, _real.now(), person):
            await stamp(connection, parts.live.changed)
            return
        mine = (o.subject == str(delivery)) & (o.recipient == person)
        if (await connection.execute(select(o.id).where(mine))).first() is None:  # else it was told before
            raise NotKnown()


def oversees(parts: Parts, person: PersonId, known: Known) -> bool:
    """Whether they lead the project, hold its unit's first office, or an office above with sight of it."""
    if not known.title:  # a review's: whom it tells is its jurors' and nobody else's affair
        return False
    day: date = today(parts.clock, parts.settings.time_zone)
    unit, organisation = UnitId(known.unit), parts.group.organisation
    first = any(person in organisation.persons(office, unit, day) for office in FIRST_OFFICE.values())
    return person == known.lead or first or seen_from(organisation, person, unit, day)
