"""What services say to each other over the bus, and an event as it reaches a reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from shared.codec import unseal
from shared.envelope import Recorded, micros
from shared.ledger import RESTRICTED, Ledgers
from shared.merkle import ALGORITHM, leaf_hash

# An event is stamped before it is committed, by a clock of its own: what was stamped up to now may
# still be on its way to the disk. A writer gives up long before this, and no append is made while
# clocks differ by more.
ALLOWANCE = timedelta(seconds=5)


class EventMessage(msgspec.Struct, frozen=True):
    """One event on `ev.<service>.<ledger>` and in the feed; `previous` is the leaf before it, or empty."""

    body: msgspec.Raw  # the stored bytes as they are
    leaf: str
    ledger: str
    position: int
    previous: str
    service: str
    stream: UUID
    version: int


class Heads(msgspec.Struct, frozen=True):
    """All heads of a service, on `heads.<service>`: who has read so far is complete to `at`."""

    at: int  # microseconds since 1970 UTC
    heads: dict[str, tuple[int, str]]  # ledger → position, leaf
    algorithm: str = ALGORITHM  # of leaves and trees


class FeedRequest(msgspec.Struct, frozen=True):
    """Asks `feed.<service>` for a ledger's events behind a position, or for a stream's behind a version.

    A stream's come from every ledger that it has lain in (R70), each without the leaf before it.
    """

    after: int
    ledger: str  # "" where a stream is asked for
    stream: UUID | None = None


class FeedPage(msgspec.Struct, frozen=True):
    """Its answer: the next events, and where the ledger or stream ends, so that the reader may go on."""

    events: list[EventMessage]
    head: int


class Arrived(msgspec.Struct, frozen=True, gc=False):
    """An event as it reached a reader; `recorded.event` is not read yet, each view reads for itself."""

    recorded: Recorded
    previous: bytes
    leaf: bytes
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some events of one ledger, in order, and the position where that ledger ends."""

    events: Sequence[Arrived]
    head: int


_encoder = msgspec.json.Encoder()
_events = msgspec.json.Decoder(EventMessage)
_heads = msgspec.json.Decoder(Heads)
_requests = msgspec.json.Decoder(FeedRequest)
_pages = msgspec.json.Decoder(FeedPage)


class DamagedMessage(Exception):
    """A message's bytes do not give the leaf hash that it claims: it is thrown away, the feed heals."""


def encoded(message: msgspec.Struct) -> bytes:
    """JSON bytes of any message."""
    return _encoder.encode(message)


def event_message(arrived: Arrived) -> EventMessage:
    """The message of an event."""
    recorded = arrived.recorded
    return EventMessage(
        msgspec.Raw(recorded.body),
        arrived.leaf.hex(),
        recorded.ledger,
        recorded.position,
        arrived.previous.hex(),
        recorded.service,
        recorded.stream,
        recorded.version,
    )


def arrived_from(message: EventMessage, traceparent: str = "") -> Arrived:
    """The event of a message; DamagedMessage when its bytes are not those of its leaf."""
    body = bytes(message.body)
    leaf = leaf_hash(message.stream, message.version, body)
    if leaf.hex() != message.leaf:
        raise DamagedMessage(f"{message.service}/{message.ledger}/{message.position}")
    recorded = Recorded(
        message.service,
        message.ledger,
        message.position,
        message.stream,
        message.version,
        body,
        unseal(body),
        None,
    )
    return Arrived(recorded, bytes.fromhex(message.previous), leaf, traceparent)


def read_event(payload: bytes) -> EventMessage:
    """Raises msgspec.DecodeError for other bytes, as its siblings do."""
    return _events.decode(payload)


def read_heads(payload: bytes) -> Heads:
    """Heads from a message."""
    return _heads.decode(payload)


def read_request(payload: bytes) -> FeedRequest:
    """A feed's request from a message."""
    return _requests.decode(payload)


def read_page(payload: bytes) -> FeedPage:
    """A feed's answer from a message."""
    return _pages.decode(payload)


def linked(recorded: Sequence[Recorded], previous: bytes, leaves: Sequence[bytes]) -> list[Arrived]:
    """Neighbouring events of one ledger, each with the leaf before it."""
    before = [previous, *leaves[:-1]]
    return [Arrived(r, p, leaf, r.traceparent) for r, p, leaf in zip(recorded, before, leaves, strict=True)]


async def read_linked(ledgers: Ledgers, ledger: str, after: int, limit: int) -> list[Arrived]:
    """The events behind a position; the one before them is read too, since its leaf proves the link."""
    found: list[Any] = await ledgers.read_ledger(ledger, max(after - 1, 0), limit + 1)
    leaves = [leaf_hash(r.stream, r.version, r.body) for r in found]
    if after == 0:
        return linked(found[:limit], b"", leaves[:limit]) if found else []
    return linked(found[1:], leaves[0], leaves[1:]) if len(found) > 1 else []


async def read_unlinked(ledgers: Ledgers, stream: UUID, after: int, limit: int) -> tuple[list[Arrived], int]:
    """A stream's events behind a version, and its last version; nothing of a restricted ledger."""
    found = await ledgers.read_stream(stream, after + 1)
    told = [one for one in found if one.ledger not in RESTRICTED]
    leaves = [leaf_hash(r.stream, r.version, r.body) for r in told[:limit]]
    arrived = [Arrived(r, b"", leaf) for r, leaf in zip(told, leaves, strict=False)]
    return arrived, told[-1].version if told else after


async def heads_now(ledgers: Ledgers, now: datetime) -> Heads:
    """The heads, and until when a reader of them is complete.

    `now` is told before the heads are read: an event that the heads miss is committed after that,
    and stamped less than ALLOWANCE before its commit, so later than `at`. Nothing is said of restricted
    ledgers.
    """
    heads = {name: head for name, head in (await ledgers.heads()).items() if name not in RESTRICTED}
    return Heads(micros(now - ALLOWANCE), {name: (h.position, h.leaf.hex()) for name, h in heads.items()})
