"""The file of a ledger, or of some of its streams, that `shared.verifier` verifies."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Self
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.ledger_tables import events
from shared.merkle import leaf_hash
from shared.proofs import Span, left_out, roots
from shared.signed_state import Keys, Notes, SignedState, origin_of, size_of
from shared.verifier import FIRST_LINE, Key, open_checkpoint

ROWS_AT_ONCE = 500
_COLUMNS = (events.c.position, events.c.stream, events.c.version, events.c.body)


@dataclass(frozen=True, slots=True)
class Statement:
    """What was signed of a ledger: keys, and checkpoints by rising size, as text."""

    ledger: str
    keys: Sequence[str]
    notes: Sequence[str]

    @classmethod
    def all_last(cls, state: SignedState, keys: Keys) -> dict[str, Self]:
        """Of each ledger the last checkpoint, and those up to there that witnesses have cosigned."""
        notes, cosigned = state.signed() or {}, state.all_cosigned()
        shown = [str(key) for key in (*keys.of_log, *keys.of_witnesses)]
        return {
            ledger: cls(ledger, shown, [*_cosigned(cosigned.get(ledger, {}), note), note])
            for ledger, note in notes.items()
        }

    @classmethod
    def last(cls, state: SignedState, keys: Keys, ledger: str) -> Self | None:
        """The same of one ledger; None where nothing of it was signed."""
        return cls.all_last(state, keys).get(ledger)

    @property
    def size(self) -> int:
        """Up to which position it was signed."""
        return size_of(self.notes[-1])

    @property
    def root(self) -> str:
        """That of the tree up to there, as its checkpoint writes it."""
        return self.notes[-1].split("\n")[2]

    def signers(self) -> list[str]:
        """The keys of the log that signed its last checkpoint, as `./denggao keys` shows them; NotProved."""
        keys = {(key.name, key.id.hex()): key for key in map(Key.read, self.keys)}
        _, signed = open_checkpoint(self.notes[-1].encode(), list(keys.values()))
        return [str(keys[one.name, one.id]) for one in signed if one.known and one.at is None]


def _cosigned(notes: Notes, last: str) -> list[str]:
    """Those of the same ledger as the last note and up to it: a witness may be ahead of who read that."""
    found = [one for one in notes.values() if origin_of(one) == origin_of(last)]
    return sorted((one for one in found if size_of(one) <= size_of(last)), key=size_of)


async def whole_ledger(engine: AsyncEngine, of: Statement) -> AsyncIterator[bytes]:
    """The file of all events that were signed, in blocks."""
    async for block in _summed(of, _every(engine, of, None)):
        yield block


async def some_streams(
    engine: AsyncEngine, of: Statement, streams: Collection[UUID], *, complete: bool
) -> AsyncIterator[bytes]:
    """The file of the events of some streams, in blocks; `complete`: with the hash of every other event."""
    if complete:
        blocks = _every(engine, of, streams)
    else:
        async with engine.connect() as connection:
            positions = await _positions(connection, of, streams)
        blocks = _these(engine, of, positions)
    async for block in _summed(of, blocks):
        yield block


async def some_events(engine: AsyncEngine, of: Statement, positions: Collection[int]) -> AsyncIterator[bytes]:
    """The file of single events, in blocks; of their streams' others it says nothing, and claims nothing."""
    async for block in _summed(of, _these(engine, of, sorted(positions))):
        yield block


async def _summed(of: Statement, blocks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    head = [FIRST_LINE, *(f"key {key}\n".encode() for key in of.keys)]
    head += [b"checkpoint " + base64.b64encode(note.encode()) + b"\n" for note in of.notes]
    seen = sha256()
    yield _into(seen, b"".join([*head, b"\n"]))
    async for block in blocks:
        yield _into(seen, block)
    yield f"end {seen.hexdigest()}\n".encode()


def _into(seen: Any, block: bytes) -> bytes:
    seen.update(block)
    return block


async def _every(
    engine: AsyncEngine, of: Statement, streams: Collection[UUID] | None
) -> AsyncIterator[bytes]:
    """A line for each event, of these streams with its bytes; read by key, so that no transaction is long."""
    query = select(*_COLUMNS).where(events.c.ledger == of.ledger).order_by(events.c.position)
    for after in range(0, of.size, ROWS_AT_ONCE):
        upto = min(of.size, after + ROWS_AT_ONCE)
        async with engine.connect() as connection:
            page = query.where(events.c.position > after, events.c.position <= upto)
            rows = (await connection.execute(page)).all()
        yield b"".join(
            _line(row) if streams is None or row.stream in streams else _hash_alone(row) for row in rows
        )


async def _these(engine: AsyncEngine, of: Statement, positions: Iterable[int]) -> AsyncIterator[bytes]:
    """A line for each of these events, and one for each perfect subtree without any."""
    shown = {(position - 1, position) for position in positions}
    gaps = left_out((start for start, _ in shown), map(size_of, of.notes))
    places = sorted([*shown, *gaps])
    for start in range(0, len(places), ROWS_AT_ONCE):
        async with engine.connect() as connection:
            yield await _block(connection, of, places[start : start + ROWS_AT_ONCE], shown)


async def _positions(connection: AsyncConnection, of: Statement, streams: Collection[UUID]) -> list[int]:
    named, found = sorted(streams), list[int]()
    for start in range(0, len(named), ROWS_AT_ONCE):
        query = select(events.c.position).where(
            events.c.stream.in_(named[start : start + ROWS_AT_ONCE]),
            events.c.ledger == of.ledger,
            events.c.position <= of.size,
        )
        found += (await connection.scalars(query)).all()
    return sorted(found)


async def _block(
    connection: AsyncConnection, of: Statement, places: Iterable[Span], shown: Collection[Span]
) -> bytes:
    """The lines of these places of the tree: of single events that are shown, of what is left out."""
    ends = [end for start, end in places if (start, end) in shown]
    query = select(*_COLUMNS).where(events.c.ledger == of.ledger, events.c.position.in_(ends))
    lines = {row.position: _line(row) for row in await connection.execute(query)}
    gaps = [place for place in places if place not in shown]
    for (_, end), root in zip(gaps, await roots(connection, of.ledger, gaps), strict=True):
        lines[end] = b"%d %s\n" % (end, root.hex().encode())
    return b"".join(lines[end] for end in sorted(lines))


def _line(row: Any) -> bytes:
    leaf = leaf_hash(row.stream, row.version, row.body).hex()
    return _named(row) + b" %s %s\n" % (leaf.encode(), bytes(row.body))


def _hash_alone(row: Any) -> bytes:
    return _named(row) + b" %s\n" % sha256(row.body).hexdigest().encode()


def _named(row: Any) -> bytes:
    return b"%d %s %d" % (row.position, row.stream.hex.encode(), row.version)
