"""Whether memory stays flat: a steady, gentle load over HTTP, and the memory of every process beside it.

`python -m bench.soak http://localhost:8080 --minutes 60` beside a running `./denggao up` with its example:
the secretary 李强 drafts proposals and revises them, ten acts to a draft; the others of the tour read.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import psutil

from cli.example.founding import PASSWORD
from cli.programs import Ports

DRAFTS = "liqiang"
READ = ("liqiang", "zhangwei", "zhoumin", "wangzhiqiang", "zhenglan", "fengyuan", "songjing", "tangning")
ACTS_TO_A_DRAFT = 10
READS_TO_AN_ACT = 4
TOKEN_SECONDS = 200.0  # well below the five minutes that a token lasts
AT_ONCE = 32
ROWS = 12  # of the table, whatever the time
SAMPLES = 360
MIB = 1 << 20


@dataclass
class Load:
    """What is asked, in turn, and how it was answered since it was last looked at."""

    http: httpx.AsyncClient
    took: list[float] = field(default_factory=list)  # milliseconds
    failed: list[str] = field(default_factory=list)
    acts: int = 0
    _tokens: dict[str, tuple[float, str]] = field(default_factory=dict)
    _signing_in: dict[str, asyncio.Lock] = field(default_factory=dict)
    _unit: str = ""
    _scored: list[str] = field(default_factory=list)
    _draft: str = ""
    _revisions: int = 0

    async def begin(self) -> None:
        """Learn where the secretary drafts, and which projects have scores."""
        me = (await self.asked(DRAFTS, "GET", "/projects/session/me")).json()
        self._unit = me["offices"][0]["unit"]
        listed = await self.asked(DRAFTS, "GET", "/projects/projects?state=in_implementation&limit=50")
        self._scored = [line["id"] for line in listed.json()["projects"]]
        await self.act()

    async def act(self) -> None:
        """The next act: a new draft, or one more revision of the last."""
        self._revisions = (self._revisions + 1) % ACTS_TO_A_DRAFT
        if self._revisions == 1 or not self._draft:
            body = {"unit": self._unit, "title": "主运皮带夜班巡检零漏项", "track": "safety_quality"}
            answer = await self.asked(DRAFTS, "POST", "/projects/projects/draft-proposal", body)
            if answer.is_success:
                self._draft = answer.json()["id"]
        else:
            proposal = {"title": "主运皮带夜班巡检零漏项", "track": "safety_quality", "problem": str(uuid4())}
            path = f"/projects/projects/{self._draft}/revise-proposal"
            await self.asked(DRAFTS, "POST", path, {"proposal": proposal})
        self.acts += 1

    def reads(self) -> Iterator[tuple[str, str]]:
        """Who reads what, for ever."""
        for n, who in enumerate(itertools.cycle(READ)):
            scored = self._scored[n % len(self._scored)]
            yield who, "/projects/projects?limit=20"
            yield who, "/notifications/inbox/todo"
            yield who, f"/evaluation/scores/{scored}"
            yield DRAFTS, f"/projects/projects/{self._draft}"
            yield who, f"/projects/projects/{scored}/history"

    async def asked(self, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
        """One request; what others may not see is an answer too."""
        headers = {"Authorization": f"Bearer {await self._token(who)}"}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid4())
        began = time.perf_counter()
        answer = await self.http.request(method, path, json=body, headers=headers)
        self.took.append((time.perf_counter() - began) * 1000)
        if answer.is_error and answer.status_code != httpx.codes.NOT_FOUND:
            self.failed.append(f"{method} {path}: {answer.status_code} {answer.text[:200]}")
        return answer

    async def _token(self, who: str) -> str:
        async with self._signing_in.setdefault(who, asyncio.Lock()):
            since, token = self._tokens.get(who, (float("-inf"), ""))
            if time.monotonic() - since > TOKEN_SECONDS:
                body = {"login": who, "password": PASSWORD}
                answer = (await self.http.post("/projects/session", json=body)).raise_for_status()
                self.http.cookies.clear()
                token = answer.json()["access_token"]
                self._tokens[who] = (time.monotonic(), token)
            return token


class Memory:
    """The processes that listen at an installation's ports, and what they hold, sampled."""

    def __init__(self, front: int) -> None:
        ports = Ports.beside(front)
        named = {ports.front: "caddy", ports.nats: "nats"} | {port: s for s, port in ports.services.items()}
        listening = {
            one.laddr[1]: one.pid
            for one in psutil.net_connections("tcp")
            if one.laddr and one.status == psutil.CONN_LISTEN
        }
        self.processes = {
            name: psutil.Process(listening[port]) for port, name in named.items() if listening.get(port)
        }
        self.samples: dict[str, list[tuple[float, float]]] = {name: [] for name in self.processes}

    def sample(self, minute: float) -> None:
        """Look once, in MiB."""
        for name, process in self.processes.items():
            self.samples[name].append((minute, process.memory_info().rss / MIB))

    def growth(self) -> dict[str, float]:
        """MiB an hour, from the third quarter to the last: the first half fills caches and pools.

        Of medians: checking a password takes 64 MiB for a moment.
        """
        told = {}
        for name, samples in self.samples.items():
            quarter = len(samples) // 4
            third, last = samples[-2 * quarter : -quarter], samples[-quarter:]
            grown = self._median(last) - self._median(third)
            told[name] = grown / (self._middle(last) - self._middle(third)) * 60
        return told

    def usual(self, since: float) -> dict[str, float]:
        """What each held since a minute, as a rule."""
        return {
            name: self._median([one for one in samples if one[0] >= since])
            for name, samples in self.samples.items()
        }

    @staticmethod
    def _median(samples: Sequence[tuple[float, float]]) -> float:
        return statistics.median(held for _, held in samples)

    @staticmethod
    def _middle(samples: Sequence[tuple[float, float]]) -> float:
        return statistics.mean(minute for minute, _ in samples)


async def soak(url: str, minutes: float, rate: float) -> tuple[Memory, list[str]]:
    """Load for so long, printing the table; what was sampled, and every failure."""
    memory, failures = Memory(urlsplit(url).port or 80), list[str]()
    print("minute  requests  acts  failed  p50 ms  p99 ms  " + "".join(f"{n:>15}" for n in memory.samples))
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=f"{url}/api", timeout=30, trust_env=False, limits=limits) as http:
        load = Load(http)
        await load.begin()
        reads, under_way = load.reads(), set[asyncio.Task[Any]]()
        began, row, seconds = time.monotonic(), 1, minutes * 60
        sampling = asyncio.create_task(_sample(memory, began, seconds / SAMPLES))
        for turn in itertools.count(1):
            await asyncio.sleep(began + turn / rate - time.monotonic())
            if turn % (READS_TO_AN_ACT + 1) == 0:
                await load.act()
            elif len(under_way) < AT_ONCE:
                task = asyncio.create_task(load.asked(*_get(next(reads))))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            gone = time.monotonic() - began
            if gone >= row * seconds / ROWS:
                failures += _row(load, memory.usual((row - 1) * minutes / ROWS), gone / 60)
                row += 1
            if gone >= seconds:
                break
        sampling.cancel()
        await asyncio.gather(*under_way)
    return memory, failures


async def _sample(memory: Memory, began: float, every_seconds: float) -> None:
    while True:
        memory.sample((time.monotonic() - began) / 60)
        await asyncio.sleep(every_seconds)


def _get(read: tuple[str, str]) -> tuple[str, str, str]:
    who, path = read
    return who, "GET", path


def _row(load: Load, held: Mapping[str, float], minute: float) -> list[str]:
    cuts = statistics.quantiles(load.took, n=100) if len(load.took) > 1 else [0.0] * 99
    memory = "".join(f"{mib:>11.1f} MiB" for mib in held.values())
    print(
        f"{minute:>6.1f}  {len(load.took):>8}  {load.acts:>4}  {len(load.failed):>6}  {cuts[49]:>6.1f}  "
        f"{cuts[98]:>6.1f}  {memory}",
        flush=True,
    )
    failed, load.took, load.failed, load.acts = load.failed, [], [], 0
    return failed


def main(arguments: Sequence[str]) -> int:
    """Exit 1 where the memory of a process grows by more than it may, or a request failed."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--rate", type=float, default=30, help="requests a second, one in five an act")
    parser.add_argument("--mib-an-hour", type=float, default=16, help="what a process may grow by")
    asked = parser.parse_args(arguments)
    memory, failures = asyncio.run(soak(asked.url.rstrip("/"), asked.minutes, asked.rate))
    well = not failures
    for name, growth in memory.growth().items():
        flat = growth <= asked.mib_an_hour
        well = well and flat
        print(f"{name:<14} {growth:+8.1f} MiB an hour at last  {'flat' if flat else 'GROWS'}")
    for failure in failures[:10]:
        print(failure)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
