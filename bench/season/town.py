"""The processes of a season: NATS, projects' part, and as many of evaluation as are asked for."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import psutil

from bench.http import ROOT, UNLIMITED, free_port
from bench.season.asking import People
from bench.season.projects import BEGIN, MEETING, MISSED, TOLD, Meeting, Task, Told
from bench.season.size import Size
from cli.programs import Ports, Programs
from cli.supervisor import Program, Supervisor
from shared.auth import load_or_make_key
from shared.bus import Bus
from shared.domain import UnitId
from shared.engines import create_engine
from shared.migrations import migrate

ANSWERS_WITHIN_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Databases:
    """Empty ones: of projects, of evaluation, of its views."""

    projects: str
    evaluation: str
    views: str


class Town:
    """What runs, and how it is told to do something."""

    def __init__(self, place: Path, databases: Databases, workers: int) -> None:
        self.databases = databases
        self.place = place
        self.ports = [free_port() for _ in range(workers + 1)]  # one more, who may join later
        self.workers = [f"evaluation-{n}" for n in range(1, workers + 1)]
        self.programs = Programs(place, Ports(free_port(), {}, free_port()))
        self.bus = Bus(f"nats://127.0.0.1:{self.programs.ports.nats}", "season")
        self.key = place / "signing-key.pem"
        load_or_make_key(self.key)
        self.people = People(self.key, self.programs.url, self.ports[:workers])
        self.supervisor = Supervisor(place, lambda _: None)
        self._projects: asyncio.subprocess.Process | None = None

    async def begins(self, size: Size, begins: Any) -> None:
        """Everybody is there, and all of evaluation knows the group."""
        engine = create_engine(self.databases.evaluation, durable=True)
        await migrate(engine, "evaluation")
        await engine.dispose()
        await self.supervisor.start(self.programs.nats())
        nats = f"nats://127.0.0.1:{self.programs.ports.nats}"
        url, key = self.programs.url, str(self.key)
        task = Task(size, begins, self.databases.projects, nats, url, key, self.people.ports)
        self._projects = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "bench.season.projects", msgspec.json.encode(task).decode()),
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
        )
        assert self._projects.stdout
        if await self._projects.stdout.readline() != b"ready\n":
            raise SystemExit("projects' part of the season did not begin; what it says stands above")
        await self.bus.connect()
        await self.supervisor.start(*map(self._program, self.workers))

    async def asked(self, subject: str, what: Any = None) -> bytes:
        """What projects' part answers."""
        return await self.bus.request(subject, msgspec.json.encode(what), ANSWERS_WITHIN_SECONDS)

    async def season_begins(self) -> None:
        """From here on something happens."""
        await self.asked(BEGIN)

    async def told(self) -> Told:
        """How far projects' part is."""
        return msgspec.json.decode(await self.asked(TOLD), type=Told)

    async def meets(self, unit: UnitId, review: str) -> tuple[str, str]:
        """A committee meets on a matter of a review: the meeting, and where its minutes are recorded."""
        answer = await self.asked(MEETING, Meeting(unit, review))
        return msgspec.json.decode(answer, type=tuple[str, str])

    async def misses(self, events: int) -> int:
        """Events that are recorded while evaluation is away; how many they were."""
        return msgspec.json.decode(await self.asked(MISSED, events), type=int)

    def process(self, worker: str) -> psutil.Process | None:
        """The one that listens for a worker; None while there is none."""
        port = self.ports[self.workers.index(worker)]
        for one in psutil.net_connections("tcp"):
            if one.laddr and one.laddr[1] == port and one.status == psutil.CONN_LISTEN and one.pid:
                return psutil.Process(one.pid)
        return None

    async def kill(self, worker: str) -> None:
        """At once; it is started again as `up` does."""
        if process := self.process(worker):
            process.send_signal(signal.SIGKILL)

    async def add(self) -> str:
        """One more; its name."""
        self.workers.append(name := f"evaluation-{len(self.workers) + 1}")
        await self.supervisor.start(self._program(name))
        self.people.ports.append(self.ports[len(self.workers) - 1])
        return name

    async def remove(self, worker: str) -> None:
        """In order: nobody asks it any more, then it ends."""
        port = self.ports[self.workers.index(worker)]
        if port in self.people.ports:
            self.people.ports.remove(port)
        await self.supervisor.stop(worker)

    async def stop_workers(self) -> None:
        """All of evaluation."""
        await self.supervisor.stop(*self.workers)

    async def start_workers(self, names: Sequence[str]) -> None:
        """These again."""
        await self.supervisor.start(*map(self._program, names))

    async def close(self) -> None:
        """End everything."""
        self.people.close()
        await self.bus.close()
        if self._projects and self._projects.returncode is None:
            self._projects.kill()
            await self._projects.wait()
        await self.supervisor.stop_all(self.workers, ("nats",))
        await self.programs.close()

    def _program(self, worker: str) -> Program:
        port = self.ports[self.workers.index(worker)]
        ports = replace(self.programs.ports, services={"evaluation": port})
        (program,) = Programs(self.place, ports).services()
        own = {"DENGGAO_DATABASE_URL": self.databases.evaluation, "DENGGAO_VIEWS_URL": self.databases.views}
        return replace(program, name=worker, environment={**program.environment, **UNLIMITED, **own})


@asynccontextmanager
async def town(
    place: Path, databases: Databases, workers: int, size: Size, begins: Any
) -> AsyncIterator[Town]:
    """Runs for as long as the block lasts."""
    built = Town(place, databases, workers)
    try:
        await built.begins(size, begins)
        yield built
    finally:
        await built.close()
