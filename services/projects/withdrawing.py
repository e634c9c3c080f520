"""Where a text was said, and which texts are withdrawn from records that are no projects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

import msgspec

from services.projects.domain.texts import RecordTextWithdrawn
from services.projects.ids import texts_id
from shared.envelope import Recorded
from shared.ledger import Ledgers
from shared.withdrawn import says


def said_in(stream: Iterable[Recorded], sha256: str) -> tuple[int, ...]:
    """The versions in which a text was said, in an act or as why somebody did it."""
    return tuple(
        recorded.version for recorded in stream if in_data(recorded, sha256) or _why(recorded, sha256)
    )


def in_data(recorded: Recorded, sha256: str) -> bool:
    """Whether an event itself says it."""
    return says(msgspec.json.decode(recorded.envelope.data), sha256)


def _why(recorded: Recorded, sha256: str) -> bool:
    return recorded.envelope.by is not None and says(recorded.envelope.by.why, sha256)


def withdrawn_in(acts: Iterable[Recorded]) -> frozenset[str]:
    """The hashes of what these acts withdrew from records."""
    return frozenset(one.event.sha256 for one in acts if isinstance(one.event, RecordTextWithdrawn))


async def withdrawn_from(ledgers: Ledgers, records: Iterable[str]) -> frozenset[str]:
    """The hashes of all that is withdrawn from these records by now."""
    beside = {UUID(texts_id(record)) for record in records}
    found = await ledgers.read_streams((stream, "", 0) for stream in beside)
    return withdrawn_in(act for stream in found.values() for act in stream)


def with_texts(records: Sequence[str]) -> list[str]:
    """The streams of records, each with that of what is withdrawn from it."""
    return [stream for record in records for stream in (record, texts_id(record))]
