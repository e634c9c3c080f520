"""What the record says around every event: who, when, why, under which rules, caused by what."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from shared.domain import By

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(at: datetime) -> int:
    """Microseconds since 1970 UTC of an aware datetime."""
    return (at - EPOCH) // timedelta(microseconds=1)


def moment(at_micros: int) -> datetime:
    """The aware UTC datetime of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=at_micros)


def written(at: datetime) -> str:
    """RFC 3339 in UTC with six digits and Z, the only form of a moment in event bytes."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


NOTHING = msgspec.Raw(b"null")


class Envelope(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """The stored record of one event: exactly what its bytes hold, and nothing that they do not.

    Stream, version and position stand beside the bytes: the tree's leaf binds the first two,
    the tree itself the third.
    """

    aggregate: str
    name: str
    schema: int
    data: msgspec.Raw  # canonical bytes of the event
    recorded_at: str  # when it entered the ledger, never running backwards there
    happened_at: str  # when it happened; earlier for late entries (R36)
    after: dict[str, int]  # positions of other ledgers that the decision had read
    correlation: str  # the outside request that started it all
    causation: str  # what caused this one: the command's id, or the event that a reaction answers
    by: By | None = None  # None: the system's own reaction
    programme: str | None = None  # version the decision was taken under
    command_id: str | None = None  # on a decision's first event only, as are the next three
    request: str | None = None  # SHA-256 of the request, to tell a repeat from another body
    command: msgspec.Raw = NOTHING  # canonical bytes, so that it can be decided again
    count: int = 1  # events of this decision


class Recorded(msgspec.Struct, frozen=True, gc=False):
    """An event where it lies: its ledger and position, its stream and version, its bytes."""

    service: str
    ledger: str  # name within the service: "group", "access", or a company's unit id
    position: int
    stream: UUID
    version: int
    body: bytes  # the stored bytes of the Envelope
    envelope: Envelope
    event: Any  # the typed event, or None when the reader does not know its name
    traceparent: str = ""  # of the request that caused it, on its way through this process; never stored

    @property
    def id(self) -> str:
        """`<service>/<ledger>/<position>`, the event's id everywhere."""
        return f"{self.service}/{self.ledger}/{self.position}"

    @property
    def recorded_at(self) -> datetime:
        """When it entered the ledger."""
        return datetime.fromisoformat(self.envelope.recorded_at)
