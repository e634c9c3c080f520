"""The five programs of an installation: their commands, environments, ports, and how to see them work."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import sysconfig
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import httpx

from cli.supervisor import Program

ROOT = Path(__file__).parent.parent
SERVICES = ("projects", "evaluation", "notifications")
FRONT = 8080
STARTS_WITHIN_SECONDS = 600  # a service first reads the whole organisation, and that may be large
KEEP_ALIVE_SECONDS = 130  # longer than Caddy keeps idle connections: else it may send into a closing one


class CannotRun(Exception):
    """Why `up` ends before it has begun; the text is the one sentence."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The front's, and those that only this machine reaches."""

    front: int
    services: Mapping[str, int]
    nats: int

    @classmethod
    def beside(cls, front: int) -> Ports:
        """8080 has fixed companions; another front takes the four ports after it, so that two can run."""
        if front == FRONT:
            return cls(front, dict(zip(SERVICES, (8101, 8102, 8103), strict=True)), 4222)
        return cls(front, {service: front + n for n, service in enumerate(SERVICES, 1)}, front + 4)

    def all(self) -> tuple[int, ...]:
        """Every one of them."""
        return (self.front, *self.services.values(), self.nats)


class Programs:
    """Made for one data directory and one set of ports."""

    def __init__(self, data: Path, ports: Ports) -> None:
        self.data = data
        self.ports = ports
        self.url = f"http://localhost:{ports.front}"
        self._http = httpx.AsyncClient(timeout=5, trust_env=False)

    async def close(self) -> None:
        """No more questions whether they are ready."""
        await self._http.aclose()

    def environment(self, clock: Literal["system", "example"] = "system") -> dict[str, str]:
        """The same for all: each service finds its own directory in the data directory."""
        return os.environ | {
            "PYTHONPATH": str(ROOT),
            "DENGGAO_DATA_DIR": str(self.data),
            "DENGGAO_NATS_URL": f"nats://127.0.0.1:{self.ports.nats}",
            "DENGGAO_PUBLIC_URL": self.url,
            "DENGGAO_CLOCK": clock,
        }

    def services(self, clock: Literal["system", "example"] = "system") -> list[Program]:
        """Each a process of its own; ready when its health says so."""
        return [self._service(name, port, clock) for name, port in self.ports.services.items()]

    def _service(self, name: str, port: int, clock: Literal["system", "example"]) -> Program:
        command = [
            *(sys.executable, "-P", "-m", "uvicorn", f"services.{name}.app:app"),
            *("--app-dir", str(ROOT)),  # else uvicorn would look into the caller's directory first
            *("--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--no-server-header"),
            *("--timeout-keep-alive", str(KEEP_ALIVE_SECONDS), "--timeout-graceful-shutdown", "10"),
        ]
        health = f"http://127.0.0.1:{port}/api/{name}/health"
        return Program(name, command, self.environment(clock), self._answers(health), STARTS_WITHIN_SECONDS)

    def nats(self) -> Program:
        """With JetStream; ready when it greets."""
        command = [
            *(_found("nats-server"), "--addr", "127.0.0.1", "--port", str(self.ports.nats)),
            *("--jetstream", "--store_dir", str(self.data / "nats")),
        ]

        async def greets() -> bool:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.ports.nats)
            try:
                return await reader.readexactly(4) == b"INFO"
            finally:
                writer.close()

        return Program("nats", command, dict(os.environ), greets)

    def caddy(self) -> Program:
        """The front; ready when it leads somewhere."""
        services = self.ports.services.items()
        environment = os.environ | {
            "DENGGAO_FRONT": f"http://:{self.ports.front}",
            "DENGGAO_BIND": "127.0.0.1",  # without TLS nobody else should sign in here
            **{f"DENGGAO_{name.upper()}": f"127.0.0.1:{port}" for name, port in services},
            "XDG_DATA_HOME": str(self.data / "caddy"),
            "XDG_CONFIG_HOME": str(self.data / "caddy"),
        }
        command = [_found("caddy"), "run", "--config", str(ROOT / "Caddyfile"), "--adapter", "caddyfile"]
        return Program("caddy", command, environment, self._answers(f"http://127.0.0.1:{self.ports.front}/"))

    def _answers(self, url: str) -> Callable[[], Awaitable[bool]]:
        async def ask() -> bool:
            with contextlib.suppress(httpx.HTTPError):
                return not (await self._http.get(url)).is_error
            return False

        return ask


def _found(name: str) -> str:
    """From the wheel in the virtual environment, else from the system."""
    found = shutil.which(name, path=sysconfig.get_path("scripts")) or shutil.which(name)
    if not found:
        raise CannotRun(f"{name} is missing: ./denggao up installs it; start it so, not by python -m cli.")
    return found
