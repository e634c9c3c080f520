"""What obliges very many at once: whom is decided with its event, and they are told page by page (0100)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

import msgspec
from sqlalchemy import ColumnElement, Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifications.domain.obligation import Closing, Obligation
from services.notifications.tables import fanout_pages as g
from services.notifications.tables import fanouts as f
from shared import engines
from shared.domain import PersonId
from shared.envelope import micros, moment
from shared.withdrawn import says, without

MANY = 500  # who are told at once; more are told page by page
ON_A_PAGE = 250
SHOWN = 50
FANOUTS = UUID("c1a6b7f4-1a0d-5c55-9a7e-4d0e6a3d9b21")

_page = msgspec.json.Decoder(list[tuple[PersonId, str]])


async def fan_out(
    connection: AsyncConnection,
    made: Sequence[Obligation],
    project: str,
    event: str,
    at: datetime,
    rules: int,  # their version
) -> None:
    """Keep whom one rule has told of one event; the second time changes nothing."""
    one = made[0]
    row = {
        "id": uuid5(FANOUTS, f"{event}\n{one.rule}\n{project}"),
        "event": event,
        "rule": one.rule,
        "rules": rules,
        "kind": one.kind,
        "project": project,
        "subject": one.subject,
        "facts": msgspec.json.encode(one.facts).decode(),
        "due": one.due,
        "created_at": micros(at),
        "people": len(made),
    }
    if not (await connection.execute(engines.insert(f, connection).on_conflict_do_nothing(), row)).rowcount:
        return
    parts = [made[first : first + ON_A_PAGE] for first in range(0, len(made), ON_A_PAGE)]
    pages = [
        {"fanout": row["id"], "number": number, "recipients": _written(part), "people": len(part)}
        for number, part in enumerate(parts, 1)
    ]
    await connection.execute(g.insert(), pages)


def owed_on(page: Row[Any], of: Row[Any]) -> list[Obligation]:
    """What the people of a page owe."""
    facts = msgspec.json.decode(of.facts, type=dict[str, str])
    return [
        Obligation(of.rule, seat, person, of.kind, of.subject, facts, of.due)
        for person, seat in _page.decode(page.recipients)
    ]


async def leave_out(
    connection: AsyncConnection, project: str, ends: Closing, event: str, at: datetime
) -> None:
    """Whose duty an act ends before it was told is not told of it.

    Pages that are being told now are waited for: what they made, the act ends as everything else.
    """
    which = [f.c.kind == "todo", f.c.event != event]
    if ends.rules is not None:
        which.append(f.c.rule.in_(ends.rules))
    if ends.subject is not None:
        which.append(f.c.subject == ends.subject)
    for of in await _open(connection, project, *which):
        pages = select(g).where(g.c.fanout == of.id, g.c.done_at.is_(None)).order_by(g.c.number)
        for page in (await connection.execute(pages)).all():
            people = _page.decode(page.recipients)
            left = [(person, seat) for person, seat in people if not _ended(ends, person, seat)]
            this = (g.c.fanout == of.id, g.c.number == page.number)
            if not left:
                await connection.execute(delete(g).where(*this))
            elif len(left) < len(people):
                shorter = {"recipients": msgspec.json.encode(left).decode(), "people": len(left)}
                await connection.execute(update(g).where(*this).values(**shorter))
        await end_told(connection, at)


async def withdraw(connection: AsyncConnection, project: str, text: str) -> None:
    """Whoever is told from now on is told without this text."""
    for of in await _open(connection, project):
        facts = msgspec.json.decode(of.facts)
        if says(facts, text):
            shown = msgspec.json.encode(without(facts, {text})).decode()
            await connection.execute(update(f).where(f.c.id == of.id).values(facts=shown))


async def end_told(connection: AsyncConnection, at: datetime) -> None:
    """Those of which no page is left have ended."""
    waiting = select(g.c.number).where(g.c.fanout == f.c.id, g.c.done_at.is_(None)).exists()
    await connection.execute(update(f).where(f.c.ended_at.is_(None), ~waiting).values(ended_at=micros(at)))


async def progress(connection: AsyncConnection) -> Sequence[Row[Any]]:
    """The latest, each with how many people were told."""
    told = select(func.coalesce(func.sum(g.c.people), 0)).where(
        g.c.fanout == f.c.id, g.c.done_at.is_not(None)
    )
    query = select(f, told.scalar_subquery().label("told")).order_by(f.c.created_at.desc(), f.c.id)
    return (await connection.execute(query.limit(SHOWN))).all()


async def _open(connection: AsyncConnection, project: str, *which: ColumnElement[bool]) -> Sequence[Row[Any]]:
    """Those that are not told to the end, each locked: no page of it is in hand."""
    query = select(f).where(f.c.project == project, f.c.ended_at.is_(None), *which).order_by(f.c.id)
    return (await connection.execute(query.with_for_update())).all()


def _ended(ends: Closing, person: PersonId, seat: str) -> bool:
    of_seat = ends.seats is None or seat in ends.seats
    return of_seat and ends.recipient in (None, person)


def _written(part: Sequence[Obligation]) -> str:
    return msgspec.json.encode([(owed.recipient, owed.occurrence) for owed in part]).decode()


def since(of: Row[Any]) -> datetime:
    """When its event was recorded, which is when its people owe it since."""
    return moment(of.created_at)
