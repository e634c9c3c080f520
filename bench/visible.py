"""From a recorded command to the score that shows it: ledger, NATS and view, in processes as `up` runs them.

An installation of its own on SQLite, where the secretary of one branch revises drafts at a steady rate;
of every few commands it is asked at once for the score as of that event.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import nats

from bench.http import HEAD, UNLIMITED, Group, free_port, revision
from cli.programs import SERVICES, Ports, Programs
from cli.supervisor import Supervisor

CLIENTS = 32  # each with a draft and connections of its own
ASKED = 4  # of so many commands one is looked for in its score
VISIBLE_WITHIN_SECONDS = 60
PAIRS = 200  # of a round trip and a commit
GET = "GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Seen:
    """Milliseconds from the answer of a command to that of its score."""

    p50_ms: float
    p99_ms: float
    commands_per_second: float
    least_ms: float  # a NATS round trip and a commit, on the same idle installation


def measured(commands_per_second: int, seconds: float) -> Seen:
    """With the processes of projects and evaluation and a nats-server, all ended afterwards."""
    return asyncio.run(_measured(commands_per_second, seconds))


async def _measured(commands_per_second: int, seconds: float) -> Seen:
    with tempfile.TemporaryDirectory(prefix="denggao-bench-") as place:
        data = Path(place)
        ports = Ports(free_port(), {service: free_port() for service in SERVICES}, free_port())
        programs, supervisor = Programs(data, ports), Supervisor(data, lambda _: None)
        projects, evaluation, _ = (
            replace(service, environment={**service.environment, **UNLIMITED})
            for service in programs.services()
        )
        migrated = [sys.executable, "-P", "-m", "cli", "migrate"]
        await asyncio.to_thread(
            subprocess.run, migrated, env=programs.environment(), check=True, stdout=subprocess.DEVNULL
        )
        try:
            await supervisor.start(programs.nats())
            await supervisor.start(projects, evaluation)
            least = statistics.median(await _round_trips(ports.nats)) + statistics.median(_commits(data))
            url = f"http://127.0.0.1:{ports.services['projects']}"
            group = await asyncio.to_thread(Group, url, data)
            paths = await asyncio.to_thread(group.drafts, CLIENTS)
            token = await asyncio.to_thread(group.signs_in, "liuyang")
            load = _Load(ports, token, commands_per_second)
            await load.lasts(paths, seconds / 4)  # to warm up
            took = await load.lasts(paths, seconds)
        finally:
            await supervisor.stop_all(("projects", "evaluation"), ("nats",))
            await programs.close()
    p99 = statistics.quantiles(took, n=100)[98]
    return Seen(statistics.median(took), p99, load.done / seconds, least)


class _Load:
    """Commands at a steady rate, whoever is slow."""

    def __init__(self, ports: Ports, token: str, commands_per_second: int) -> None:
        self.ports = ports
        self.token = token
        self.every = CLIENTS / commands_per_second  # seconds from one command of a client to its next
        self.done = 0

    async def lasts(self, paths: list[str], seconds: float) -> list[float]:
        """For so long; the milliseconds until each score that was asked for was there."""
        self.done, took = 0, list[float]()
        begins = time.perf_counter() + self.every
        await asyncio.gather(
            *(
                self._client(path, number, begins + number * self.every / len(paths), begins + seconds, took)
                for number, path in enumerate(paths)
            )
        )
        return took

    async def _client(self, path: str, client: int, due: float, stop: float, took: list[float]) -> None:
        project = path.split("/")[-2]
        acts = await asyncio.open_connection("127.0.0.1", self.ports.services["projects"])
        asks = await asyncio.open_connection("127.0.0.1", self.ports.services["evaluation"])
        number = 0
        while due < stop:
            await asyncio.sleep(due - time.perf_counter())  # at once where it is late
            body = revision(number)
            head = HEAD.format(path=path, token=self.token, key=uuid4(), length=len(body))
            position = json.loads(await _answer(*acts, head.encode() + body))["position"]
            answered = time.perf_counter()
            if (number + client) % ASKED == 0:
                score = f"/api/evaluation/scores/{project}?wait_for={position}"
                await _answer(*asks, GET.format(path=score, token=self.token).encode(), patient=True)
                took.append((time.perf_counter() - answered) * 1000)
            number, due = number + 1, due + self.every
            self.done += 1
        for _, writer in (acts, asks):
            writer.close()


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes, *, patient: bool = False
) -> bytes:
    """The body of a 200; `patient`: asked again when the view did not come so far in time."""
    give_up_at = time.perf_counter() + VISIBLE_WITHIN_SECONDS
    while True:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        body = await reader.readexactly(int(length))
        if head.startswith(b"HTTP/1.1 200"):
            return body
        if not (patient and head.startswith(b"HTTP/1.1 503") and time.perf_counter() < give_up_at):
            raise SystemExit(f"{request.splitlines()[0]!r}: {head.splitlines()[0]!r} {body.decode()}")


async def _round_trips(port: int) -> list[float]:
    client = await nats.connect(f"nats://127.0.0.1:{port}")
    took = []
    for _ in range(PAIRS):
        began = time.perf_counter()
        await client.flush()
        took.append((time.perf_counter() - began) * 1000)
    await client.close()
    return took


def _commits(place: Path) -> list[float]:
    connection = sqlite3.connect(place / "commits.db", isolation_level=None)
    connection.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE one (n)")
    took = []
    for number in range(PAIRS):
        began = time.perf_counter()
        connection.execute("INSERT INTO one VALUES (?)", (number,))
        took.append((time.perf_counter() - began) * 1000)
    connection.close()
    return took
