"""What a writer keeps in memory of its ledgers: their heads, their open tiles, and folded streams."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection, Sequence
from uuid import UUID

from shared.decision import Folded, Submission, evolved, folded_from
from shared.domain import Closes
from shared.envelope import Recorded
from shared.ledger import Block, Head, Ledgers
from shared.merkle import TILE, leaf_hash

STATES_AT_MOST = 20_000  # folded streams
TAIL_AT_MOST = 2_000  # events of others that are folded in; behind that, states are dropped instead


class Kept:
    """True as long as no other process appends; who finds a head moved calls `catch_up`.

    A state is kept as long as its stream lies in the ledger of its last event, and is true up to
    that ledger's head; of a stream that has left one nothing is kept until it has arrived (R70).
    """

    def __init__(self, ledgers: Ledgers) -> None:
        self.heads: dict[str, Head] = {}
        self.open_leaves: dict[str, list[bytes]] = {}  # leaf hashes of the tile that is not full yet
        self.closed: set[str] = set()  # ledgers to which nothing can be appended
        self._ledgers = ledgers
        self._states: OrderedDict[UUID, Folded] = OrderedDict()

    async def open(self, ledgers: Collection[str]) -> None:
        """Have the heads of these ledgers, made where they are new."""
        for ledger in sorted(ledgers - self.heads.keys()):
            head = await self._ledgers.open(ledger)
            await self._read_end(head)
            self.heads[ledger] = head

    async def states(self, submissions: Sequence[Submission]) -> dict[UUID, Folded]:
        """The states that these commands meet; those not kept are read, all in one query."""
        states: dict[UUID, Folded] = {}
        missing: dict[UUID, Submission] = {}
        for submission in submissions:
            folded = self._states.get(submission.stream)
            if folded and folded.ledger == submission.ledger:
                states[submission.stream] = folded
            else:
                missing[submission.stream] = submission
        found = await self._ledgers.read_streams(
            (stream, s.ledger, self.heads[s.ledger].position) for stream, s in missing.items()
        )
        for stream, submission in missing.items():
            states[stream] = folded_from(submission, found[stream])
        read_in = {stream: submission.ledger for stream, submission in missing.items()}
        self._keep({s: f for s, f in states.items() if f.version and f.ledger == read_in.get(s, f.ledger)})
        return states

    def advance(self, block: Block, states: dict[UUID, Folded], closed: bool) -> None:
        """What the own append has made of a ledger."""
        if closed:
            self.closed.add(block.head.ledger)
        self.heads[block.head.ledger] = block.after
        self._add_leaves(block.head.ledger, block.leaves)
        self._keep(states)

    async def catch_up(self, ledger: str) -> bool:
        """Fold in what other processes appended; tells whether there was anything.

        Where that is much, or where the ledger is not a continuation of what was known (a
        database restored from an older backup), nothing of it is kept but the new head.
        """
        known, head = self.heads[ledger], await self._ledgers.head(ledger)
        if head == known:
            return False
        tail: Sequence[Recorded] = ()
        if 0 < head.position - known.position <= TAIL_AT_MOST:
            tail = await self._ledgers.read_ledger(ledger, known.position, TAIL_AT_MOST, head.position)
        leaves = [_leaf(recorded) for recorded in tail]
        if known.frontier.grown(leaves) == head.frontier:
            self._add_leaves(ledger, leaves)
            self._see_closed(ledger, tail)
            for recorded in tail:
                self._fold(recorded)
        else:
            await self._read_end(head)
            for stream in [stream for stream, folded in self._states.items() if folded.ledger == ledger]:
                del self._states[stream]
        self.heads[ledger] = head
        return True

    async def _read_end(self, head: Head) -> None:
        """How a ledger ends: the leaves of its open tile, and whether anything can follow."""
        start = head.position - head.position % TILE
        first = max(0, min(start, head.position - 1))
        tail = (
            await self._ledgers.read_ledger(head.ledger, first, TILE, head.position) if head.position else []
        )
        self.open_leaves[head.ledger] = [_leaf(recorded) for recorded in tail if recorded.position > start]
        self._see_closed(head.ledger, tail)

    def _see_closed(self, ledger: str, tail: Sequence[Recorded]) -> None:
        if tail and isinstance(tail[-1].event, Closes):
            self.closed.add(ledger)
        else:
            self.closed.discard(ledger)  # a restored backup may have opened it

    def _fold(self, recorded: Recorded) -> None:
        folded = self._states.get(recorded.stream)
        if folded is None or recorded.version <= folded.version:
            return
        try:
            after = evolved(folded, recorded) if recorded.version == folded.version + 1 else None
        except Exception:  # noqa: BLE001 - the next command of this stream reads it and hears why
            after = None
        if after is None or after.left:
            del self._states[recorded.stream]
        else:
            self._states[recorded.stream] = after

    def _keep(self, states: dict[UUID, Folded]) -> None:
        for stream, folded in states.items():
            if folded.left:
                self._states.pop(stream, None)
                continue
            self._states[stream] = folded
            self._states.move_to_end(stream)
        while len(self._states) > STATES_AT_MOST:
            self._states.popitem(last=False)

    def _add_leaves(self, ledger: str, leaves: Sequence[bytes]) -> None:
        leaves = [*self.open_leaves[ledger], *leaves]
        self.open_leaves[ledger] = leaves[len(leaves) - len(leaves) % TILE :]


def _leaf(recorded: Recorded) -> bytes:
    return leaf_hash(recorded.stream, recorded.version, recorded.body)
