"""The ledgers of one service in its database: reading them, and the one append."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import (
    ARRAY,
    BigInteger,
    BindParameter,
    Column,
    ColumnElement,
    Integer,
    LargeBinary,
    Row,
    Select,
    Text,
    TextClause,
    Uuid,
    and_,
    any_,
    bindparam,
    exists,
    insert,
    literal,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.types import NullType

from shared import engines
from shared.codec import NewerEvent, Schema, unseal
from shared.envelope import Recorded, micros
from shared.ledger_tables import events, heads, tiles
from shared.merkle import TILE, Frontier, leaf_hash, root_of

HOMES_AT_MOST = 100_000
DISCIPLINE = "discipline"
ACCESS = "access"  # who looked at what
RESTRICTED = frozenset({ACCESS, DISCIPLINE})  # ledgers that no view follows and no other service hears of
_STORED = (
    events.c.ledger,
    events.c.position,
    events.c.stream,
    events.c.version,
    type_coerce(events.c.body, NullType()).label("body"),  # as the drivers give it: bytes, never copied
)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a ledger ends: its size, the time and the leaf hash of its last event, its tree."""

    ledger: str
    position: int = 0
    recorded_at: int = 0  # microseconds since 1970 UTC
    leaf: bytes = b""
    frontier: Frontier = field(default_factory=Frontier)


class Entry(Struct, frozen=True):
    """One event about to be appended: its columns and its bytes."""

    stream: UUID
    version: int
    name: str
    command_id: UUID | None
    body: bytes


@dataclass(frozen=True, slots=True)
class Block:
    """Events for one ledger on top of the head that the writer knows."""

    head: Head
    after: Head  # the head once these events lie in the ledger
    entries: tuple[Entry, ...]
    leaves: tuple[bytes, ...]

    @classmethod
    def on(cls, head: Head, recorded_at: int, entries: Sequence[Entry]) -> Block:
        """The block that grows this head by these events, hashed."""
        leaves = tuple(leaf_hash(entry.stream, entry.version, entry.body) for entry in entries)
        position = head.position + len(entries)
        after = Head(head.ledger, position, recorded_at, leaves[-1], head.frontier.grown(leaves))
        return cls(head, after, tuple(entries), leaves)


class HeadMoved(Exception):
    """Another process appended first: read the tail and decide again."""


class Ledgers:
    """All ledgers of one service in one database."""

    def __init__(self, engine: AsyncEngine, service: str, schema: Schema) -> None:
        self.engine = engine
        self.service = service
        self.schema = schema
        self._homes: dict[UUID, str] = {}  # where streams were found; the writer leads on from there
        self._sqlite = engines.is_sqlite(engine)
        self._autocommit = engine if self._sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")

    # -- reading ------------------------------------------------------------------------------

    async def heads(self) -> dict[str, Head]:
        """Every ledger's head, by the ledger's name."""
        return {row.ledger: _head(row) for row in await self._rows(select(heads))}

    async def head(self, ledger: str) -> Head:
        """One ledger's head; an empty one where nothing was ever written."""
        rows = await self._rows(select(heads).where(heads.c.ledger == ledger))
        return _head(rows[0]) if rows else Head(ledger)

    async def read_ledger(
        self, ledger: str, after: int, limit: int = 500, upto: int | None = None
    ) -> list[Recorded]:
        """The events of a ledger behind a position, in order, at most `limit`."""
        query = select(*_STORED).where(events.c.ledger == ledger, events.c.position > after)
        if upto is not None:
            query = query.where(events.c.position <= upto)
        rows = await self._rows(query.order_by(events.c.position).limit(limit))
        return [self._recorded(row) for row in rows]

    async def ledger_of(self, stream: UUID) -> str | None:
        """The name of the ledger in which a stream goes on; None for one that never began.

        It may have left it since: who submits a command there is led on (R70).
        """
        if stream not in self._homes:
            query = select(events.c.ledger).where(events.c.stream == stream)
            rows = await self._rows(query.order_by(events.c.version.desc()).limit(1))
            if not rows:
                return None
            self.found(stream, rows[0].ledger)
        return self._homes[stream]

    def found(self, stream: UUID, ledger: str) -> None:
        """Remember in which ledger a stream goes on."""
        if len(self._homes) == HOMES_AT_MOST:
            self._homes.clear()
        self._homes[stream] = ledger

    async def ends(self, ledger: str) -> list[Recorded]:
        """The last event of each stream that lies in a ledger, in order; of those that left, with which."""
        later = events.alias()
        follows = and_(later.c.stream == events.c.stream, later.c.version == events.c.version + 1)
        query = select(*_STORED).where(events.c.ledger == ledger, ~exists().where(follows))
        return [self._recorded(row) for row in await self._rows(query.order_by(events.c.position))]

    async def named(self, ledger: str, name: str) -> list[Recorded]:
        """All events of this name in a ledger, in order."""
        query = select(*_STORED).where(events.c.ledger == ledger, events.c.name == name)
        return [self._recorded(row) for row in await self._rows(query.order_by(events.c.position))]

    async def read_stream(
        self, stream: UUID, first: int = 1, last: int | None = None, as_of: datetime | None = None
    ) -> list[Recorded]:
        """A stream's events from version `first` to `last`, as recorded up to the moment `as_of`."""
        query = select(*_STORED).where(events.c.stream == stream, events.c.version >= first)
        if last is not None:
            query = query.where(events.c.version <= last)
        if as_of is not None:
            query = query.where(events.c.recorded_at <= micros(as_of))
        return [self._recorded(row) for row in await self._rows(query.order_by(events.c.version))]

    async def read_streams(self, wanted: Iterable[tuple[UUID, str, int]]) -> dict[UUID, list[Recorded]]:
        """Several streams in one query, each (stream, ledger, up to that ledger's position).

        What of a stream lies in other ledgers is read to its end.
        """
        wanted = list(wanted)
        found: dict[UUID, list[Recorded]] = {stream: [] for stream, _, _ in wanted}
        if not wanted:
            return found
        bounds = {(stream, ledger): position for stream, ledger, position in wanted}
        query = select(*_STORED).where(self._among(events.c.stream, list(found)))
        for row in await self._rows(query.order_by(events.c.stream, events.c.version)):
            # Not in the query: with positions in it SQLite reads the whole ledger instead of the streams.
            if row.position <= bounds.get((row.stream, row.ledger), row.position):
                found[row.stream].append(self._recorded(row))
        return found

    async def find_commands(self, command_ids: Sequence[UUID]) -> dict[UUID, Recorded]:
        """The first events of decisions already taken, by their command's id."""
        query = select(*_STORED, events.c.command_id).where(self._among(events.c.command_id, command_ids))
        return {row.command_id: self._recorded(row[:-1]) for row in await self._rows(query)}

    async def open_leaves(self, head: Head) -> list[bytes]:
        """Leaf hashes of the tile that is not full yet, read from the events themselves."""
        start = head.position - head.position % TILE
        return await self.leaves(head.ledger, start, head.position) if start < head.position else []

    async def leaves(self, ledger: str, after: int, upto: int) -> list[bytes]:
        """Leaf hashes of the events behind a position up to another, computed from what is stored."""
        query = (
            select(events.c.stream, events.c.version, events.c.body)
            .where(events.c.ledger == ledger)
            .where(events.c.position > after, events.c.position <= upto)
            .order_by(events.c.position)
        )
        return [leaf_hash(row.stream, row.version, row.body) for row in await self._rows(query)]

    async def clock(self) -> int | None:
        """The database's own clock in microseconds; None where it is this machine's anyway."""
        if self._sqlite:
            return None
        rows = await self._rows(
            text("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS at")
        )
        return int(rows[0].at)

    def _recorded(self, row: Sequence[Any]) -> Recorded:
        """The event of a row of `_STORED`; its `event` is None for a name or schema that is not known."""
        ledger, position, stream, version, body = row
        envelope = unseal(body)
        try:
            event = self.schema.read(envelope)
        except NewerEvent:
            event = None
        return Recorded(self.service, ledger, position, stream, version, body, envelope, event)

    def _among(self, column: Column[UUID], ids: Sequence[UUID]) -> ColumnElement[bool]:
        """Whether the column holds one of these; where there are arrays one statement serves any number."""
        return column.in_(ids) if self._sqlite else column == any_(literal(ids, ARRAY(Uuid)))

    async def _rows(self, query: Select[Any] | TextClause) -> Sequence[Row[Any]]:
        async with self._autocommit.connect() as connection:
            return (await connection.execute(query)).all()

    # -- appending ----------------------------------------------------------------------------

    async def open(self, ledger: str) -> Head:
        """The head of a ledger that is about to be written, made where it is new."""
        statement = engines.insert(heads, self.engine).on_conflict_do_nothing()
        async with engines.begin(self.engine) as connection:
            await connection.execute(
                statement, {"ledger": ledger, "position": 0, "recorded_at": 0, "leaf": b"", "frontier": b""}
            )
        return await self.head(ledger)

    @asynccontextmanager
    async def alone(self, ledgers: Iterable[str]) -> AsyncIterator[AsyncConnection]:
        """A write transaction in which nobody else appends to these ledgers.

        For who lost too many races: a process that appends often and little would win them all.
        """
        async with engines.begin(self.engine) as connection:  # on SQLite this is all that it takes
            if not self._sqlite:
                await connection.execute(_BRIEFLY)  # stopped in here, nobody waits longer than a stamp lasts
                held = select(heads.c.ledger).where(heads.c.ledger.in_(sorted(ledgers)))
                await connection.execute(held.order_by(heads.c.ledger).with_for_update())
            yield connection

    async def append(
        self,
        blocks: Sequence[Block],
        open_leaves: dict[str, list[bytes]],
        give_up_at: float | None = None,
        within: AsyncConnection | None = None,
    ) -> None:
        """Move each head by compare-and-set together with its events, all or nothing.

        On PostgreSQL one block, in one statement and so one round trip; on SQLite one IMMEDIATE
        transaction; or `within` a transaction that the caller commits.
        Raises HeadMoved, IntegrityError when a command id is already there, or TimeoutError when it
        is not under way by `give_up_at` (the event loop's time): what was stamped then is too old.
        """
        full = [tile for block in blocks for tile in await self._full_tiles(block, open_leaves)]
        if self._sqlite:
            async with nullcontext(within) if within else engines.begin(self.engine) as connection:
                if (
                    give_up_at and asyncio.get_running_loop().time() > give_up_at
                ):  # somebody else held the file for long
                    raise TimeoutError
                for block in blocks:
                    await self._append_sqlite(connection, block)
                if full:
                    await connection.execute(insert(tiles), full)
            return
        (block,) = blocks
        async with nullcontext(within) if within else self._autocommit.connect() as connection:
            async with asyncio.timeout_at(give_up_at):
                result = await connection.execute(
                    _APPEND_WITH_TILES if full else _APPEND, _arrays(block, full)
                )
            if result.rowcount != len(block.entries):
                raise HeadMoved(block.head.ledger)

    async def _append_sqlite(self, connection: AsyncConnection, block: Block) -> None:
        after = block.after
        moved = await connection.execute(
            update(heads)
            .where(heads.c.ledger == after.ledger, heads.c.position == block.head.position)
            .where(heads.c.leaf == block.head.leaf)
            .values(
                position=after.position,
                recorded_at=after.recorded_at,
                leaf=after.leaf,
                frontier=after.frontier.packed(),
            )
        )
        if moved.rowcount != 1:
            raise HeadMoved(after.ledger)
        await connection.execute(
            insert(events),
            [
                {
                    "ledger": after.ledger,
                    "position": position,
                    "stream": entry.stream,
                    "version": entry.version,
                    "name": entry.name,
                    "recorded_at": after.recorded_at,
                    "command_id": entry.command_id,
                    "body": entry.body,
                }
                for position, entry in enumerate(block.entries, block.head.position + 1)
            ],
        )

    async def _full_tiles(self, block: Block, open_leaves: dict[str, list[bytes]]) -> list[dict[str, Any]]:
        """The tiles that this block completes, lowest level first."""
        ledger, full = block.head.ledger, []
        level, hashes = 0, [*open_leaves[ledger], *block.leaves]
        first = (block.head.position - len(open_leaves[ledger])) // TILE  # number of the tile that is open
        while len(hashes) >= TILE:
            roots = []
            for number in range(first, first + len(hashes) // TILE):
                part = hashes[(number - first) * TILE : (number - first + 1) * TILE]
                roots.append(root_of(part))
                full.append(
                    {
                        "ledger": ledger,
                        "level": level,
                        "number": number,
                        "hashes": b"".join(part),
                        "root": roots[-1],
                    }
                )
            level, start = level + 1, first - first % TILE  # earlier roots that share the upper tile
            query = (
                select(tiles.c.root)
                .where(tiles.c.ledger == ledger, tiles.c.level == level - 1)
                .where(tiles.c.number >= start, tiles.c.number < first)
                .order_by(tiles.c.number)
            )
            needed = (first - start) + len(roots) >= TILE
            earlier = [row.root for row in await self._rows(query)] if needed else []
            hashes, first = [*earlier, *roots] if needed else [], start // TILE
        return full


_BRIEFLY = text("SET LOCAL idle_in_transaction_session_timeout = '3s'")
_MOVE = """WITH moved AS (
  UPDATE ledger_heads SET position = :position, recorded_at = :recorded_at, leaf = :leaf, frontier = :frontier
  WHERE ledger = :ledger AND position = :expected AND leaf = :expected_leaf RETURNING 1)"""
_TILES = """, kept AS (
  INSERT INTO tiles (ledger, level, number, hashes, root)
  SELECT :ledger, t.* FROM unnest(:levels, :numbers, :tiles, :roots) AS t
  WHERE EXISTS (SELECT 1 FROM moved))"""
_EVENTS = """
INSERT INTO events (ledger, position, stream, version, name, recorded_at, command_id, body)
SELECT :ledger, :expected + e.place, e.stream, e.version, e.name, :recorded_at, e.command_id, e.body
FROM unnest(:streams, :versions, :names, :command_ids, :bodies)
  WITH ORDINALITY AS e(stream, version, name, command_id, body, place)
WHERE EXISTS (SELECT 1 FROM moved)"""
_EVENT_TYPES: list[BindParameter[Any]] = [
    bindparam("ledger", type_=Text),
    bindparam("expected", type_=BigInteger),
    bindparam("position", type_=BigInteger),
    bindparam("recorded_at", type_=BigInteger),
    bindparam("leaf", type_=LargeBinary),
    bindparam("expected_leaf", type_=LargeBinary),
    bindparam("frontier", type_=LargeBinary),
    bindparam("streams", type_=ARRAY(Uuid)),
    bindparam("versions", type_=ARRAY(Integer)),
    bindparam("names", type_=ARRAY(Text)),
    bindparam("command_ids", type_=ARRAY(Uuid)),
    bindparam("bodies", type_=ARRAY(LargeBinary)),
]
_TILE_TYPES: list[BindParameter[Any]] = [
    bindparam("levels", type_=ARRAY(Integer)),
    bindparam("numbers", type_=ARRAY(BigInteger)),
    bindparam("tiles", type_=ARRAY(LargeBinary)),
    bindparam("roots", type_=ARRAY(LargeBinary)),
]
_APPEND = text(_MOVE + _EVENTS).bindparams(*_EVENT_TYPES)
_APPEND_WITH_TILES = text(_MOVE + _TILES + _EVENTS).bindparams(*_EVENT_TYPES, *_TILE_TYPES)


def _arrays(block: Block, full: list[dict[str, Any]]) -> dict[str, Any]:
    after, entries = block.after, block.entries
    values: dict[str, Any] = {
        "ledger": after.ledger,
        "expected": block.head.position,
        "expected_leaf": block.head.leaf,
        "position": after.position,
        "recorded_at": after.recorded_at,
        "leaf": after.leaf,
        "frontier": after.frontier.packed(),
        "streams": [entry.stream for entry in entries],
        "versions": [entry.version for entry in entries],
        "names": [entry.name for entry in entries],
        "command_ids": [entry.command_id for entry in entries],
        "bodies": [entry.body for entry in entries],
    }
    if full:
        values |= {
            "levels": [tile["level"] for tile in full],
            "numbers": [tile["number"] for tile in full],
            "tiles": [tile["hashes"] for tile in full],
            "roots": [tile["root"] for tile in full],
        }
    return values


def _head(row: Row[Any]) -> Head:
    return Head(
        row.ledger, row.position, row.recorded_at, row.leaf, Frontier.unpacked(row.position, row.frontier)
    )
