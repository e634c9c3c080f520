"""The processes of the simulation: each made of the kernel's parts as the services' app.py makes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from shared.announcer import Announcer
from shared.decision import Read
from shared.envelope import Recorded
from shared.following import Following
from shared.ledger import Ledgers
from shared.organisation import Organisation
from shared.projections import Consumer
from shared.reading import Runner, running
from shared.sources import FeedSource, LocalSource, Source
from shared.writer import Writer
from tests.simulation import domain
from tests.simulation.database import Database
from tests.simulation.loop import Loop, Owner
from tests.simulation.nerve import Nerve, NervousBus

BEGINS = datetime(2026, 1, 1, tzinfo=UTC)


class SimulatedClock:
    """The virtual time, seen by a machine whose clock is a little off."""

    def __init__(self, loop: Loop, off_seconds: float) -> None:
        self.off_seconds = off_seconds
        self._loop = loop

    def now(self) -> datetime:
        """The aware UTC moment."""
        return BEGINS + timedelta(seconds=self._loop.time() + self.off_seconds)


@dataclass
class Disk:
    """The databases of one service."""

    truth: Database
    views: Database

    def cut(self, owner: Owner) -> None:
        """The process is dead."""
        self.truth.cut(owner)
        self.views.cut(owner)


class Process(Owner):
    """One process of a service, from its start to its death."""

    writer: Writer
    following: Following
    runners: Sequence[Runner]

    def __init__(
        self,
        name: str,
        service: str,
        loop: Loop,
        nerve: Nerve,
        disk: Disk,
        random: Random,
        follows: Sequence[str],
        moves: bool,
    ) -> None:
        super().__init__(name)
        self.service = service
        self.loop = loop
        self.nerve = nerve
        self.disk = disk
        self.random = random
        self.follows = follows
        self.moves = moves
        self.clock = SimulatedClock(loop, random.uniform(-0.2, 0.2))
        self.bus = NervousBus(nerve, self, service)
        self.begun = False
        self.ended = False
        self._stack = AsyncExitStack()

    async def begin(self) -> None:
        """Start all parts; a database that is away ends the process, and whoever watches starts another."""
        random, stack = self.random, self._stack
        truth, views = self.disk.truth.engine(self, durable=True), self.disk.views.engine(self, durable=False)
        stack.push_async_callback(truth.dispose)
        stack.push_async_callback(views.dispose)
        ledgers = Ledgers(truth, self.service, domain.SCHEMA)
        await self.bus.connect()
        stack.push_async_callback(self.bus.close)
        announcer = Announcer(self.bus, ledgers, self.clock)
        own = LocalSource(ledgers, self.clock)
        feed = FeedSource(self.bus, "projects")
        deciding = self.service == "projects"
        organisation = Organisation()
        self.following = Following(own if deciding else feed, organisation)

        async def as_known() -> Read:
            reached = {"projects/group": organisation.position} if organisation.position else {}
            return Read(reached, organisation.recorded_at_micros)

        def committed(recorded: Sequence[Recorded], previous: bytes, leaves: Sequence[bytes]) -> None:
            own.committed(recorded, previous, leaves)
            announcer.committed(recorded, previous, leaves)

        refresh = self.following.catch_up if deciding else as_known
        self.writer = Writer(ledgers, self.clock, refresh=refresh, committed=committed)
        batch = random.choice([1, 3, 4000])
        sources: list[Source] = [own] if deciding else [feed, own]
        if deciding:
            self.runners = [Runner(domain.view("own", ("projects",), batch), views, sources)]
            if self.moves:
                self.runners = [
                    *self.runners,
                    Runner(domain.moving(self.writer.submit, batch), views, sources),
                ]
            await self.following.catch_up()
        else:
            following: dict[str, Callable[[], Consumer]] = {
                "both": lambda: domain.view("both", ("projects", "evaluation"), batch),
                "remembering": lambda: domain.remembering(random.choice([1, 5, 50])),
                "scoring": lambda: domain.scoring(self.writer.submit, random.choice([1, 50])),
            }
            self.runners = [Runner(following[name](), views, sources) for name in self.follows]
            await feed.start()
        await self.following.start()
        stack.push_async_callback(self.following.close)
        await announcer.start()
        stack.push_async_callback(announcer.close)
        await stack.enter_async_context(running(*self.runners))
        stack.push_async_callback(self.writer.close)
        self.begun = True

    async def end(self) -> None:
        """Stop as a service does that is told to."""
        self.begun = False
        await self._stack.aclose()
        self.ended = True

    def die(self) -> None:
        """SIGKILL: no line of it runs any more, and what was not committed is rolled back."""
        self.alive = self.begun = False
        self.loop.note(f"{self.name} is killed")
        self.disk.cut(self)
        self.loop.later(self.loop.world, self.random.random(), self.nerve.forget, self)
