"""A stream folded by its decider, for those who read a state without deciding on it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar
from uuid import UUID

from shared.decision import WrittenByNewerCode
from shared.domain import Decider
from shared.envelope import Recorded
from shared.ledger import Ledgers

C = TypeVar("C")
E = TypeVar("E")
S = TypeVar("S")


async def folded(ledgers: Ledgers, decider: Decider[C, E, S], stream: UUID) -> S:
    """The state of a stream as it is now; the initial one where nothing of the decider's kind lies there."""
    return fold(decider, await ledgers.read_stream(stream))


def fold(decider: Decider[C, E, S], stream: Iterable[Recorded]) -> S:
    """The same of a stream that has been read; WrittenByNewerCode where only newer code knows an event."""
    state = decider.initial
    for recorded in stream:
        if recorded.envelope.aggregate != decider.aggregate:
            return decider.initial
        if recorded.event is None:
            raise WrittenByNewerCode(recorded.id)
        state = decider.evolve(state, recorded.event)
    return state
