"""A ledger walked from one end to the other: whatever in it is not as it was written is found and named."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from asyncpg.pgproto.pgproto import UUID
from sqlalchemy import Row, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.envelope import micros
from shared.findings import Findings
from shared.ledger_tables import events, tiles
from shared.merkle import HASH_BYTES, TILE, Frontier, Growing, root_of
from shared.recount import Came
from shared.stored import EVENTS, TILES, Stored, event_at, too_many

PAGE = 4 * TILE  # events read at once
STREAMS_AT_MOST = 100_000  # whose last version is remembered; that of others is asked for
ASKED_AT_ONCE = 500


class Reached(msgspec.Struct):
    """Up to where a ledger was walked before, and the tree that stood there."""

    position: int = 0  # a whole number of tiles
    recorded_at: int = 0
    levels: list[list[str]] = []  # of the tree, in hexadecimal


class _Header(msgspec.Struct):
    """What is compared of an event's bytes."""

    name: str
    recorded_at: str
    after: dict[str, int]
    data: msgspec.Raw
    command_id: str | None = None


_header = msgspec.json.Decoder(_Header)


@dataclass(frozen=True, slots=True)
class Signed:
    """A tree that somebody signed: its root, and how it is called when it is not that of the events."""

    root: bytes
    code: str
    facts: Mapping[str, str] = field(default_factory=dict)


class Walk:
    """One ledger, from where it was walked before to its head; what is wrong goes to `found`."""

    def __init__(
        self,
        engine: AsyncEngine,
        service: str,
        head: Row[Any],
        found: Findings,
        signed: Mapping[int, Sequence[Signed]],
        reached: Reached,
    ) -> None:
        self.name = f"{service}/{head.ledger}"
        self.head = head
        self.position = reached.position
        self.read: dict[str, int] = {}  # the furthest positions of other ledgers that decisions had read
        self._engine = engine
        self._found = found
        self._signed = signed
        self._tree = Growing([[bytes.fromhex(one) for one in level] for level in reached.levels])
        self._open: list[bytes] = []  # leaves behind the last full tile
        self._recorded_at = reached.recorded_at
        self._of_tiles = reached.recorded_at  # when the last event of the last full tile was recorded
        self._last: OrderedDict[UUID, int] = OrderedDict()  # version
        self._broken = False  # an event is missing of which no tile knows the hash

    @property
    def reached(self) -> Reached:
        """Where the next walk may begin."""
        levels = [[one.hex() for one in level] for level in self._tree.levels]
        return Reached(self._tree.size, self._of_tiles, levels)

    async def pages(self) -> AsyncIterator[int]:
        """Walk; the position after each page."""
        while self.position < self.head.position:
            upto = min(self.head.position, self.position - self.position % TILE + PAGE)
            async with self._engine.connect() as connection:
                await self._page(connection, upto)
            self.position = upto
            yield upto
        async with self._engine.connect() as connection:
            await self._see_end(connection)

    async def _page(self, connection: AsyncConnection, upto: int) -> None:
        mine = EVENTS.where(events.c.ledger == self.head.ledger)
        query = mine.where(events.c.position > self.position, events.c.position <= upto)
        found = await connection.execute(query.order_by(events.c.position))
        rows = {row.position: Stored.read(row) for row in found}
        first, last = self.position // TILE, (upto - 1) // TILE
        full = await self._tiles(connection, 0, first, last)
        for number in range(first, last + 1):
            stop = min(upto, (number + 1) * TILE)
            self._see_leaves(range(number * TILE + 1, stop + 1), rows, full.get(number))
            if len(self._open) == TILE:
                await self._close_tile(connection, number, full.get(number))
        await self._see_streams(connection, [row for row in rows.values() if row])

    # -- the tree ------------------------------------------------------------------------------

    def _see_leaves(self, positions: range, rows: Mapping[int, Stored | None], tile: Any) -> None:
        stored = _hashes(tile)
        self._open = []
        for place, position in enumerate(positions):
            row = rows.get(position)
            if row is None:
                self._add("unreadable" if position in rows else "missing", position)
                self._broken |= not stored
                leaf = stored[place] if stored else bytes(HASH_BYTES)
            else:
                leaf = row.leaf
                if stored and leaf != stored[place]:
                    self._add("changed", position, tile=positions[0] // TILE)
                    leaf = stored[place]
                self._see_row(row)
            self._open.append(leaf)
            if position in self._signed:
                self._see_signed(position)

    def _see_signed(self, position: int) -> None:
        root = None if self._broken else self._tree.frontier(self._open).root()
        for one in self._signed[position]:
            if root not in (None, one.root):
                self._add(one.code, size=position, **one.facts)

    async def _close_tile(self, connection: AsyncConnection, number: int, tile: Any) -> None:
        root = root_of(self._open)
        self._see_tile(0, number, self._open, root, tile)
        self._open, self._of_tiles = [], self._recorded_at
        for level, above, hashes in self._tree.add(root):
            stored = await self._tiles(connection, level, above, above)
            self._see_tile(level, above, hashes, root_of(hashes), stored.get(above))

    def _see_tile(self, level: int, number: int, hashes: Sequence[bytes], root: bytes, tile: Any) -> None:
        span = TILE ** (level + 1)
        about = {"level": level, "number": number, "first": number * span + 1, "last": (number + 1) * span}
        if tile is None:
            self._add("tile_missing", **about)
        elif (b"".join(hashes), root) != (tile.hashes, tile.root):
            self._add("tile", **about)

    async def _tiles(self, connection: AsyncConnection, level: int, first: int, last: int) -> dict[int, Any]:
        query = TILES.where(tiles.c.ledger == self.head.ledger, tiles.c.level == level)
        query = query.where(tiles.c.number >= first, tiles.c.number <= last)
        return {row.number: row for row in await connection.execute(query)}

    # -- events --------------------------------------------------------------------------------

    def _see_row(self, row: Stored) -> None:
        """The columns beside the bytes say what these say, and time does not run backwards."""
        try:
            told = _header.decode(row.body)
            at = micros(datetime.fromisoformat(told.recorded_at))
        except (msgspec.DecodeError, ValueError, TypeError):
            self._add("unreadable", row.position)
            return
        for column, kept, said in (
            ("name", row.name, told.name),
            ("recorded_at", row.recorded_at, at),
            ("command_id", _plain(row.command_id), _plain(told.command_id)),
        ):
            if kept != said:
                self._add("column", row.position, column=column, kept=kept, said=said)
        if at < self._recorded_at:
            self._add("backwards", row.position)
        self._recorded_at = max(at, self._recorded_at)
        for ledger, position in told.after.items():
            self.read[ledger] = max(position, self.read.get(ledger, 0))

    async def _see_streams(self, connection: AsyncConnection, rows: Sequence[Stored]) -> None:
        """Each event is the next of its stream, here or from another ledger (R70)."""
        asked: list[Stored] = []
        for row in rows:
            last = self._last.get(row.stream, 0)
            if row.version <= last:
                self._not_next(row)
            elif row.version != last + 1:
                asked.append(row)  # those before may be forgotten here, or lie in another ledger
            self._last[row.stream] = row.version
            self._last.move_to_end(row.stream)
        while len(self._last) > STREAMS_AT_MOST:
            self._last.popitem(last=False)
        for start in range(0, len(asked), ASKED_AT_ONCE):
            await self._see_before(connection, asked[start : start + ASKED_AT_ONCE])

    async def _see_before(self, connection: AsyncConnection, rows: Sequence[Stored]) -> None:
        names = [(row.stream, row.version - 1) for row in rows]
        query = select(events.c.stream, events.c.version, events.c.ledger, events.c.position)
        query = query.where(tuple_(events.c.stream, events.c.version).in_(names))
        before = {(row.stream, row.version): row for row in await connection.execute(query)}
        for row in rows:
            earlier = before.get((row.stream, row.version - 1))
            if earlier is None:
                self._not_next(row)
            elif earlier.ledger != self.head.ledger:
                await self._see_arrival(connection, row, earlier)
            elif earlier.position >= row.position:
                self._not_next(row)

    async def _see_arrival(self, connection: AsyncConnection, row: Stored, earlier: Any) -> None:
        before = await event_at(connection, earlier.ledger, earlier.position)
        try:
            came = msgspec.json.decode(_header.decode(row.body).data, type=Came)
        except msgspec.DecodeError:
            came = None
        said = None if came is None else (came.ledger, came.position, came.leaf)
        if before is None or said != (earlier.ledger, earlier.position, before.leaf.hex()):
            self._not_next(row)

    def _not_next(self, row: Stored) -> None:
        self._add("version", row.position, stream=row.stream, version=row.version)

    # -- the end -------------------------------------------------------------------------------

    async def _see_end(self, connection: AsyncConnection) -> None:
        """The head is that of these events, and nothing lies before, behind or beside them."""
        head = self.head
        if (head.last or 0) > head.position:
            self._add("behind_head", head.position + 1, head=head.position)
        if head.first is not None and head.first < 1:
            self._add("before_first", head.first)
        last = await event_at(connection, head.ledger, head.position)
        if last and (last.recorded_at, last.leaf) != (head.recorded_at, head.leaf):
            self._add("head_last", head.position)
        self._see_tree()
        extra = select(tiles.c.level, tiles.c.number).where(tiles.c.ledger == head.ledger)
        for row in await connection.execute(extra.where(too_many())):
            self._add("tile_extra", level=row.level, number=row.number)

    def _see_tree(self) -> None:
        if self._broken:
            return
        mine = self._tree.frontier(self._open)
        try:
            kept = Frontier.unpacked(self.head.position, bytes(self.head.frontier))
        except (ValueError, TypeError):
            self._add("head_tree", first=1, last=self.head.position)
            return
        if mine != kept:
            first, last = mine.differing(kept)
            self._add("head_tree", first=first, last=last)

    def _add(self, code: str, position: int = 0, /, **facts: object) -> None:
        self._found.add(code, self.name, position, **facts)


def _plain(id_: Any) -> str | None:
    """A UUID in the one form that SQLite keeps."""
    return None if id_ is None else str(id_).replace("-", "")


def _hashes(tile: Any) -> list[bytes]:
    """What a stored tile holds; nothing where there is none, or it contradicts itself."""
    if tile is None or type(tile.hashes) is not bytes or len(tile.hashes) != TILE * HASH_BYTES:
        return []
    hashes = [tile.hashes[at : at + HASH_BYTES] for at in range(0, len(tile.hashes), HASH_BYTES)]
    return hashes if root_of(hashes) == tile.root else []
