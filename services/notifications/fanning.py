"""Very many are told in the background: a page is claimed, made and committed, and then the next (0100)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from prometheus_client import Counter
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notifications.fanouts import end_told, owed_on, since
from services.notifications.inboxes import Changed, nobody_looks
from services.notifications.obliged import make, row_of, settle
from services.notifications.planning import Planning
from services.notifications.tables import fanout_pages as g
from services.notifications.tables import fanouts as f
from shared.again import again
from shared.engines import begin
from shared.envelope import micros

LOOK_SECONDS = 1.0
PEOPLE = Counter("denggao_fanned_out", "People who were told page by page")


@asynccontextmanager
async def fanned(
    engine: AsyncEngine,
    planning: Planning,
    known: asyncio.Event,
    changed: Changed = nobody_looks,
    look_seconds: float = LOOK_SECONDS,
) -> AsyncIterator[None]:
    """Tell what waits for as long as the block lasts, once it is `known` where everybody is."""

    async def step() -> int:
        return await tell_page(engine, planning, changed) if await is_waiting(engine) else 0

    async with again("fanout", step, known, look_seconds):
        yield


async def is_waiting(engine: AsyncEngine) -> bool:
    """Whether anything is left to be told; nothing is locked."""
    async with engine.connect() as connection:
        return (
            await connection.execute(select(f.c.id).where(f.c.ended_at.is_(None)).limit(1))
        ).first() is not None


async def tell_page(engine: AsyncEngine, planning: Planning, changed: Changed = nobody_looks) -> int:
    """Claim a page that nobody else has, and tell its people; how many these were."""
    async with begin(engine) as connection:
        waiting = select(g).where(g.c.done_at.is_(None)).order_by(g.c.fanout, g.c.number).limit(1)
        first, now = (await connection.execute(waiting)).first(), planning.clock.now()
        if first is None:
            await end_told(connection, now)
            return 0
        # Before its pages, as by what ends or withdraws it, which waits for those who tell it; shared, so
        # that pages go side by side.
        shared = select(f).where(f.c.id == first.fanout).with_for_update(read=True)
        of = (await connection.execute(shared)).one()
        claim = waiting.where(g.c.fanout == of.id).with_for_update(skip_locked=True)
        page = (await connection.execute(claim)).first()
        if page is None:  # all of it are in hand, or over
            return 0
        await planning.book.know(connection, {of.rules})
        rows = [row_of(owed, of.project, of.event, since(of), rules=of.rules) for owed in owed_on(page, of)]
        new = await make(connection, planning, rows)
        this = update(g).where(g.c.fanout == page.fanout, g.c.number == page.number)
        await connection.execute(this.values(done_at=micros(now)))
        await settle(connection, planning, new, changed)
    PEOPLE.inc(len(rows))
    return len(rows)
