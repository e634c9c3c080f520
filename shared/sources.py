"""Where a reader gets events from: its own service's ledgers, or another service over the bus."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from typing import Protocol
from uuid import UUID

import msgspec
import structlog

from shared.bus import Bus
from shared.clock import Clock, SystemClock
from shared.codec import Schema
from shared.envelope import Recorded
from shared.ledger import Ledgers
from shared.messages import (
    Arrived,
    DamagedMessage,
    FeedPage,
    FeedRequest,
    Heads,
    Page,
    arrived_from,
    encoded,
    heads_now,
    linked,
    read_event,
    read_heads,
    read_linked,
    read_page,
    read_unlinked,
)

log = structlog.get_logger()

LOCAL_HEADS_EVERY_SECONDS = 1.0
LOCAL_PAGE_EVENTS = 10_000  # the larger, the more a view has at hand, and the fewer rows it writes twice
FEED_TIMEOUT_SECONDS = 2.0
BEHIND_ALL = 2**62  # behind this position lies nothing: the feed's answer is the head alone


class Reader(Protocol):
    """Whoever is told of events and heads; neither call waits."""

    def offer(self, arrived: Arrived) -> None:
        """An event has come: the next, an old one, or one too early."""

    def heard(self, service: str, heads: Heads) -> None:
        """A service has said where its ledgers end."""


class Source(Protocol):
    """One service's events."""

    service: str

    def attach(self, reader: Reader) -> None:
        """Tell this reader too."""

    async def start(self) -> None:
        """Begin to listen; a second call does nothing."""

    async def close(self) -> None:
        """Stop listening."""

    async def read(self, ledger: str, after: int) -> Page:
        """Events behind a position; raises Unanswered or a database's error when it cannot be said."""
        ...

    async def head(self, ledger: str) -> int:
        """The position where a ledger ends; raises as `read` does."""
        ...


class StreamSource(Protocol):
    """Whole streams of one service, for who folds the past of one thing (0069)."""

    async def stream(self, stream: UUID) -> list[Recorded]:
        """All its events so far, unread, whatever ledgers it has lain in; raises as `Source.read` does."""
        ...


class LocalSource:
    """A service's own ledgers, read in its database; no NATS needed.

    `committed` is the writer's callback; what other processes append is found by looking.
    """

    def __init__(
        self,
        ledgers: Ledgers,
        clock: Clock | None = None,
        every_seconds: float = LOCAL_HEADS_EVERY_SECONDS,
    ) -> None:
        self.service = ledgers.service
        self.ledgers = Ledgers(ledgers.engine, ledgers.service, Schema(()))  # each view reads for itself
        self.clock = clock or SystemClock()
        self.every_seconds = every_seconds
        self._readers: list[Reader] = []
        self._task: asyncio.Task[None] | None = None

    def attach(self, reader: Reader) -> None:
        """Tell this reader too."""
        self._readers.append(reader)

    async def start(self) -> None:
        """Begin to look at the heads."""
        if self._task is None:
            self._task = asyncio.create_task(self._look(), name=f"ledgers of {self.service}")

    async def close(self) -> None:
        """Stop looking."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def committed(self, recorded: Sequence[Recorded], previous: bytes, leaves: Sequence[bytes]) -> None:
        """Hand neighbouring events of one ledger on; `previous` is the leaf before the first, or empty."""
        for arrived in linked(recorded, previous, leaves):
            for reader in self._readers:
                reader.offer(arrived)

    async def read(self, ledger: str, after: int) -> Page:
        """Events behind a position."""
        events = await read_linked(self.ledgers, ledger, after, LOCAL_PAGE_EVENTS)
        return Page(events, events[-1].recorded.position if events else after)

    async def head(self, ledger: str) -> int:
        """The position where a ledger ends."""
        return (await self.ledgers.head(ledger)).position

    async def stream(self, stream: UUID) -> list[Recorded]:
        """All events of a stream, as the feed tells them."""
        return [one.recorded for one in (await read_unlinked(self.ledgers, stream, 0, sys.maxsize))[0]]

    async def _look(self) -> None:
        while True:
            try:
                heads = await heads_now(self.ledgers, self.clock.now())
                for reader in self._readers:
                    reader.heard(self.service, heads)
            except Exception as error:  # noqa: BLE001 - whatever it was, it looks again
                log.warning("source.heads_failed", source=self.service, error=repr(error))
            await asyncio.sleep(self.every_seconds)


class FeedSource:
    """Another service, over the bus: its messages, its heads, and its feed for what was missed.

    All processes with the bus's name form one queue group: each event reaches one of them.
    """

    def __init__(self, bus: Bus, service: str) -> None:
        self.bus = bus
        self.service = service
        self._readers: list[Reader] = []
        self._started = False

    def attach(self, reader: Reader) -> None:
        """Tell this reader too."""
        self._readers.append(reader)

    async def start(self) -> None:
        """Subscribe."""
        if not self._started:
            self._started = True
            await self.bus.subscribe(f"ev.{self.service}.>", self.bus.name, self._on_event)
            await self.bus.subscribe(f"heads.{self.service}", "", self._on_heads)

    async def hear(self, ledger: str) -> None:
        """Hear a ledger's events in every process, whichever of the queue group they reach."""
        await self.bus.subscribe(f"ev.{self.service}.{ledger}", "", self._on_event)

    async def close(self) -> None:
        """Tell nobody any more; the subscriptions end with the bus."""
        self._readers.clear()

    async def read(self, ledger: str, after: int) -> Page:
        """Events behind a position, from the feed."""
        page = await self._page(ledger, after)
        return Page([arrived_from(message) for message in page.events], page.head)

    async def head(self, ledger: str) -> int:
        """The position where a ledger ends, from the feed."""
        return (await self._page(ledger, BEHIND_ALL)).head

    async def stream(self, stream: UUID) -> list[Recorded]:
        """All events of a stream, from the feed, page by page."""
        found: list[Recorded] = []
        while True:
            page = await self._page("", found[-1].version if found else 0, stream)
            found += [arrived_from(message).recorded for message in page.events]
            if not page.events or found[-1].version >= page.head:
                return found

    async def _page(self, ledger: str, after: int, stream: UUID | None = None) -> FeedPage:
        request = encoded(FeedRequest(after, ledger, stream))
        return read_page(await self.bus.request(f"feed.{self.service}", request, FEED_TIMEOUT_SECONDS))

    async def _on_event(self, payload: bytes, headers: Mapping[str, str]) -> None:
        try:
            arrived = arrived_from(read_event(payload), headers.get("traceparent", ""))
        except (msgspec.MsgspecError, ValueError, DamagedMessage) as error:
            log.warning("source.damaged_message", source=self.service, error=repr(error))
            return
        if arrived.recorded.service != self.service:
            log.warning("source.wrong_service", source=self.service, at=arrived.recorded.id)
            return
        for reader in self._readers:
            reader.offer(arrived)

    async def _on_heads(self, payload: bytes, _headers: Mapping[str, str]) -> None:
        heads = read_heads(payload)
        for reader in self._readers:
            reader.heard(self.service, heads)
