"""What became of deliveries: read with their attempts, and made to wait again where they are dead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, bindparam, case, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.notifications.outcomes import last_numbers
from services.notifications.planning import Planning
from services.notifications.tables import attempts, deliveries, obligations
from shared.domain import PersonId
from shared.engines import begin
from shared.envelope import micros
from shared.places import After

RESENT_AT_ONCE = 1000

d, o = deliveries.c, obligations.c


@dataclass(frozen=True, slots=True)
class Page:
    """Deliveries with rule, kind and recipient of their obligations, newest first, and their attempts."""

    rows: tuple[Row[Any], ...]
    attempts: dict[UUID, list[Row[Any]]]
    next: After | None


async def read(engine: AsyncEngine, which: ColumnElement[bool], after: After | None, limit: int) -> Page:
    """One page of some deliveries, by key."""
    about = (o.rule, o.kind, o.recipient, o.project)
    query = select(deliveries, *about).join(obligations, o.id == d.obligation).where(which)
    if after is not None:
        query = query.where(tuple_(d.made_at, d.id) < tuple_(after.at, UUID(after.id)))
    query = query.order_by(d.made_at.desc(), d.id.desc()).limit(limit + 1)
    async with engine.connect() as connection:
        rows = (await connection.execute(query)).all()
        shown = tuple(rows[:limit])
        tried = await attempts_of(connection, [row.id for row in shown])
    more = len(rows) > limit
    return Page(shown, tried, After(shown[-1].made_at, str(shown[-1].id)) if more else None)


async def resend(
    engine: AsyncEngine, planning: Planning, which: ColumnElement[bool], by: PersonId
) -> tuple[int, bool]:
    """Let dead ones wait again, with who said so; how many, and whether more are left.

    They go at once, or after the quiet hours of who is told.

    One that waits already stays as it is. What is a line of a summary is one again, under the same key.
    """
    async with begin(engine) as connection:
        query = select(d.id, d.person, d.urgent).where(which, d.state == "dead").order_by(d.made_at, d.id)
        query = query.limit(RESENT_AT_ONCE + 1).with_for_update()
        found = (await connection.execute(query)).all()
        dead = found[:RESENT_AT_ONCE]
        if dead:
            await _wait_again(connection, planning, dead, by)
    return len(dead), len(found) > len(dead)


async def _wait_again(
    connection: AsyncConnection, planning: Planning, dead: Sequence[Any], by: PersonId
) -> None:
    now, ids = planning.clock.now(), [row.id for row in dead]
    goes = await planning.awake(connection, {row.person for row in dead})
    again = {
        "state": case((d.slot.is_(None), "waiting"), else_="bundled"),
        "not_before": bindparam("goes"),
        "tries": 0,
        "cause": None,
        "ended_at": None,
    }
    moved = [{"of": row.id, "goes": micros(goes(row, now))} for row in dead]
    await connection.execute(update(deliveries).where(d.id == bindparam("of")).values(again), moved)
    numbers = await last_numbers(connection, ids)
    said = {"at": micros(now), "took_ms": 0, "outcome": "resent", "code": by, "answer": ""}
    noted = [{"delivery": id_, "number": numbers.get(id_, 0) + 1, **said} for id_ in ids]
    await connection.execute(insert(attempts), noted)


async def attempts_of(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, list[Row[Any]]]:
    """The attempts of each of these deliveries, in their order."""
    found: defaultdict[UUID, list[Row[Any]]] = defaultdict(list)
    query = select(attempts).where(attempts.c.delivery.in_(ids)).order_by(attempts.c.number)
    for row in await connection.execute(query):
        found[row.delivery].append(row)
    return found
