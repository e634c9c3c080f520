"""Who was told what of a project, as it stood at a moment: each entry of the inbox with its deliveries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, tzinfo
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import Row, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifications.delivered import attempts_of
from services.notifications.domain.later import Name, name_in, seat_of
from services.notifications.domain.recipients import JUROR
from services.notifications.rulebook import Rulebook
from services.notifications.tables import deliveries, obligations
from shared.domain import PersonId
from shared.envelope import micros, moment
from shared.places import After
from shared.rows import in_parts

Zone = Callable[[PersonId], tzinfo]  # where somebody is: whether a day was kept is said by their days
d, o = deliveries.c, obligations.c


class Tried(msgspec.Struct, frozen=True):
    """One attempt of a delivery, or (`resent`) that somebody let it wait again."""

    number: int
    at: datetime
    took_ms: int
    outcome: str
    code: str  # the receiver's own
    answer: str  # its words, without addresses
    by: PersonId | None  # who had it sent again


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery: by which channel, to the recipient or to whoever stood in, and what became of it."""

    channel: str
    person: PersonId
    planned_at: datetime
    attempts: tuple[Tried, ...]
    state: str | None  # sent, dead or needless; None: still open
    cause: str | None
    ended_at: datetime | None
    before_due: (
        bool | None
    )  # whether it was sent by the last day; None where there is none, or it may still be


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """One entry in one inbox. `told_at` is the moment of the event, or of the reminder or escalation."""

    id: UUID
    event: str  # <service>/<ledger>/<position>, from which the duty follows
    rule: str
    rules: int  # version of the rules
    kind: str
    told_as: Literal["notice"] | Name
    person: PersonId
    office: str  # in which somebody was addressed; "" where as who they are
    unit: str
    due: date | None
    told_at: datetime
    told_before_due: bool | None
    read_at: datetime | None
    done_at: datetime | None
    done_by_recipient: bool | None  # False: a colleague did it, or it came to an end otherwise
    done_by_event: str | None
    done_before_due: bool | None  # of a duty; None as long as it may still be kept
    deliveries: tuple[Outside, ...]


async def told_of(
    connection: AsyncConnection,
    project: UUID,
    book: Rulebook,
    at: datetime,
    zone: Zone,
    page: tuple[After | None, int] | None = None,
) -> list[Told]:
    """Entries of a project that were there at a moment, as they stood then, oldest first.

    `page`: newest first, at most so many of those before a place.
    Without what is sealed, what is addressed to jurors (R68), and what people began themselves.
    """
    await book.in_force(connection)
    query = select(obligations).where(
        o.project == str(project),
        o.kind != "started",
        o.recipient != JUROR,
        o.rule.not_in(book.sealed),
        o.created_at <= micros(at),
    )
    if page is None:
        query = query.order_by(o.created_at, o.id)
    else:
        before, at_most = page
        if before is not None:
            query = query.where(tuple_(o.created_at, o.id) < tuple_(before.at, UUID(before.id)))
        query = query.order_by(o.created_at.desc(), o.id.desc()).limit(at_most)
    rows = (await connection.execute(query)).all()
    await book.know(connection, {row.rules for row in rows})
    outside = await _outside(connection, rows, at, zone)
    return [_told(row, outside.get(row.id, []), at, zone) for row in rows]


def place_of(told: Told) -> After:
    """Behind which the next ones come."""
    return After(micros(told.told_at), str(told.id))


def _told(row: Row[Any], outside: Iterable[Outside], at: datetime, zone: Zone) -> Told:
    seat, where = seat_of(row.occurrence), zone(PersonId(row.recipient))
    done = row.done_at is not None and row.done_at <= micros(at)
    of_duty = row.kind == "todo"
    ended = moment(row.done_at) if done and of_duty else None  # of what is told later: the duty's end
    return Told(
        id=row.id,
        event=row.event,
        rule=row.rule,
        rules=row.rules,
        kind=row.kind,
        told_as=name_in(row.occurrence) or "notice",
        person=PersonId(row.recipient),
        office=seat.office if seat else "",
        unit=seat.unit if seat else "",
        due=row.due,
        told_at=moment(row.created_at),
        told_before_due=_kept(row.due, moment(row.created_at), where),
        read_at=moment(row.read_at) if row.read_at is not None and row.read_at <= micros(at) else None,
        done_at=ended,
        done_by_recipient=bool(row.done_by_recipient) if ended else None,
        done_by_event=row.done_by_event if ended else None,
        done_before_due=_in_time(row.due, ended, at, where) if of_duty else None,
        deliveries=tuple(outside),
    )


def _kept(due: date | None, at: datetime, zone: tzinfo) -> bool | None:
    return None if due is None else at.astimezone(zone).date() <= due


def _in_time(due: date | None, done_at: datetime | None, at: datetime, zone: tzinfo) -> bool | None:
    """Whether it was done by the last day; None where there is none, or while it may still be kept."""
    if done_at is not None:
        return _kept(due, done_at, zone)
    return False if _kept(due, at, zone) is False else None


async def _outside(
    connection: AsyncConnection, rows: Iterable[Row[Any]], at: datetime, zone: Zone
) -> dict[UUID, list[Outside]]:
    """The deliveries of these entries, by entry, as they stood then."""
    due, found = {row.id: row.due for row in rows}, dict[UUID, list[Outside]]()
    for part in in_parts(sorted(due)):
        query = select(deliveries).where(d.obligation.in_(part), d.made_at <= micros(at))
        made = (await connection.execute(query.order_by(d.made_at, d.id))).all()
        tried = await attempts_of(connection, [row.id for row in made])
        for row in made:
            there = [one for one in tried.get(row.id, []) if one.at <= micros(at)]
            entry = _delivery(row, there, due[row.obligation], at, zone(PersonId(row.person)))
            found.setdefault(row.obligation, []).append(entry)
    return found


def _delivery(
    row: Row[Any], tried: Iterable[Row[Any]], due: date | None, at: datetime, zone: tzinfo
) -> Outside:
    ended = moment(row.ended_at) if row.ended_at is not None and row.ended_at <= micros(at) else None
    sent_at = ended if row.state == "sent" else None
    needless = ended is not None and row.state == "needless"
    return Outside(
        channel=row.channel,
        person=PersonId(row.person),
        planned_at=moment(row.made_at),
        attempts=tuple(_tried(one) for one in tried),
        state=row.state if ended else None,
        cause=row.cause if ended else None,
        ended_at=ended,
        before_due=None if needless else _in_time(due, sent_at, at, zone),
    )


def _tried(row: Row[Any]) -> Tried:
    resent = row.outcome == "resent"
    return Tried(
        row.number,
        moment(row.at),
        row.took_ms,
        row.outcome,
        "" if resent else row.code,
        row.answer,
        PersonId(row.code) if resent else None,
    )
