"""One life of the whole: services on a virtual clock, clients, and whatever can go wrong, all by one seed."""

from __future__ import annotations

import asyncio
import gc
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import create_engine

from shared import ledger_tables
from shared.projections import View
from tests.simulation import domain
from tests.simulation.clients import Clients
from tests.simulation.database import Database, Faults
from tests.simulation.invariants import Broken, Invariants
from tests.simulation.knobs import Said, turned
from tests.simulation.loop import Loop, Stuck
from tests.simulation.nerve import Nerve
from tests.simulation.service import Disk, Process

MEMORY = Path("/dev/shm")  # a directory in memory, where there is one
SHARE_THAT_MOVES = 0.3  # of the lives: in these counters go on in another ledger
CHAOS_SECONDS = 3.0
HEALED_WITHIN_SECONDS = 90.0
ENDED_WITHIN_SECONDS = 30.0


@dataclass(frozen=True)
class Life:
    """What became of one seed."""

    seed: int
    failure: str | None
    trace: list[str]
    trace_hash: str
    steps: int
    seconds: float  # virtual


class World:
    """Everything that lives under one seed."""

    def __init__(self, seed: int, directory: Path) -> None:
        self.seed = seed
        self.random = random = Random(seed)
        self.loop = Loop(random, shuffled=random.random() < 0.7)  # type: ignore[abstract]  # no sockets
        self.said = Said(self.loop)
        hard = random.choice([0.0, 0.3, 1.0])  # one life in three knows only races and deaths
        self.faults = Faults(
            failing=hard * random.choice([0, 0.005, 0.03]),
            unknown_commits=hard * random.choice([0, 0.02, 0.1]),
            slow=hard * random.choice([0, 0.01]),
        )
        self.nerve = Nerve(
            self.loop,
            lost=hard * random.choice([0, 0.05, 0.5]),
            doubled=hard * random.choice([0, 0.1]),
            slow=hard * random.choice([0, 0.1]),
        )
        self.strict_time = (
            random.random() < 0.7
        )  # nobody stands still for long, so `complete_to` must be true
        self.patient = random.random() < 0.4  # until every view says that it is complete to the last event
        self.rebuilds = random.random() < 0.3
        self.rebuilding: list[tuple[Process, asyncio.Task[Any]]] = []
        self.disks = {
            service: Disk(*(self._database(directory, service, kind) for kind in ("truth", "views")))
            for service in ("projects", "evaluation")
        }
        self.wanted = {"projects": random.choice([1, 2, 2, 2, 3]), "evaluation": random.choice([0, 1, 1, 2])}
        self.follows = random.sample(["both", "remembering", "scoring"], random.choice([1, 1, 2, 3]))
        # Drawn apart, so that the other lives stay as they were.
        self.moves = Random(f"moves {seed}").random() < SHARE_THAT_MOVES
        self.processes: list[Process] = []
        self.clients = Clients(self)
        self.invariants = Invariants(self)
        self._over = False

    def _database(self, directory: Path, service: str, kind: str) -> Database:
        path = directory / f"{service}-{kind}.db"
        path.write_bytes(_template(kind))
        return Database(self.loop, f"{service}.{kind}", path, self.faults)

    def begun(self, service: str) -> list[Process]:
        """The processes of a service that take commands."""
        return [p for p in self.processes if p.service == service and p.begun and p.alive]

    async def ask(self, process: Process, work: Callable[[], Awaitable[Any]]) -> Any:
        """What comes of it in a process, as its value or its error; asyncio.CancelledError if that dies."""
        loop = self.loop
        answer: asyncio.Future[Any] = loop.create_future()

        def take(result: Any) -> None:
            if not answer.done():
                answer.set_result(result)

        async def do() -> None:
            try:
                result = await work()
            except Exception as error:  # noqa: BLE001 - it is the answer
                result = error
            loop.later(loop.world, 0.001, take, result)

        loop.later(process, 0.001, lambda: loop.create_task(do(), name="request"))
        return await answer

    async def live(self) -> None:
        """From the first start to the last check."""
        loop = self.loop
        keepers = [
            loop.create_task(self._keep(f"{service}-{number}", service), name=f"keeper of {service}-{number}")
            for service, count in self.wanted.items()
            for number in range(count)
        ]
        clients = loop.create_task(self.clients.live(), name="clients")
        watching = loop.create_task(self.invariants.watch(), name="watching")
        await self._chaos()
        self.faults.off()
        self.nerve.off()
        loop.note("all is well again")
        await self.invariants.healed(clients, HEALED_WITHIN_SECONDS)
        watching.cancel()
        await self.invariants.check()
        self._over = True
        await self._end(keepers)
        self.invariants.check_the_end()

    # -- what goes wrong ----------------------------------------------------------------------

    async def _chaos(self) -> None:
        random = self.random
        deeds: list[Callable[[], Awaitable[None]]] = [
            self._kill,
            self._restart,
            self._pause,
            self._unplug,
            self._lose_database,
            self._set_clock,
        ]
        if self.rebuilds:
            deeds.append(self._rebuild)
        moments = sorted(random.uniform(0, CHAOS_SECONDS) for _ in range(random.choice([0, 2, 4, 6])))
        for at in moments:
            await asyncio.sleep(at - self.loop.time())
            for _ in range(int(random.random() * 20)):
                await asyncio.sleep(0)  # between any two steps of the others
            await random.choice(deeds)()
        await asyncio.sleep(max(0.0, CHAOS_SECONDS - self.loop.time()))
        for process in self.processes:
            if process.alive:
                self.loop.resume(process)

    def _any(self) -> Process | None:
        alive = [p for p in self.processes if p.alive and not p.ended]
        return self.random.choice(alive) if alive else None

    async def _kill(self) -> None:
        if process := self._any():
            process.die()

    async def _restart(self) -> None:
        begun = [p for p in self.processes if p.begun and p.alive]
        if begun:
            process = self.random.choice(begun)
            self.loop.note(f"{process.name} is stopped")
            process.begun = False
            self.loop.later(process, 0, self._stopping, process)

    def _stopping(self, process: Process) -> None:
        self.loop.create_task(process.end(), name="the end")

    async def _pause(self) -> None:
        process = self._any()
        if process and process.paused is None:
            seconds = self.random.uniform(0.05, 1.0 if self.strict_time else 8.0)
            self.loop.note(f"{process.name} is paused for {seconds:.3f} s")
            process.paused = []
            self.loop.later(self.loop.world, seconds, self.loop.resume, process)

    async def _unplug(self) -> None:
        if process := self._any():
            seconds = self.random.uniform(0.1, 3)
            self.loop.note(f"{process.name} is without NATS for {seconds:.3f} s")
            process.bus.connected_now = False
            self.loop.later(self.loop.world, seconds, setattr, process.bus, "connected_now", True)

    async def _lose_database(self) -> None:
        disk = self.disks[self.random.choice(list(self.disks))]
        name = self.random.choice([disk.truth.name, disk.views.name])
        self.loop.note(f"{name} is away")
        self.faults.away.add(name)
        self.loop.later(self.loop.world, self.random.uniform(0.05, 2.5), self.faults.away.discard, name)

    async def _set_clock(self) -> None:
        if process := self._any():
            process.clock.off_seconds = self.random.uniform(-0.2, 0.2)

    async def _rebuild(self) -> None:
        process = self._any()
        if process and process.begun:
            for runner in process.runners:
                if isinstance(runner.consumer, View):
                    self.loop.note(f"{process.name} rebuilds {runner.consumer.name}")
                    rebuilding = self.loop.create_task(self.ask(process, runner.rebuild), name="rebuilding")
                    self.rebuilding.append((process, rebuilding))

    # -- processes ----------------------------------------------------------------------------

    async def _keep(self, name: str, service: str) -> None:
        """Start a process, and another whenever it has ended."""
        number = 0
        while not self._over:
            number += 1
            process = Process(
                f"{name}.{number}",
                service,
                self.loop,
                self.nerve,
                self.disks[service],
                self.random,
                self.follows,
                self.moves,
            )
            self.processes.append(process)
            beginning = self.loop.create_task(self.ask(process, process.begin), name="beginning")
            while process.alive and not process.ended and not self._over:
                if beginning.done() and beginning.result() is not None:
                    self.loop.note(f"{process.name} could not begin: {beginning.result()!r}")
                    process.die()
                await asyncio.sleep(0.1)
            beginning.cancel()

    async def _end(self, keepers: list[asyncio.Task[None]]) -> None:
        await asyncio.gather(*keepers)
        ending = [
            self.loop.create_task(self.ask(process, process.end), name="ending")
            for process in self.processes
            if process.alive and not process.ended
        ]
        done, stuck = await asyncio.wait(ending, timeout=ENDED_WITHIN_SECONDS)
        if stuck:
            raise Broken("a process does not end")
        for task in done:
            if task.result() is not None:
                raise Broken(f"a process ends with {task.result()!r}")


def live(seed: int) -> Life:
    """Live one seed to its end; what it breaks is in the answer."""
    with _directory() as directory, _without_collecting():
        return _lived(World(seed, directory))


def _lived(world: World) -> Life:
    """In a function of its own: its world is garbage when it has ended, and can be collected."""
    loop, failure = world.loop, None
    try:
        with turned(world.random, world.said):
            loop.run(world.live())
    except (Broken, Stuck) as error:
        failure = f"{type(error).__name__}: {error}"
    life = Life(world.seed, failure, list(loop.lines), loop.trace_hash(), loop.steps, loop.time())
    with turned(Random(world.seed), world.said):
        loop.bury()
    for disk in world.disks.values():
        disk.truth.close()
        disk.views.close()
    return life


@contextmanager
def _directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="denggao-", dir=MEMORY if MEMORY.is_dir() else None) as made:
        yield Path(made)


@contextmanager
def _without_collecting() -> Iterator[None]:
    """Python collects garbage when it likes; within a life it must not run anybody's last lines."""
    gc.disable()
    gc.freeze()  # what was there before is not looked at
    try:
        yield
    finally:
        gc.collect()
        gc.unfreeze()
        gc.enable()


@cache
def _template(kind: str) -> bytes:
    """An empty database with its tables."""
    directory = Path(tempfile.mkdtemp())
    engine = create_engine(f"sqlite:///{directory}/template.db")
    with engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        if kind == "truth":
            ledger_tables.create(connection)
        else:
            domain.metadata.create_all(connection)
    engine.dispose()
    made = (directory / "template.db").read_bytes()
    shutil.rmtree(directory)
    return made
