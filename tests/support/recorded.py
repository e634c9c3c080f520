"""Events as they lie in a ledger, for tests of what reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from msgspec import Raw

from shared.codec import canonical, seal
from shared.envelope import Envelope, Recorded, written

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def recorded(
    position: int, event: Any, at: datetime = NOON, ledger: str = "group", schema: int = 1
) -> Recorded:
    """The event at this position of a ledger of projects, read back from nothing but its bytes."""
    envelope = Envelope(
        aggregate="",
        name=type(event).__name__,
        schema=schema,
        data=Raw(canonical(event)),
        recorded_at=written(at),
        happened_at=written(at),
        after={},
        correlation="",
        causation="",
    )
    return Recorded("projects", ledger, position, UUID(int=0), position, seal(envelope), envelope, None)
