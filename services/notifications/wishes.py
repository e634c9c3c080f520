"""What people wish of messages, as they said it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifications.domain.wishes import DEFAULT, Wishes
from services.notifications.tables import preferences as p
from shared import engines
from shared.domain import PersonId
from shared.envelope import micros
from shared.rows import in_parts
from shared.sentences import Language

_wishes = msgspec.json.Decoder(Wishes)


async def wishes_of(connection: AsyncConnection, people: Iterable[PersonId]) -> dict[PersonId, Wishes]:
    """Of each of them; of who never said any, what everybody gets."""
    asked = sorted(set(people))
    found = dict.fromkeys(asked, DEFAULT)
    for part in in_parts(asked):
        for row in await connection.execute(select(p).where(p.c.person.in_(part))):
            found[PersonId(row.person)] = _wishes.decode(row.wishes)
    return found


async def languages_of(connection: AsyncConnection, people: Iterable[PersonId]) -> dict[PersonId, Language]:
    """Of those who said which one they wish."""
    found = dict[PersonId, Language]()
    for part in in_parts(sorted(set(people))):
        for row in await connection.execute(select(p).where(p.c.person.in_(part))):
            found[PersonId(row.person)] = _wishes.decode(row.wishes).language
    return found


async def keep(connection: AsyncConnection, person: PersonId, wishes: Wishes, at: datetime) -> None:
    """In place of what they wished before."""
    row = {
        "person": person,
        "wishes": msgspec.json.encode(wishes).decode(),
        "changed_at": micros(at),
    }
    await connection.execute(engines.upsert(p, connection), row)
