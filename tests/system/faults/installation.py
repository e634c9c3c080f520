"""A whole installation whose processes, lines and disks a test can hurt, and make well again."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
import psutil
from sqlalchemy.engine import make_url

from cli.supervisor import leashed
from shared.migrations import migrate
from shared.starting import make_directory
from tests.support.books_of import engine_of
from tests.support.company import Company, found
from tests.support.cutting_proxy import CuttingProxy, cutting_proxy
from tests.support.engines import PostgresDatabases, PostgresServer
from tests.support.front_door import FrontDoor
from tests.support.nats_proxy import NatsProxy, nats_proxy
from tests.support.nats_server import NatsServer
from tests.support.running import ROOT, SERVICES, lives
from tests.support.waiting import eventually

NO_FRONT = "http://installation"  # the clients find the services themselves
READY_SECONDS = 240.0
DISK_MEGABYTES = 400
DATABASES = [(service, name) for service in SERVICES for name in ("ledger", "views")]


@dataclass
class Process:
    """One process of a service, at a port that the system chose."""

    service: str
    port: int
    running: psutil.Process

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def lives(self) -> bool:
        """Whether it has not ended."""
        return lives(self.running)


@dataclass
class Installation:
    """The three services, a nats-server, and every line between them and to their databases in our hands."""

    engine: str
    directory: Path
    chance: random.Random
    nats: NatsServer
    postgres: PostgresServer | None
    nats_way: NatsProxy
    ways: dict[tuple[str, str], CuttingProxy] = field(default_factory=dict)  # to each database of PostgreSQL
    environments: dict[str, dict[str, str]] = field(default_factory=dict)
    urls: dict[tuple[str, str], str] = field(default_factory=dict)  # past the proxies
    processes: list[Process] = field(default_factory=list)
    ahead_seconds: float = 0.0  # by which all clocks are meant to be before ours
    held: set[str] = field(default_factory=set)  # projects that this code cannot read
    wanted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(SERVICES, 1))
    tokens: dict[str, str] = field(default_factory=dict)  # of who works here
    megabytes: dict[str, float] = field(default_factory=dict)  # of a service after its first round

    @property
    def data(self) -> Path:
        """The data directory; on SQLite all that there is, on a disk of its own where we may mount one."""
        return self.directory / "data"

    @property
    def faults(self) -> Path:
        """Where the services look what is wrong with them."""
        return self.directory / "faults"

    def where(self, service: str, name: str) -> str:
        """The URL of a database, past the proxies."""
        return self.urls[service, name]

    def database(self, service: str, name: str) -> str:
        """The file, or the name in its server, of a database."""
        database = make_url(self.where(service, name)).database
        assert database
        return database

    def of(self, service: str) -> list[Process]:
        """Its living processes."""
        return [process for process in self.processes if process.service == service and process.lives]

    async def start(self, *services: str) -> list[Process]:
        """One more process of each, not waited for."""
        started = []
        for service in services:
            with socket.socket() as listening, (self.data / f"{service}.log").open("ab") as log:
                listening.bind(("127.0.0.1", 0))
                listening.listen(200)
                command = leashed(
                    *(sys.executable, "-P", "-m", "tests.system.faults.service", service),
                    str(listening.fileno()),
                )
                running = await asyncio.create_subprocess_exec(
                    *command,
                    env=self.environments[service],
                    stdout=log,
                    stderr=log,
                    pass_fds=[listening.fileno()],
                )
                process = Process(service, listening.getsockname()[1], psutil.Process(running.pid))
            self.processes.append(process)
            started.append(process)
        return started

    async def heal(self) -> None:
        """Every line whole, every process there and well."""
        self.nats_way.clear_up()
        for way in self.ways.values():
            way.cut(b"")
            way.away = False
            way.let_go.set()
        self.go_ahead()
        (self.faults / "poison").unlink(missing_ok=True)
        if self.postgres:
            answers = partial(asyncio.to_thread, self.postgres.answers)
            await eventually(answers, "PostgreSQL answers", READY_SECONDS)
        if not self.nats.running:
            await asyncio.to_thread(self.nats.start)
        self.nats.resume()
        for process in self.processes:
            if process.lives:
                process.running.resume()
        await self.scale(**self.wanted)

    def go_ahead(self) -> None:
        """Every clock goes to where it is meant to be, the databases' too."""
        for name in ("databases_clock", "clock"):
            written = self.faults / f"{name}.new"
            written.write_text(str(self.ahead_seconds))
            written.rename(self.faults / name)

    async def scale(self, **wanted: int) -> None:
        """So many processes of each; returns when all are well."""
        for service, count in wanted.items():
            living = self.of(service)
            for process in living[count:]:
                process.running.terminate()
            await self.start(*[service] * (count - len(living)))
        await eventually(
            lambda: all(len(self.of(service)) == count for service, count in wanted.items()),
            f"there are {wanted}",
            READY_SECONDS,
        )
        self.processes = [process for process in self.processes if process.lives]
        async with httpx.AsyncClient(timeout=10, trust_env=False) as http:
            for process in self.processes:
                await eventually(lambda: self.well(http, process), f"{process} is well", READY_SECONDS)  # noqa: B023

    async def well(self, http: httpx.AsyncClient, process: Process) -> bool:
        """Whether it says so of itself; AssertionError when it has ended."""
        assert process.lives, f"{process.service} ended: {self.said(process.service)}"
        try:
            health = await http.get(f"{process.url}/health")
        except httpx.TransportError:
            return False
        if not health.is_success or health.json()["nats"] != "connected":
            return False
        return all(view["live"] for view in health.json()["views"].values())

    def said(self, service: str) -> str:
        """The end of its log."""
        return (self.data / f"{service}.log").read_text("utf-8", "replace")[-3000:]

    @contextmanager
    def full_disk(self) -> Iterator[Callable[[], None]]:
        """No room is left on the disk of the databases in this block; what is given fills it up again."""
        ballast = f"{self.postgres.data if self.postgres else self.data}/ballast"
        sh = self.postgres.sh if self.postgres else partial(subprocess.run, shell=True, check=True)

        def fill() -> None:
            sh(f"dd if=/dev/zero of={ballast} bs=64k oflag=append conv=notrunc 2> /dev/null || true")

        fill()
        try:
            yield fill
        finally:
            sh(f"rm {ballast}")

    def transport(self) -> Services:
        """A client's way to the services, to any process of each."""
        return Services(self.port_of)

    def port_of(self, service: str) -> int | None:
        """The port of one of its processes, paused or not; None while it has none."""
        living = self.of(service)
        return self.chance.choice(living).port if living else None


class Services(httpx.AsyncBaseTransport, httpx.BaseTransport):
    """Leads `/api/<service>/…` to the service, as the front does."""

    def __init__(self, port_of: Callable[[str], int | None]) -> None:
        self._port_of = port_of
        self._waiting = httpx.AsyncHTTPTransport()
        self._blocking = httpx.HTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """To one of the service's processes."""
        return await self._waiting.handle_async_request(self._led(request))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The same for a client that blocks."""
        return self._blocking.handle_request(self._led(request))

    async def aclose(self) -> None:
        """Hang up."""
        await self._waiting.aclose()

    def close(self) -> None:
        """Hang up."""
        self._blocking.close()

    def _led(self, request: httpx.Request) -> httpx.Request:
        port = self._port_of(request.url.path.split("/")[2])
        if port is None:
            raise httpx.ConnectError("the service has no process", request=request)
        request.url = request.url.copy_with(host="127.0.0.1", port=port)
        return request


@asynccontextmanager
async def installed(
    directory: Path, engine: str, postgres: PostgresServer | None, chance: random.Random
) -> AsyncIterator[tuple[Installation, Company]]:
    """A founded installation; stopped, and its databases dropped, afterwards."""
    async with AsyncExitStack() as stack:
        nats = NatsServer(directory / "nats")
        stack.callback(nats.kill)
        await asyncio.to_thread(nats.start)
        nats_way, nats_url = await stack.enter_async_context(nats_proxy(nats.port, chance))
        made = Installation(engine, directory, chance, nats, postgres, nats_way)
        made.faults.mkdir()
        stack.enter_context(_disk(made.data))
        databases = PostgresDatabases(postgres) if postgres else None
        through: dict[tuple[str, str], str] = {}
        for service, name in DATABASES:
            if databases is None:
                url = through[service, name] = f"sqlite+aiosqlite:///{made.data}/{service}/{name}.db"
            else:
                url = await asyncio.to_thread(databases.url, f"{service}_{name}")
                way, through[service, name] = await stack.enter_async_context(cutting_proxy(url))
                made.ways[service, name] = way
            made.urls[service, name] = url
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DENGGAO_")}
        for service in SERVICES:
            made.environments[service] = clean | {
                "PYTHONPATH": str(ROOT),
                "DENGGAO_DATA_DIR": str(made.data),
                "DENGGAO_DATABASE_URL": through[service, "ledger"],
                "DENGGAO_VIEWS_URL": through[service, "views"],
                "DENGGAO_NATS_URL": nats_url,
                "DENGGAO_CHANNEL_NETWORKS": "127.0.0.0/8",
                "DENGGAO_FAULTS": str(made.faults),
            }
        if databases:
            stack.callback(databases.drop)
        stack.push_async_callback(_ended, made)
        for service in SERVICES:
            await _migrated(made, service)
        await made.heal()
        door = FrontDoor(NO_FRONT, transport=made.transport())
        stack.callback(door.close)
        yield made, await asyncio.to_thread(found, door, made.data)


async def _migrated(made: Installation, service: str) -> None:
    make_directory(made.where(service, "ledger"))
    async with engine_of(made.where, service) as engine:
        await migrate(engine, service)


async def _ended(made: Installation) -> None:
    for process in made.processes:
        if process.lives:
            process.running.kill()
    await eventually(lambda: not any(process.lives for process in made.processes), "all processes ended")


@contextmanager
def _disk(at: Path) -> Iterator[None]:
    """A directory on a small disk of its own; on the common one where we may not mount."""
    at.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m", "tmpfs", str(at))
    mounted = os.geteuid() == 0 and subprocess.run(mount, stderr=subprocess.DEVNULL).returncode == 0
    try:
        yield
    finally:
        if mounted:
            subprocess.run(("umount", "--lazy", str(at)), check=True)
