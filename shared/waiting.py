"""What a reader has at hand of each ledger, and in which order it may be applied."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from shared.checkpoints import Mark
from shared.messages import Arrived

SHARES = 8  # of a transaction, where that many ledgers have much


@dataclass(slots=True)
class Ledger:
    """One ledger as a reader sees it: the checkpoint last seen, what was announced, what waits."""

    mark: Mark = field(default_factory=Mark)
    announced: int = 0
    waiting: dict[int, Arrived] = field(default_factory=dict)
    end: int = 0  # the last position up to which nothing is missing
    ask_at: float = 0.0  # the loop's time before which its source need not be asked
    opened: bool = False  # whether the database has its checkpoint row
    suspect: bool = False  # something does not fit the checkpoint's leaf: to be verified
    forked: bool = False  # verified: the ledger is not the one that was read before

    @property
    def behind(self) -> int:
        """Events known of and not applied."""
        return max(0, self.announced - self.mark.position)

    @property
    def missing(self) -> bool:
        """Whether an event is known of and not at hand."""
        return self.end < self.announced and not self.forked

    @property
    def restless(self) -> bool:
        """Whether there is anything to do."""
        return self.suspect or (self.mark.position < self.announced and not self.forked)

    def keep(self, arrived: Arrived) -> None:
        """Take an event in, whatever its place."""
        position = arrived.recorded.position
        self.announced = max(self.announced, position)
        if position > self.mark.position and not self.forked:
            self.waiting[position] = arrived
            self._move_end()

    def seen(self, mark: Mark) -> None:
        """The checkpoint stands here: forget what lies before it."""
        self.mark = mark
        self.announced = max(self.announced, mark.position)
        for position in [p for p in self.waiting if p <= mark.position]:
            del self.waiting[position]
        self.end = mark.position
        self._move_end()

    def drop(self) -> None:
        """Forget what waits; its source has it."""
        self.waiting.clear()
        self.end = self.mark.position

    def drop_early(self) -> None:
        """Forget what lies behind a gap; what follows on the checkpoint stays."""
        self.waiting = {position: a for position, a in self.waiting.items() if position <= self.end}

    def run(self, limit: int) -> list[Arrived]:
        """The next events without a gap; each must follow on the leaf of the one before."""
        events: list[Arrived] = []
        leaf = self.mark.leaf
        for position in range(self.mark.position + 1, min(self.end, self.mark.position + limit) + 1):
            arrived = self.waiting[position]
            if arrived.previous != leaf:
                self.suspect = True
                break
            events.append(arrived)
            leaf = arrived.leaf
        return events

    def _move_end(self) -> None:
        while self.end + 1 in self.waiting:
            self.end += 1


def in_order(
    runs: Mapping[str, Sequence[Arrived]], reached: dict[str, int], ends: Mapping[str, int], limit: int
) -> tuple[list[Arrived], dict[str, int]]:
    """Events of several ledgers, each after all that its decision had read; and what is still wanted.

    `reached` moves along; ledgers that it does not name are not followed and not waited for.
    `ends` says where a ledger stands once its run is used up, if further than its last event.
    Each ledger first gets its share of the limit, so that one with much holds up no other; shares are large,
    since what lies together in a ledger touches the same rows.
    """
    taken: list[Arrived] = []
    wanted: dict[str, int] = {}
    queues = {name: deque(run) for name, run in runs.items()}
    moved, share = True, max(1, limit // SHARES)
    while moved and len(taken) < limit:
        moved = False
        wanted.clear()
        for name, queue in queues.items():
            upto = min(limit, len(taken) + share)
            while queue and len(taken) < upto:
                after = queue[0].recorded.envelope.after
                if after and (
                    lacking := {other: p for other, p in after.items() if reached.get(other, p) < p}
                ):
                    for other, position in lacking.items():
                        wanted[other] = max(position, wanted.get(other, 0))
                    break
                arrived = queue.popleft()
                taken.append(arrived)
                last = arrived.recorded.position
                reached[name] = queue[0].recorded.position - 1 if queue else max(last, ends.get(name, 0))
                moved = True
        share = limit
    return taken, wanted
