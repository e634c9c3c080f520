"""The rows of ledgers as the drivers give them: on SQLite a value may be of any kind in any column."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Self

import msgspec
from asyncpg.pgproto.pgproto import UUID
from sqlalchemy import func, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import NullType

from shared.ledger_tables import events, heads, tiles
from shared.merkle import TILE, leaf_hash

LEVELS = 6  # of tiles: more than any position needs

EVENTS = select(  # as the drivers give it: what is of another kind than it must be is found, too
    events.c.position,
    type_coerce(events.c.stream, NullType()).label("stream"),
    events.c.version,
    events.c.name,
    events.c.recorded_at,
    type_coerce(events.c.command_id, NullType()).label("command_id"),
    type_coerce(events.c.body, NullType()).label("body"),
)
_position = select(func.max(events.c.position)).where(events.c.ledger == heads.c.ledger)
_first = select(func.min(events.c.position)).where(events.c.ledger == heads.c.ledger)
HEADS = select(
    heads.c.ledger,
    heads.c.position,
    heads.c.recorded_at,
    type_coerce(heads.c.leaf, NullType()).label("leaf"),
    type_coerce(heads.c.frontier, NullType()).label("frontier"),
    _position.scalar_subquery().label("last"),
    _first.scalar_subquery().label("first"),
)
TILES = select(
    tiles.c.number,
    type_coerce(tiles.c.hashes, NullType()).label("hashes"),
    type_coerce(tiles.c.root, NullType()).label("root"),
)


class Stored(msgspec.Struct, frozen=True, gc=False):
    """A row of events whose values are of the kinds that they must be, with its leaf hash."""

    position: int
    stream: UUID
    version: int
    name: str
    recorded_at: int
    command_id: UUID | str | None
    body: bytes
    leaf: bytes

    @classmethod
    def read(cls, row: Sequence[Any]) -> Self | None:
        """None where a value is of another kind, as only SQLite allows."""
        position, stream, version, name, recorded_at, command_id, body = row
        try:
            stream = UUID(stream) if type(stream) is str else stream
            leaf = leaf_hash(stream, version, body)
        except (TypeError, ValueError, AttributeError, struct.error):
            return None
        return cls(position, stream, version, name, recorded_at, command_id, body, leaf)


async def event_at(connection: AsyncConnection, ledger: str, position: int) -> Stored | None:
    """An event as it is stored; None where there is none that can be read."""
    query = EVENTS.where(events.c.ledger == ledger, events.c.position == position)
    row = (await connection.execute(query)).first()
    return None if row is None else Stored.read(row)


def too_many() -> Any:
    """Tiles that their ledger is too short for, by the head that the same statement sees."""
    size = select(heads.c.position).where(heads.c.ledger == tiles.c.ledger).scalar_subquery()
    wrong = (tiles.c.level < 0) | (tiles.c.level >= LEVELS) | (tiles.c.number < 0)
    for level in range(LEVELS):
        full = size.op("/")(TILE ** (level + 1))
        wrong = wrong | ((tiles.c.level == level) & (tiles.c.number >= full))
    return wrong
