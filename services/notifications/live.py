"""Who has an inbox open is woken when it changes: in this process, in others, and at the latest by a look."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import uuid4

import msgspec
import structlog
from prometheus_client import Gauge
from sqlalchemy.ext.asyncio import AsyncEngine

from services.notifications.domain.recipients import JUROR
from services.notifications.inbox import letters_addressed
from services.notifications.inboxes import versions_of
from shared.bus import Bus
from shared.domain import PersonId
from shared.organisation import Organisation
from shared.passing import is_passing
from shared.problems import TooManyRequests, TryLater

log = structlog.get_logger()

SUBJECT = "inboxes.notifications"
LOOK_SECONDS = 5.0  # what the bus has lost is found so late
IN_ONE_MESSAGE = 1000
OF_ONE_PERSON, IN_ONE_PROCESS = 8, 4000
READING_AT_ONCE = 4  # of the database's connections: others want to read too
AGAIN_SECONDS = 15

STREAMS = Gauge("denggao_live_streams", "Inboxes that are open and told of changes")


class _Told(msgspec.Struct, frozen=True, array_like=True):
    by: str
    boxes: list[str]


@dataclass(eq=False, slots=True)
class Watch:
    """One open inbox: whose, up to when, which inboxes it is made of and what it has seen of them."""

    person: PersonId
    session: str
    until: datetime
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    versions: Mapping[str, int] = field(default_factory=dict)  # of each inbox, as this stream has seen it


class Live:
    """The open inboxes of this process."""

    def __init__(self, bus: Bus, truth: AsyncEngine, organisation: Organisation) -> None:
        self.reading = asyncio.Semaphore(READING_AT_ONCE)
        self.addressed: frozenset[tuple[str, str]] = frozenset()  # letters of jurors
        self.bus = bus
        self._truth = truth
        self._organisation = organisation
        self._watches: set[Watch] = set()
        self._of = Counter[PersonId]()
        self._me = uuid4().hex
        self._look_now = asyncio.Event()

    @property
    def open(self) -> int:
        """How many there are."""
        return len(self._watches)

    def changed(self, boxes: Collection[str]) -> None:
        """Wake whoever has one of these inboxes open, wherever; to be called once it is committed."""
        self._wake(boxes)
        told = sorted(boxes)
        for at in range(0, len(told), IN_ONE_MESSAGE):
            part = _Told(self._me, told[at : at + IN_ONE_MESSAGE])
            self.bus.publish(SUBJECT, msgspec.json.encode(part))

    def refuse_more(self, person: PersonId) -> None:
        """TooManyRequests for who has so many open already, TryLater where this process has."""
        if self._of[person] >= OF_ONE_PERSON:
            raise TooManyRequests(seconds=AGAIN_SECONDS)
        if len(self._watches) >= IN_ONE_PROCESS:
            raise TryLater()

    @contextmanager
    def watching(self, watch: Watch) -> Iterator[None]:
        """Wake it for as long as the block lasts."""
        self._watches.add(watch)
        self._of[watch.person] += 1
        STREAMS.set(len(self._watches))
        try:
            yield
        finally:
            self._watches.discard(watch)
            self._of[watch.person] -= 1
            self._of += Counter()  # forgets who has none
            STREAMS.set(len(self._watches))

    def is_over(self, watch: Watch, now: datetime) -> bool:
        """Whether its token has expired, or its session has ended."""
        return now >= watch.until or self._organisation.has_ended(watch.session)

    async def heard(self, payload: bytes, _headers: Mapping[str, str]) -> None:
        """What another process has changed."""
        told = msgspec.json.decode(payload, type=_Told)
        if told.by != self._me:
            self._wake(told.boxes)

    async def look(self) -> None:
        """Wake whoever has not seen what is there, and who may see nothing any more."""
        if not self._watches:
            return
        await self.know_letters()
        boxes = {box for watch in self._watches for box in watch.versions}
        async with self._truth.connect() as connection:
            versions = await versions_of(connection, boxes)
        for watch in self._watches:
            missed = any(versions.get(box, seen) != seen for box, seen in watch.versions.items())
            if missed or self._organisation.has_ended(watch.session):
                watch.woken.set()

    async def run(self, look_seconds: float) -> None:
        """Look again and again; at once where a letter of a juror was addressed."""
        while True:
            try:
                async with asyncio.timeout(look_seconds):
                    await self._look_now.wait()
            except TimeoutError:
                pass
            self._look_now.clear()
            try:
                await self.look()
            except Exception as error:
                if is_passing(error):
                    log.info("live.look_put_off", error=repr(error))
                else:
                    log.exception("live.look_failed")

    async def know_letters(self) -> None:
        """Which letters of jurors something was addressed to by now; whose each is, every stream asks."""
        async with self.reading, self._truth.connect() as connection:
            addressed = await letters_addressed(connection)
        if addressed != self.addressed:
            self.addressed = addressed
            for watch in self._watches:
                watch.woken.set()

    def _wake(self, boxes: Collection[str]) -> None:
        told = frozenset(boxes)
        if JUROR in told:
            self._look_now.set()
        for watch in self._watches:
            if not told.isdisjoint(watch.versions.keys()):
                watch.woken.set()


@asynccontextmanager
async def living(live: Live, look_seconds: float = LOOK_SECONDS) -> AsyncIterator[Live]:
    """Hear of changes for as long as the block lasts."""
    await live.bus.subscribe(SUBJECT, "", live.heard)
    task = asyncio.create_task(live.run(look_seconds), name="open inboxes")
    try:
        yield live
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
