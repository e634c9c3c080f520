"""Reviews and panels as they stand now: folded once in a process, then only what is new is read."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from shared.decision import WrittenByNewerCode
from shared.domain import Decider
from shared.ledger import Ledgers

S = TypeVar("S")
KEPT_AT_MOST = 500


@dataclass(frozen=True, slots=True)
class Standing(Generic[S]):
    """A stream's state, the version that it has, and where its last event lies; version 0: it never began."""

    state: S
    version: int = 0
    ledger: str = ""
    position: int = 0


class Streams:
    """States read straight from the ledgers: whoever has just acted sees what came of it (0081)."""

    def __init__(self, ledgers: Ledgers) -> None:
        self._ledgers = ledgers
        self._kept: OrderedDict[tuple[str, UUID], Standing[Any]] = OrderedDict()

    async def now(self, decider: Decider[Any, Any, S], stream: UUID) -> Standing[S]:
        """The state of a stream; WrittenByNewerCode where it holds what this process does not know."""
        key = (decider.aggregate, stream)
        standing: Standing[S] = self._kept.get(key) or Standing(decider.initial)
        for recorded in await self._ledgers.read_stream(stream, standing.version + 1):
            if recorded.envelope.aggregate != decider.aggregate:
                return Standing(decider.initial)
            if recorded.event is None:
                raise WrittenByNewerCode(recorded.id)
            after = decider.evolve(standing.state, recorded.event)
            standing = Standing(after, recorded.version, recorded.ledger, recorded.position)
        if standing.version:
            self._kept[key] = standing
            self._kept.move_to_end(key)
        while len(self._kept) > KEPT_AT_MOST:
            self._kept.popitem(last=False)
        return standing

    async def known(self, decider: Decider[Any, Any, S], stream: UUID) -> S:
        """The state as it was last read here, for what never changes in it; read where it never was."""
        standing: Standing[S] | None = self._kept.get((decider.aggregate, stream))
        if standing is None:
            return (await self.now(decider, stream)).state
        self._kept.move_to_end((decider.aggregate, stream))
        return standing.state
