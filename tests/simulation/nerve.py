"""A bus that loses, doubles, delays and reorders by the seed; NATS itself is not simulated."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from shared.bus import Bus, Callback, Unanswered
from tests.simulation.loop import Loop, Owner


@dataclass(eq=False)
class Subscription:
    """Who wants to hear what; its messages are handled one at a time."""

    bus: NervousBus
    subject: str
    queue: str
    callback: Callback
    waiting: deque[tuple[bytes, Mapping[str, str]]] = field(default_factory=deque)
    busy: bool = False

    def covers(self, subject: str) -> bool:
        """Whether it hears this subject."""
        if self.subject.endswith(">"):
            return subject.startswith(self.subject[:-1])
        return subject == self.subject


class Nerve:
    """The wire between the buses of all processes."""

    def __init__(self, loop: Loop, *, lost: float, doubled: float, slow: float) -> None:
        self.loop = loop
        self.lost, self.doubled, self.slow = lost, doubled, slow
        self.subscriptions: list[Subscription] = []

    def off(self) -> None:
        """From now on every message arrives, once, soon."""
        self.lost = self.doubled = self.slow = 0.0
        for subscription in self.subscriptions:
            subscription.bus.connected_now = True

    def forget(self, owner: Owner) -> None:
        """The server has seen that a process is gone."""
        self.subscriptions = [s for s in self.subscriptions if s.bus.owner is not owner]

    def drop(self, subscription: Subscription) -> None:
        """One subscription ends."""
        self.subscriptions = [s for s in self.subscriptions if s is not subscription]

    def send(self, subject: str, payload: bytes, headers: Mapping[str, str]) -> bool:
        """To every subscriber, and to one of each queue group; says whether anybody listens."""
        groups: dict[str, list[Subscription]] = {}
        for number, subscription in enumerate(self.subscriptions):
            if subscription.covers(subject) and subscription.bus.connected_now:
                groups.setdefault(subscription.queue or f"alone {number}", []).append(subscription)
        for members in groups.values():
            member = members[int(self.loop.random.random() * len(members))]
            self.carry(member.bus, partial(member.bus.deliver, member, payload, headers))
        return bool(groups)

    def carry(self, to: NervousBus, arrive: Callable[[], None]) -> None:
        """Over the wire, perhaps: none, once or twice, sooner or later."""
        random = self.loop.random
        if random.random() < self.lost:
            self.loop.note(f"the bus loses a message to {to.owner.name}")
            return
        for _ in range(2 if random.random() < self.doubled else 1):
            delay = random.random() * (3.0 if random.random() < self.slow else 0.01)
            self.loop.later(to.owner, delay, arrive)


class NervousBus(Bus):
    """The bus of one process."""

    def __init__(self, nerve: Nerve, owner: Owner, name: str) -> None:  # no connection: no super().__init__
        self.name = name
        self.owner = owner
        self.dropped = 0
        self.connected_now = True
        self._nerve = nerve

    @property
    def connected(self) -> bool:
        """Whether messages go out at this moment."""
        return self.connected_now

    async def connect(self, timeout_seconds: float = 2) -> bool:
        """Nothing to do."""
        return self.connected

    async def close(self) -> None:
        """Hang up."""
        self._nerve.forget(self.owner)

    def publish(self, subject: str, payload: bytes, headers: dict[str, str] | None = None) -> None:
        """Send and forget."""
        if self.connected:
            self._nerve.send(subject, payload, headers or {})
        else:
            self.dropped += 1

    async def request(self, subject: str, payload: bytes, timeout_seconds: float) -> bytes:
        """One service's answer; raises Unanswered when there is none in time."""
        if not self.connected:
            raise Unanswered(f"{subject}: NATS is away")
        answer: asyncio.Future[bytes] = self._nerve.loop.create_future()
        place = f"_INBOX.{self._nerve.loop.steps}.{int(self._nerve.loop.random.random() * 2**32)}"

        async def take(payload: bytes, _headers: Mapping[str, str]) -> None:
            if not answer.done():
                answer.set_result(payload)

        inbox = Subscription(self, place, "", take)
        self._nerve.subscriptions.append(inbox)
        try:
            if not self._nerve.send(subject, payload, {"reply": place}):
                raise Unanswered(f"{subject}: nobody listens")
            async with asyncio.timeout(timeout_seconds):
                data = await answer
        except TimeoutError as error:
            raise Unanswered(f"{subject}: {error!r}") from error
        finally:
            self._nerve.drop(inbox)
        if not data:
            raise Unanswered(f"{subject}: the other side failed")
        return data

    async def subscribe(self, subject: str, queue: str, callback: Callback) -> None:
        """Call back with payload and headers of every message."""
        self._nerve.subscriptions.append(Subscription(self, subject, queue, callback))

    async def serve(self, subject: str, queue: str, answer: Callable[[bytes], Awaitable[bytes]]) -> None:
        """Answer requests; an answer that raises is sent as nothing."""

        async def receive(payload: bytes, headers: Mapping[str, str]) -> None:
            data = b""
            try:
                data = await answer(payload)
            finally:
                self.publish(headers["reply"], data)

        await self.subscribe(subject, queue, receive)

    async def keep_stream(self, name: str, subject: str, max_age_seconds: int) -> None:
        """Nothing of ours reads it."""

    def deliver(self, subscription: Subscription, payload: bytes, headers: Mapping[str, str]) -> None:
        """A message has come to this process."""
        if not self.connected:
            return
        subscription.waiting.append((payload, headers))
        if not subscription.busy:
            subscription.busy = True
            asyncio.get_running_loop().create_task(self._handle(subscription), name=subscription.subject)

    async def _handle(self, subscription: Subscription) -> None:
        while subscription.waiting:
            payload, headers = subscription.waiting.popleft()
            try:
                await subscription.callback(payload, headers)
            except Exception as error:  # noqa: BLE001 - as with the real bus, it ends no subscription
                self._nerve.loop.note(f"callback of {subscription.subject} fails: {error!r}")
        subscription.busy = False
