"""What of a channel's deliveries goes now: urgent first, what is done already never, a summary as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Row, String, and_, case, cast, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifications.tables import attempts, deliveries, obligations
from shared.domain import PersonId
from shared.envelope import micros

SUMMARIES = UUID("0d6f9a55-0a0e-5c62-9f0a-93b2f1c0a7d4")
A_MINUTE = timedelta(minutes=1)

d, o = deliveries.c, obligations.c


@dataclass(frozen=True, slots=True)
class Parcel:
    """What goes as one message to one person: a delivery, or all lines of a summary.

    Rows have the columns of the delivery and, of its obligation, those that say what it is about.
    """

    id: str
    person: PersonId
    rows: tuple[Row[Any], ...]

    @property
    def bundled(self) -> bool:
        """Whether it is a summary."""
        return self.rows[0].slot is not None


async def take(
    connection: AsyncConnection, company: str, channel: str, now: datetime, room: int, to_one: int
) -> list[Parcel]:
    """At most so many messages, and to one receiver no more than so many a minute; the others wait."""
    due = and_(d.company == company, d.channel == channel, d.not_before <= micros(now))
    done = select(o.id).where(o.id == d.obligation, o.done_at.is_not(None)).exists()
    gone = {"state": "needless", "cause": "done", "ended_at": micros(now)}
    await connection.execute(
        update(deliveries).where(due, d.state.in_(("waiting", "bundled")), done).values(gone)
    )
    of_channel = and_(d.company == company, d.channel == channel)
    found = [*await _single(connection, due, room), *await _summaries(connection, of_channel, now, room)]
    found.sort(key=lambda parcel: (parcel.rows[0].urgent, parcel.rows[0].not_before))
    went = await _went_lately(connection, company, channel, {p.person for p in found}, now)
    goes, waits = list[Parcel](), list[UUID]()
    for parcel in found[:room]:
        if went[parcel.person] >= to_one:
            waits += (row.id for row in parcel.rows)
            continue
        went[parcel.person] += 1
        goes.append(parcel)
    if waits:
        later = {"not_before": micros(now + A_MINUTE)}
        await connection.execute(update(deliveries).where(d.id.in_(waits)).values(later))
    return goes


async def _single(connection: AsyncConnection, due: ColumnElement[bool], room: int) -> list[Parcel]:
    query = _lines().where(due, d.state == "waiting").order_by(d.urgent, d.not_before, d.id).limit(room)
    return [Parcel(str(row.id), row.person, (row,)) for row in await connection.execute(query)]


async def _summaries(
    connection: AsyncConnection, of_channel: ColumnElement[bool], now: datetime, room: int
) -> list[Parcel]:
    """Those of which no line has to wait any more."""
    slots = (
        select(d.person, d.slot)
        .where(of_channel, d.state == "bundled")
        .group_by(d.person, d.slot)
        .having(func.max(d.not_before) <= micros(now))
        .order_by(func.min(d.not_before), d.person, d.slot)
        .limit(room)
    )
    keys = [(row.person, row.slot) for row in await connection.execute(slots)]
    if not keys:
        return []
    query = _lines().where(of_channel, d.state == "bundled", tuple_(d.person, d.slot).in_(keys))
    rows = (await connection.execute(query.order_by(d.made_at, d.id))).all()
    return list(_bundles(rows))


def _bundles(rows: Sequence[Row[Any]]) -> Iterable[Parcel]:
    bundles: dict[tuple[str, str], list[Row[Any]]] = {}
    for row in rows:
        bundles.setdefault((row.person, row.slot), []).append(row)
    for lines in bundles.values():
        yield Parcel(summary_id(row.id for row in lines), lines[0].person, tuple(lines))


def summary_id(lines: Iterable[UUID]) -> str:
    """The idempotency key of a summary: the same for every try of the same deliveries.

    One with another line is another message: whoever drops what they had already would lose that line.
    """
    return str(uuid5(SUMMARIES, "\n".join(sorted(map(str, lines)))))


def _lines() -> Any:
    about = (o.event, o.rule, o.rules, o.kind, o.project, o.facts, o.due, o.occurrence, o.created_at)
    return select(deliveries, *about).join(obligations, o.id == d.obligation)


async def _went_lately(
    connection: AsyncConnection, company: str, channel: str, people: set[PersonId], now: datetime
) -> Counter[PersonId]:
    """How many messages each was sent in the last minute; lines of a summary are one."""
    if not people:
        return Counter()
    message = case((d.slot.is_(None), cast(d.id, String)), else_=d.slot)
    query = (
        select(d.person, func.count(message.distinct()).label("went"))
        .join(attempts, attempts.c.delivery == d.id)
        .where(d.company == company, d.channel == channel, d.person.in_(people))
        .where(attempts.c.at > micros(now - A_MINUTE), attempts.c.outcome != "resent")
        .group_by(d.person)
    )
    return Counter({row.person: row.went for row in await connection.execute(query)})
