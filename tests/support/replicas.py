"""An installation on PostgreSQL: more than one replica of a service, of this release or the next."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from cli.programs import SERVICES, Ports, Programs
from cli.supervisor import Program, Supervisor
from shared.engines import create_engine
from shared.migrations import migrate
from tests.support.engines import PostgresDatabases
from tests.support.running import free_ports


class Replicas:
    """One of each service behind the front, and others beside them."""

    def __init__(self, databases: PostgresDatabases, place: Path) -> None:
        self.databases = databases
        self.data = place / "data"
        self.secrets = place / "secrets"
        self.data.mkdir(parents=True)
        for service in SERVICES:
            (self.secrets / service).mkdir(parents=True)
            for kind, url in (("database", self._url(service)), ("views", databases.url(f"{service}_views"))):
                (self.secrets / service / f"denggao_{kind}_url").write_text(url)
        self.environment = {"DENGGAO_SECRETS_DIR": str(self.secrets), "DENGGAO_DATA_DIR": str(self.data)}
        self.programs = Programs(self.data, Ports.beside(free_ports()))
        self.url = self.programs.url
        self._supervisor = Supervisor(place, print)

    async def start(self) -> None:
        """On migrated databases."""
        for service in SERVICES:
            engine = create_engine(self._url(service), durable=True)
            await migrate(engine, service)
            await engine.dispose()
        await self._supervisor.start(self.programs.nats(), self.programs.caddy())
        await self._supervisor.start(*map(self._program, SERVICES))

    async def add_tomorrow(self, service: str) -> str:
        """One of the next release beside those that run; its address."""
        port = free_ports(1)
        program = self._program(service, port, tomorrow=True)
        await self._supervisor.start(replace(program, name=f"{service}-tomorrow"))
        return f"http://127.0.0.1:{port}"

    async def upgrade(self, service: str) -> None:
        """The one behind the front ends, and the next release takes its place."""
        await self._supervisor.stop(service)
        await self._supervisor.start(self._program(service, tomorrow=True))

    async def close(self) -> None:
        """Stop everything."""
        await self._supervisor.stop_all(
            (*SERVICES, *(f"{s}-tomorrow" for s in SERVICES)), ("caddy",), ("nats",)
        )
        await self.programs.close()

    def _url(self, service: str) -> str:
        return self.databases.url(service)

    def _program(self, service: str, port: int | None = None, *, tomorrow: bool = False) -> Program:
        ports = Ports(self.programs.ports.front, dict(self.programs.ports.services), self.programs.ports.nats)
        if port:
            ports = replace(ports, services={service: port})
        programs = Programs(self.data, ports)
        program = next(p for p in programs.services() if p.name == service)
        environment = dict(program.environment) | self.environment
        if not tomorrow:
            return replace(program, environment=environment)
        command = ["tests.support.tomorrow:app" if ".app:app" in word else word for word in program.command]
        return replace(program, command=command, environment=environment | {"DENGGAO_TOMORROW": service})


@asynccontextmanager
async def on_postgresql(databases: PostgresDatabases, place: Path) -> AsyncIterator[Replicas]:
    """An installation that runs for as long as the block lasts."""
    town = Replicas(databases, place)
    try:
        await town.start()
        yield town
    finally:
        await town.close()
