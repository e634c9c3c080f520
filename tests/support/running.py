"""A whole installation for a test: `./denggao up` on free ports, what it says, the processes it has."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil

from tests.support.waiting import wait_until

ROOT = Path(__file__).parent.parent.parent
SERVICES = ("projects", "evaluation", "notifications")


class Up:
    """`up` as a process; `said` grows as it speaks (stdout and stderr together)."""

    def __init__(
        self,
        data: Path,
        *arguments: str,
        root: Path = ROOT,
        port: int | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.port = port or free_ports()
        self.url = f"http://localhost:{self.port}"
        self.said: list[str] = []
        clean = {name: value for name, value in os.environ.items() if not name.startswith("DENGGAO_")}
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-m",
                "cli",
                "up",
                "--data",
                str(data),
                "--port",
                str(self.port),
                *arguments,
            ],
            env=clean | {"PYTHONPATH": str(root)} | dict(environment or {}),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._known: dict[str, psutil.Process] = {}
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def until_ready(self) -> Up:
        """Returns when it has said its address; AssertionError with all it said when it ends before."""
        self.until_said("runs at")
        return self

    def until_said(self, text: str) -> None:
        """Waits for a line that contains the text."""
        wait_until(lambda: self.says(text) or not self._reader.is_alive(), f"it says {text!r}", 60)
        assert self.says(text), "\n".join(self.said)

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def says(self, text: str) -> bool:
        """Whether a line so far contains the text."""
        return any(text in line for line in self.said)

    def processes(self) -> dict[str, psutil.Process]:
        """Those that run now, by name: projects, evaluation, notifications, caddy, nats."""
        found = {}
        for child in psutil.Process(self.process.pid).children():
            try:
                command = " ".join(child.cmdline())
            except psutil.NoSuchProcess:  # it has just ended
                continue
            for name in SERVICES:
                if f"services.{name}.app" in command:
                    found[name] = child
            for name, program in (("caddy", "caddy run"), ("nats", "nats-server")):
                if program in command:
                    found[name] = child
        self._known |= found
        return found

    def ended(self) -> int:
        """The exit code, waiting for it."""
        code = self.process.wait(60)
        self._reader.join()
        return code

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Asks it to stop, as Ctrl-C does, and waits; the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.ended()

    def close(self) -> None:
        """At a test's end, whatever happened in it."""
        try:
            self.stop()
        finally:
            self.process.kill()
            assert not still_running(self._known.values())

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line.rstrip())


def lives(process: psutil.Process) -> bool:
    """Whether it has not ended; it may end while it is asked."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def still_running(processes: Iterable[psutil.Process]) -> list[psutil.Process]:
    """Those that have not ended."""
    return [one for one in processes if lives(one)]


def free_ports(count: int = 5) -> int:
    """The first of some free ports in a row, below those that the system gives to clients."""
    while True:
        first = random.randrange(10_000, 32_000 - count)
        if all(_is_free(port) for port in range(first, first + count)):
            return first


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


KEEPS_A_FILE = """from shared.settings import load

def main(arguments):
    for service in ("projects", "evaluation", "notifications"):
        load(service).directory.mkdir(parents=True, exist_ok=True)
        (load(service).directory / "ledger.db").touch()
    return 0
"""
IS_WELL = """import json, os

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    well = scope["path"] == "/api/SERVICE/health"
    told = json.dumps({"service": "SERVICE", "clock": os.environ["DENGGAO_CLOCK"]}).encode()
    headers = [(b"content-type", b"application/problem+json")]
    await send({"type": "http.response.start", "status": 200 if well else 404, "headers": headers})
    await send({"type": "http.response.body", "body": told if well else b'{"status": 404}'})
"""


def smallest_house(root: Path) -> Path:
    """A copy of what runs an installation, around services that keep nothing and start at once."""
    for part in ("cli", "shared"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("__pycache__", "example*"))
    shutil.copy(ROOT / "Caddyfile", root)
    (root / "cli" / "migrate.py").write_text(KEEPS_A_FILE)
    for service in SERVICES:
        (root / "services" / service).mkdir(parents=True)
        (root / "services" / service / "app.py").write_text(IS_WELL.replace("SERVICE", service))
    return root
