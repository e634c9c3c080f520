"""Keeping the organisation in memory up to date: every service folds `projects/group` as it grows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from shared.decision import Read
from shared.envelope import Recorded
from shared.messages import Arrived, Heads
from shared.organisation import Organisation
from shared.passing import Unavailable
from shared.sources import Source

log = structlog.get_logger()

SERVICE, LEDGER = "projects", "group"
WAITING_AT_MOST = 10_000  # events that came too early; what is more is read from the source


async def _nobody(_events: Sequence[Recorded]) -> None:
    return None


class Following:
    """Reads the group's ledger into an organisation; `also` sees the same events after it."""

    def __init__(
        self,
        source: Source,
        organisation: Organisation,
        also: Callable[[Sequence[Recorded]], Awaitable[None]] = _nobody,
    ) -> None:
        self.organisation = organisation
        self.caught_up = asyncio.Event()  # once it has been read to its end: before, rights would be guesses
        self.forked = False  # the ledger is not the one that was read: held until the true one is back
        self._source = source
        self._also = also
        self._one_at_a_time = asyncio.Lock()
        self._behind = asyncio.Event()
        self._leaf = b""  # of the last event taken
        self._suspect = False  # something does not fit it: a backup was restored, or the news is old
        self._waiting: dict[int, Arrived] = {}  # by position, those that came and were not taken yet
        self._untold: list[Recorded] = []  # in the organisation, but `also` could not take them yet
        self._announced = 0  # the furthest position heard of
        self._task: asyncio.Task[None] | None = None
        source.attach(self)

    async def start(self) -> None:
        """Begin to follow; the first reading may still be under way when this returns."""
        self._behind.set()
        self._task = asyncio.create_task(self._follow(), name="organisation")

    async def close(self) -> None:
        """Stop following."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def catch_up(self) -> Read:
        """Read on to the ledger's end as it is now; says what a decision after this has read.

        Raises Unavailable while the ledger is not the one that was read.
        """
        async with self._one_at_a_time:
            await self._verify()
            page = await self._source.read(LEDGER, self.organisation.position)
            while page.events:
                await self._take(page.events)
                page = await self._source.read(LEDGER, self.organisation.position)
            self.caught_up.set()
            reached = {f"{SERVICE}/{LEDGER}": self.organisation.position}
            return Read(reached if self.organisation.position else {}, self.organisation.recorded_at_micros)

    async def reach(self, position: int) -> None:
        """Read on if this position has not been read yet; raises as the source does."""
        if self.organisation.position < position:
            await self.catch_up()

    def offer(self, arrived: Arrived) -> None:
        """An event has come: kept until its turn, which is mostly at once."""
        recorded = arrived.recorded
        if recorded.ledger == LEDGER and recorded.position > self.organisation.position:
            if len(self._waiting) < WAITING_AT_MOST:
                self._waiting[recorded.position] = arrived
            self._announced = max(self._announced, recorded.position)
            self._behind.set()

    def heard(self, service: str, heads: Heads) -> None:
        """The service has said where its ledgers end."""
        position, leaf = heads.heads.get(LEDGER, (0, ""))
        self._announced = max(self._announced, position)
        known = self.organisation.position
        self._suspect |= position < known or (position == known and bytes.fromhex(leaf) != self._leaf)
        if self._missing or self._suspect or self.forked:
            self._behind.set()

    @property
    def _missing(self) -> bool:
        """Something must be read: an empty ledger, too, has to be looked at once."""
        behind = self._announced > self.organisation.position
        return behind or bool(self._untold) or not self.caught_up.is_set()

    async def _follow(self) -> None:
        while True:
            await self._behind.wait()
            self._behind.clear()
            try:
                async with self._one_at_a_time:
                    await self._verify()
                    await self._take(self._next())
                if self._missing:
                    await self.catch_up()
            except Exception as error:  # noqa: BLE001 - away for a moment: the next heads wake us again
                log.warning("organisation.not_read", error=repr(error))

    async def _verify(self) -> None:
        """Where it is in doubt: whether the source still has the last event that was taken."""
        if not (self._suspect or self.forked):
            return
        position = self.organisation.position
        there = (await self._source.read(LEDGER, position - 1)).events if position else []
        same = not position or bool(there and there[0].leaf == self._leaf)
        if same == self.forked:
            log.error("organisation.whole_again" if same else "organisation.forked", position=position)
        self.forked, self._suspect = not same, False
        if self.forked:
            self._waiting.clear()
            raise Unavailable(f"{SERVICE}/{LEDGER} is not the ledger that was read up to {position}")

    def _next(self) -> list[Arrived]:
        """What waits and follows on the position reached, without a gap."""
        events: list[Arrived] = []
        while following := self._waiting.pop(self.organisation.position + len(events) + 1, None):
            events.append(following)
        return events

    async def _take(self, events: Sequence[Arrived]) -> None:
        for arrived in events:
            if arrived.previous != self._leaf:
                self._suspect = True
                await self._verify()
                raise Unavailable(f"{arrived.recorded.id} does not follow on what was read")
            self.organisation.apply(arrived.recorded)
            self._leaf = arrived.leaf
            self._untold.append(arrived.recorded)
        if self._untold:
            await self._also(self._untold)
            self._untold = []
        for position in [p for p in self._waiting if p <= self.organisation.position]:
            del self._waiting[position]
