"""A stream folded by its decider, for those who read a state without deciding on it."""

from __future__ import annotations

from typing import TypeVar
from uuid import UUID

from shared.domain import Decider
from shared.ledger import Ledgers

C = TypeVar("C")
E = TypeVar("E")
S = TypeVar("S")


async def folded(ledgers: Ledgers, decider: Decider[C, E, S], stream: UUID) -> S:
    """The state of a stream as it is now; the initial one where nothing of the decider's kind lies there."""
    state = decider.initial
    for recorded in await ledgers.read_stream(stream):
        if recorded.envelope.aggregate != decider.aggregate:
            return decider.initial
        state = decider.evolve(state, recorded.event)
    return state
