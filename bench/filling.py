"""Ledgers that are large at once: blocks appended to them directly, with no command before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec

from shared.codec import canonical, schema_of, seal
from shared.envelope import Envelope, micros, written
from shared.ledger import Block, Entry, Ledgers
from shared.merkle import TILE

BLOCK = 8 * TILE  # whole tiles, so that no leaf of an open one need be remembered


async def fill(ledgers: Ledgers, ledger: str, events: Iterable[tuple[UUID, int, Any]]) -> int:
    """Append events, each (stream, version, event), to a new ledger; its size afterwards."""
    recorded = datetime.now(UTC)
    sealed = (entry(*event, written(recorded)) for event in events)
    return await append_all(ledgers, ledger, sealed, recorded)


async def append_all(
    ledgers: Ledgers, ledger: str, entries: Iterable[Entry], recorded: datetime | None = None
) -> int:
    """Append what is sealed already to a new ledger; its size afterwards."""
    at, entries = micros(recorded or datetime.now(UTC)), iter(entries)
    head = await ledgers.open(ledger)
    while part := list(islice(entries, BLOCK)):
        block = Block.on(head, at, part)
        await ledgers.append([block], {ledger: []})
        head = block.after
    return head.position


def entry(stream: UUID, version: int, event: Any, at: str) -> Entry:
    """An event sealed as one that was recorded at this moment, which is written as envelopes write it."""
    name, of_stream = type(event).__name__, str(stream)
    envelope = Envelope(
        aggregate="bench",
        name=name,
        schema=schema_of(type(event)),
        data=msgspec.Raw(canonical(event)),
        recorded_at=at,
        happened_at=at,
        after={},
        correlation=of_stream,
        causation=of_stream,
    )
    return Entry(stream, version, name, None, seal(envelope))
