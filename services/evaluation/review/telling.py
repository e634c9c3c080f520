"""Telling notifications, and nobody else, whose a juror's letter is, for who reads an inbox (R68, 0085)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from uuid import UUID

import msgspec
import structlog

from services.evaluation.domain.review.panel import PANEL
from services.evaluation.review.keys import ReviewKeys, SealedOtherwise, letters_in
from services.evaluation.review.streams import Streams
from shared.domain import PersonId

log = structlog.get_logger()

SUBJECT = "jurors.evaluation"  # that only notifications may ask: nats.conf


def telling(streams: Streams, keys: ReviewKeys) -> Callable[[bytes], Awaitable[bytes]]:
    """The answer to a request: letters by panel as JSON, and people by letter by panel.

    What is not known, or cannot be unsealed, is left out.
    """

    async def answer(payload: bytes) -> bytes:
        asked = msgspec.json.decode(payload, type=dict[UUID, list[str]])
        said = {str(panel): await _whose(streams, keys, panel, letters) for panel, letters in asked.items()}
        return msgspec.json.encode(said)

    return answer


async def _whose(
    streams: Streams, keys: ReviewKeys, panel: UUID, letters: Sequence[str]
) -> dict[str, PersonId]:
    state = (await streams.now(PANEL, panel)).state
    if not state.cycle:
        return {}
    try:
        who = letters_in(await keys.of(state.cycle), state.sealed_letters)
    except SealedOtherwise:
        log.error("letters.sealed_otherwise", panel=str(panel))  # as after the restore of another backup
        return {}
    return {letter: who[letter] for letter in letters if letter in who}
