"""The nerve between services: NATS behind a handful of calls; it may lose all and stops no command."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import StorageType, StreamConfig
from nats.js.errors import NotFoundError
from prometheus_client import Counter

from shared.passing import Unavailable

log = structlog.get_logger()

PING_SECONDS = 10
CONNECT_SECONDS = 5
RETRY_SECONDS = 0.5
BUFFERED_AT_MOST = 10_000  # messages that wait for the socket; what is more is dropped, the feed heals

DROPPED = Counter("denggao_nats_dropped", "Messages that were never sent; their readers heal from the feed")

Callback = Callable[[bytes, Mapping[str, str]], Awaitable[None]]


class Unanswered(Unavailable):
    """Nobody answered a request in time, or NATS is away: ask again later."""


@dataclass(frozen=True, slots=True)
class _Subscription:
    subject: str
    queue: str
    callback: Callable[[Msg], Awaitable[None]]


class Bus:
    """One service's connection to NATS, replaced by a new one whenever it closes or no longer answers.

    `url` may name several servers with commas. `nkey_seed_path` is the file with the service's nkey.
    """

    def __init__(self, url: str, name: str, nkey_seed_path: Path | None = None) -> None:
        self.name = name
        self._servers = url.split(",")
        self._seed = str(nkey_seed_path) if nkey_seed_path else None
        self._subscriptions: list[_Subscription] = []
        self._streams: list[StreamConfig] = []
        self._client: Client | None = None
        self._up = asyncio.Event()
        self._outgoing: deque[tuple[str, bytes, dict[str, str] | None]] = deque()
        self._to_send = asyncio.Event()
        self._sent = asyncio.Event()
        self._sent.set()
        self._tasks: list[asyncio.Task[None]] = []
        self._closing = False

    @property
    def connected(self) -> bool:
        """Whether messages go out at this moment."""
        return self._client is not None and self._client.is_connected

    async def connect(self, timeout_seconds: float = 2) -> bool:
        """Begin to keep a connection; returns whether it stands by the timeout, and goes on trying if not."""
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._keep(), name="bus connection"),
                asyncio.create_task(self._send(), name="bus sending"),
            ]
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self._up.wait()
        return self.connected

    async def close(self) -> None:
        """Send what waits, let callbacks finish, hang up."""
        self._closing = True
        if client := self._client:
            with suppress(NatsError, OSError, TimeoutError):
                async with asyncio.timeout(PING_SECONDS):
                    await self._sent.wait()
                    await client.drain()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    # -- sending ------------------------------------------------------------------------------

    def publish(self, subject: str, payload: bytes, headers: dict[str, str] | None = None) -> None:
        """Send and forget: never raises, never waits; dropped while NATS is away."""
        if not self.connected or len(self._outgoing) >= BUFFERED_AT_MOST:
            DROPPED.inc()
            return
        self._outgoing.append((subject, payload, headers or None))
        self._sent.clear()
        self._to_send.set()

    async def request(self, subject: str, payload: bytes, timeout_seconds: float) -> bytes:
        """One service's answer; raises Unanswered when there is none in time."""
        client = self._client
        if client is None:
            raise Unanswered(f"{subject}: NATS is away")
        try:
            answer = await client.request(subject, payload, timeout=timeout_seconds)
        except (NatsError, OSError, TimeoutError) as error:
            raise Unanswered(f"{subject}: {error!r}") from error
        if not answer.data:
            raise Unanswered(f"{subject}: the other side failed")
        return answer.data

    async def _send(self) -> None:
        while True:
            await self._to_send.wait()
            self._to_send.clear()
            while self._outgoing and (client := self._client):
                subject, payload, headers = self._outgoing.popleft()
                try:
                    await client.publish(subject, payload, headers=headers)
                except (NatsError, OSError, TimeoutError) as error:
                    DROPPED.inc()
                    log.info("bus.dropped", subject=subject, error=repr(error))
            self._sent.set()

    # -- receiving ----------------------------------------------------------------------------

    async def subscribe(self, subject: str, queue: str, callback: Callback) -> None:
        """Call back with payload and headers of every message; in a queue group one member gets it.

        An empty queue: every subscriber gets it. Callbacks of one subscription run one at a time.
        """

        async def receive(message: Msg) -> None:
            await callback(message.data, message.headers or {})

        await self._subscribe(_Subscription(subject, queue, _guarded(receive)))

    async def serve(self, subject: str, queue: str, answer: Callable[[bytes], Awaitable[bytes]]) -> None:
        """Answer requests. An answer that raises is sent as nothing, so nobody waits for it."""

        async def receive(message: Msg) -> None:
            if not message.reply:
                return
            payload = b""
            try:
                payload = await answer(message.data)
            finally:
                await message.respond(payload)

        await self._subscribe(_Subscription(subject, queue, _guarded(receive)))

    async def keep_stream(self, name: str, subject: str, max_age_seconds: int) -> None:
        """Have JetStream capture a subject on disk, for others; tried again until it does."""
        self._streams.append(
            StreamConfig(name=name, subjects=[subject], max_age=max_age_seconds, storage=StorageType.FILE)
        )
        if client := self._client:
            await self._ensure_streams(client)

    async def stream_bytes(self, name: str) -> int:
        """What a stream takes on NATS's disk; raises Unanswered."""
        if self._client is None:
            raise Unanswered(f"stream {name}: NATS is away")
        try:
            return (await self._client.jetstream(timeout=2).stream_info(name)).state.bytes
        except (NatsError, OSError, TimeoutError) as error:
            raise Unanswered(f"stream {name}: {error!r}") from error

    async def _subscribe(self, subscription: _Subscription) -> None:
        self._subscriptions.append(subscription)
        if client := self._client:
            try:
                await _attach(client, subscription)
            except (NatsError, OSError) as error:
                if client.is_connected:
                    raise
                log.info("bus.not_attached", subject=subscription.subject, error=repr(error))  # the next does

    # -- the connection -----------------------------------------------------------------------

    async def _keep(self) -> None:
        """One client for each connection: a new one is simpler to trust than one that repairs itself."""
        said = ""
        while not self._closing:  # the library may swallow our task's cancellation
            client, closed = Client(), asyncio.Event()
            try:
                await self._open(client, closed)
                log.info("bus.connected", server=client.connected_url.netloc if client.connected_url else "")
                said = ""
                await self._watch(client, closed)
                log.warning("bus.disconnected")
            except (NatsError, OSError, TimeoutError) as error:
                if said != (said := type(error).__name__):
                    log.warning("bus.away", error=repr(error))
            except Exception:
                log.exception("bus.failed")
            finally:
                self._client = None
                self._up.clear()
                DROPPED.inc(len(self._outgoing))
                self._outgoing.clear()
                self._sent.set()
                await _discard(client)
            await asyncio.sleep(RETRY_SECONDS)

    async def _open(self, client: Client, closed: asyncio.Event) -> None:
        async def on_closed() -> None:
            closed.set()

        async def on_error(error: Exception) -> None:
            if not isinstance(error, OSError):  # "connection refused" is said once, by _keep
                log.info("bus.error", error=repr(error))

        async with asyncio.timeout(CONNECT_SECONDS):
            await client.connect(
                self._servers,
                name=self.name,
                error_cb=on_error,
                closed_cb=on_closed,
                allow_reconnect=False,
                reconnect_time_wait=RETRY_SECONDS,  # type: ignore[arg-type]  # only ever slept on
                ping_interval=PING_SECONDS,
                flush_timeout=PING_SECONDS,
                nkeys_seed=self._seed,
                inbox_prefix=f"_INBOX.{self.name}",  # a service may hear the answers to itself alone
            )
            for subscription in self._subscriptions:
                await _attach(client, subscription)
        self._client = client
        self._up.set()
        self._to_send.set()

    async def _watch(self, client: Client, closed: asyncio.Event) -> None:
        """Returns when the connection has closed; raises when it no longer answers a ping."""
        while not closed.is_set():
            await self._ensure_streams(client)
            with suppress(TimeoutError):
                async with asyncio.timeout(PING_SECONDS):
                    await closed.wait()
            if not closed.is_set():
                await client.flush(timeout=PING_SECONDS)

    async def _ensure_streams(self, client: Client) -> None:
        stream_api = client.jetstream(timeout=2)
        for stream in self._streams:
            assert stream.name
            try:
                try:
                    await stream_api.stream_info(stream.name)
                except NotFoundError:
                    await stream_api.add_stream(stream)
                    log.info("bus.stream_made", stream=stream.name)
            except (NatsError, OSError, TimeoutError) as error:
                log.info("bus.stream_away", stream=stream.name, error=repr(error))


async def _attach(client: Client, subscription: _Subscription) -> None:
    await client.subscribe(subscription.subject, subscription.queue, subscription.callback)


async def _discard(client: Client) -> None:
    with suppress(Exception):
        async with asyncio.timeout(2):
            await client.close()


def _guarded(receive: Callable[[Msg], Awaitable[None]]) -> Callable[[Msg], Awaitable[None]]:
    """Nothing that a callback does ends its subscription, not even a cancelled task that it awaited."""

    async def guarded(message: Msg) -> None:
        try:
            await receive(message)
        except Exception:
            log.exception("bus.callback_failed", subject=message.subject)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task and task.cancelling():
                raise
            log.exception("bus.callback_cancelled", subject=message.subject)

    return guarded
