"""A deciding service's mouth: each event after its commit, all heads every two seconds, and the feed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog

from shared.bus import Bus
from shared.clock import Clock, SystemClock
from shared.codec import Schema
from shared.envelope import Recorded
from shared.ledger import RESTRICTED, Ledgers
from shared.messages import (
    EventMessage,
    FeedPage,
    encoded,
    event_message,
    heads_now,
    linked,
    read_linked,
    read_request,
    read_unlinked,
)

log = structlog.get_logger()

HEADS_EVERY_SECONDS = 2.0
PAGE_BYTES = 512 * 1024
PAGE_EVENTS = 300  # of the usual size they fill a page; what is read beyond it is read in vain
STREAM = "EVENTS"  # JetStream's copy for the group's own systems; nothing of ours reads it
STREAM_SECONDS = 30 * 24 * 3600


class Announcer:
    """One for each deciding service and process; `committed` is the writer's callback."""

    def __init__(self, bus: Bus, ledgers: Ledgers, clock: Clock | None = None) -> None:
        self.bus = bus
        self.clock = clock or SystemClock()
        self.ledgers = Ledgers(ledgers.engine, ledgers.service, Schema(()))  # bytes pass through unread
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Serve the feed, send the heads, have the stream EVENTS made; returns at once."""
        service = self.ledgers.service
        await self.bus.serve(f"feed.{service}", service, self._feed)
        await self.bus.keep_stream(STREAM, "ev.>", STREAM_SECONDS)
        self._task = asyncio.create_task(self._send_heads(), name=f"heads of {service}")

    async def close(self) -> None:
        """Send no more heads."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def committed(self, recorded: Sequence[Recorded], previous: bytes, leaves: Sequence[bytes]) -> None:
        """Publish neighbouring events of one ledger; `previous` is the leaf before the first, or empty."""
        for arrived in linked(recorded, previous, leaves):
            event = arrived.recorded
            if event.ledger in RESTRICTED:
                return
            headers = {"traceparent": arrived.traceparent} if arrived.traceparent else None
            self.bus.publish(f"ev.{event.service}.{event.ledger}", encoded(event_message(arrived)), headers)

    async def _feed(self, payload: bytes) -> bytes:
        request = read_request(payload)
        if request.ledger in RESTRICTED:
            return encoded(FeedPage([], 0))
        if request.stream is not None:
            found, head = await read_unlinked(self.ledgers, request.stream, request.after, PAGE_EVENTS)
        else:
            found = await read_linked(self.ledgers, request.ledger, request.after, PAGE_EVENTS)
            head = (await self.ledgers.head(request.ledger)).position
        page: list[EventMessage] = []
        size = 0
        for arrived in found:
            size += len(arrived.recorded.body) + 400  # the rest of a message, generously
            if page and size > PAGE_BYTES:
                break
            page.append(event_message(arrived))
        return encoded(FeedPage(page, head))

    async def _send_heads(self) -> None:
        while True:
            try:
                if self.bus.connected:
                    heads = await heads_now(self.ledgers, self.clock.now())
                    self.bus.publish(f"heads.{self.ledgers.service}", encoded(heads))
            except Exception as error:  # noqa: BLE001 - whatever it was, the next heads are sent
                log.warning("announcer.heads_failed", error=repr(error))
            await asyncio.sleep(HEADS_EVERY_SECONDS)
