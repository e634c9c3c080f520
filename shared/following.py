"""Keeping the organisation in memory up to date: every service folds `projects/group` as it grows."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from shared.decision import Read
from shared.envelope import Recorded
from shared.messages import Arrived, Heads
from shared.organisation import Organisation
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
        self._source = source
        self._also = also
        self._one_at_a_time = asyncio.Lock()
        self._behind = asyncio.Event()
        self._waiting: dict[int, Recorded] = {}  # by position, those that came and were not taken yet
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
        """Read on to the ledger's end as it is now; says what a decision after this has read."""
        async with self._one_at_a_time:
            page = await self._source.read(LEDGER, self.organisation.position)
            while page.events:
                await self._take([arrived.recorded for arrived in page.events])
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
                self._waiting[recorded.position] = recorded
            self._announced = max(self._announced, recorded.position)
            self._behind.set()

    def heard(self, service: str, heads: Heads) -> None:
        """The service has said where its ledgers end."""
        position, _ = heads.heads.get(LEDGER, (0, ""))
        self._announced = max(self._announced, position)
        if self._missing:
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
                    await self._take(self._next())
                if self._missing:
                    await self.catch_up()
            except Exception as error:  # noqa: BLE001 - away for a moment: the next heads wake us again
                log.warning("organisation.not_read", error=repr(error))

    def _next(self) -> list[Recorded]:
        """What waits and follows on the position reached, without a gap."""
        events: list[Recorded] = []
        while following := self._waiting.pop(self.organisation.position + len(events) + 1, None):
            events.append(following)
        return events

    async def _take(self, events: Sequence[Recorded]) -> None:
        for recorded in events:
            self.organisation.apply(recorded)
            self._untold.append(recorded)
        if self._untold:
            await self._also(self._untold)
            self._untold = []
        for position in [p for p in self._waiting if p <= self.organisation.position]:
            del self._waiting[position]
