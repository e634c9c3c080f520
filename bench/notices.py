"""From events to inboxes: very many people told in the background, urgent notices beside it, steady events.

On PostgreSQL. A writer of projects runs in this process, replicas of notifications in processes of
their own; they read the ledgers every 20 ms and keep obligations as the service does. The database is on
the machine too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import islice
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import psutil
import uvloop
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bench import databases
from bench.crowd import COMPANIES, DUE, SAYING, Say, lives, organisation
from services.notifications import tables
from services.notifications.domain import heard
from services.notifications.domain.rules import Rule, Rules
from services.notifications.fanning import fanned
from services.notifications.planning import Planning
from services.notifications.reactions import obliging
from services.notifications.rulebook import Rulebook, default_rules
from shared import checkpoints, ledger_tables
from shared.clock import SystemClock
from shared.codec import Schema
from shared.decision import Outcome, Read, Submission
from shared.domain import By, PersonId, UnitId
from shared.engines import begin, create_engine
from shared.ledger import Ledgers
from shared.projections import Reaction
from shared.reading import Runner, running
from shared.sources import LocalSource
from shared.starting import settle
from shared.writer import Writer

ZONE = ZoneInfo("Asia/Shanghai")
BY = By(PersonId("s0"), "branch_secretary", UnitId("b0"))
READ_EVERY_SECONDS, LOOK_EVERY_SECONDS, TICK_SECONDS = 0.02, 0.005, 0.05
URGENT_EVERY_SECONDS, WATCH_EVERY_SECONDS, GIVE_UP_SECONDS = 0.2, 0.01, 600.0
MIB = 1 << 20
EVERYBODY = Rule("all", ("ProgrammePublished",), ("members",), "read", "{programme}", title="制度发布")
RULES = Rules(
    (EVERYBODY, *(replace(rule, urgent=True) for rule in default_rules().rules if rule.id != "n01"))
)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: enough to mean something, or only that it runs."""

    people: int
    seconds: float  # of quiet, and of steady events
    events_per_second: int


FULL, QUICK = Size(100_000, 20.0, 1000), Size(2_000, 1.0, 100)


@dataclass(slots=True)
class Part:
    """What was measured of one thing."""

    what: str
    replicas: int
    figures: dict[str, float] = field(default_factory=dict)

    def __str__(self) -> str:
        said = ", ".join(f"{name} {value:,.1f}" for name, value in self.figures.items())
        return f"{self.what}, replicas: {self.replicas}: {said}"


def main(arguments: list[str]) -> int:
    """Exit 0 when everything was measured, whatever the figures are; 1 where there is no PostgreSQL."""
    parser = argparse.ArgumentParser(prog="./denggao bench notices", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="only that it runs: the figures mean little")
    parser.add_argument("--replicas", nargs="+", type=int, default=[1, 2], metavar="N")
    parser.add_argument("--postgresql", metavar="URL", help="a server; default: a container of its own")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the same for programs")
    asked = parser.parse_args(arguments)
    size, parts = QUICK if asked.quick else FULL, list[Part]()
    try:
        with databases.postgresql(asked.postgresql) as empty:
            print(f"postgresql: {databases.about_postgresql(empty())}", flush=True)
            for replicas in asked.replicas:
                parts += measured((empty(), empty(), empty()), replicas, size)
    except databases.NoDatabase as error:
        print(f"not measured. {error}")
        return 1
    if asked.json:
        asked.json.write_text(json.dumps([asdict(part) for part in parts], indent=1) + "\n", "utf-8")
    return 0


def measured(urls: tuple[str, str, str], replicas: int, size: Size) -> list[Part]:
    """All parts with so many replicas, on empty databases of projects, evaluation and notifications."""
    uvloop.run(_prepared(urls))
    spawn = get_context("spawn")
    ours, theirs = zip(*(spawn.Pipe() for _ in range(replicas)), strict=True)
    processes = [spawn.Process(target=replica, args=(urls, size.people, pipe)) for pipe in theirs]
    for process in processes:
        process.start()
    try:
        return uvloop.run(_measured(urls, ours, replicas, size))
    finally:
        for pipe in ours:
            pipe.send("end")
        for process in processes:
            process.join()


# A replica


def replica(urls: tuple[str, str, str], people: int, pipe: Connection) -> None:
    """Follows the ledgers until it is told to end; asked, says what it took since the last time."""
    settle()
    uvloop.run(_replica(urls, people, pipe))


async def _replica(urls: tuple[str, str, str], people: int, pipe: Connection) -> None:
    planning = Planning(Rulebook(RULES), organisation(people), SystemClock(), ZONE)
    known = asyncio.Event()
    known.set()
    async with _opened(urls) as (projects, evaluation, truth):
        sources = [LocalSource(one, every_seconds=READ_EVERY_SECONDS) for one in (projects, evaluation)]
        runner = Runner(obliging(planning, _nothing), truth, sources)
        async with running(runner), fanned(truth, planning, known, look_seconds=0.1):
            pipe.send("ready")
            await _says(pipe)


async def _says(pipe: Connection) -> None:
    process, late = psutil.Process(), [0.0]
    before = process.cpu_times()
    while True:
        began = time.perf_counter()
        await asyncio.sleep(WATCH_EVERY_SECONDS)
        late.append(1000 * (time.perf_counter() - began - WATCH_EVERY_SECONDS))
        if not pipe.poll():
            continue
        if pipe.recv() == "end":
            return
        now = process.cpu_times()
        used = now.user + now.system - before.user - before.system
        pipe.send((process.memory_info().rss / MIB, used, _quantile(late, 0.99), max(late)))
        before, late = now, [0.0]


async def _nothing() -> Read:
    return Read()


# What is measured


@dataclass(slots=True)
class Load:
    """A writer of projects, and a look into notifications' tables."""

    writer: Writer
    truth: AsyncEngine
    reaction: Reaction
    pipes: Sequence[Connection]
    urgent: int = 0

    async def says(self, ledger: str, stream: UUID, event: Any) -> Outcome:
        """Record an event."""
        return await self.writer.submit(
            Submission(ledger=ledger, stream=stream, decider=SAYING, prepare=lambda _: Say(event), by=BY)
        )

    async def urgent_ones(self, over: asyncio.Event) -> list[float]:
        """Somebody new is told at a steady rate; milliseconds from the recorded event to each inbox."""
        async with asyncio.TaskGroup() as group:
            tasks = []
            while not over.is_set():
                tasks.append(group.create_task(self._urgent()))
                await asyncio.sleep(URGENT_EVERY_SECONDS)
        return [task.result() for task in tasks]

    async def _urgent(self) -> float:
        self.urgent += 1
        person = PersonId(f"u{self.urgent}")
        await self.says(COMPANIES[0], uuid4(), heard.TaskAssigned("1", person))
        began = time.perf_counter()
        o = tables.obligations.c
        while not await self._finds(select(o.id).where(o.recipient == person)):
            assert time.perf_counter() < began + GIVE_UP_SECONDS, "an urgent notice never came"
            await asyncio.sleep(LOOK_EVERY_SECONDS)
        return 1000 * (time.perf_counter() - began)

    async def told_all(self) -> None:
        """Returns when everybody was told of what was published."""
        f = tables.fanouts.c
        begun, goes_on = select(f.id), select(f.id).where(f.ended_at.is_(None))
        while not await self._finds(begun) or await self._finds(goes_on):  # noqa: ASYNC110 - others do it
            await asyncio.sleep(LOOK_EVERY_SECONDS)

    async def behind(self, ends: dict[str, int]) -> int:
        """How many events are recorded and not answered."""
        async with self.truth.connect() as connection:
            marks = await checkpoints.marks_of(connection, self.reaction)
        reached = {
            ledger: mark.position for (service, ledger), mark in marks.items() if service == "projects"
        }
        return sum(end - reached.get(ledger, 0) for ledger, end in ends.items())

    def took(self) -> dict[str, float]:
        """Of all replicas since the last time: the most memory and lateness, and the processor's time."""
        for pipe in self.pipes:
            pipe.send("say")
        said = [pipe.recv() for pipe in self.pipes]
        return {
            "MiB": max(memory for memory, *_ in said),
            "CPU s": sum(used for _, used, *_ in said),
            "loop late p99 ms": max(late for _, _, late, _ in said),
            "most ms": max(most for *_, most in said),
        }

    async def _finds(self, query: Any) -> bool:
        async with self.truth.connect() as connection:
            return (await connection.execute(query.limit(1))).first() is not None


async def _measured(
    urls: tuple[str, str, str], pipes: Sequence[Connection], replicas: int, size: Size
) -> list[Part]:
    async with _opened(urls) as (projects, _, truth):
        for pipe in pipes:
            await asyncio.to_thread(pipe.recv)
        planning = Planning(Rulebook(RULES), organisation(0), SystemClock(), ZONE)
        load = Load(Writer(projects, SystemClock()), truth, obliging(planning, _nothing), pipes)
        try:
            works = (
                ("urgent alone", _alone),
                (f"all {size.people:,} told, urgent beside", _everybody),
                (f"{size.events_per_second:,} events/s", _steady),
            )
            parts = []
            for what, work in works:
                parts.append(Part(what, replicas, await work(load, size)))
                print(parts[-1], flush=True)
            return parts
        finally:
            await load.writer.close()


async def _alone(load: Load, size: Size) -> dict[str, float]:
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(size.seconds, over.set)
    load.took()
    return _spread(await load.urgent_ones(over)) | load.took()


async def _everybody(load: Load, size: Size) -> dict[str, float]:
    over, began = asyncio.Event(), time.perf_counter()
    load.took()
    urgent = asyncio.create_task(load.urgent_ones(over))
    await load.says("group", uuid4(), heard.ProgrammePublished("2026.1", DUE))
    await load.told_all()
    took = time.perf_counter() - began
    over.set()
    return {"s": took, "people/s": size.people / took} | _spread(await urgent) | load.took()


async def _steady(load: Load, size: Size) -> dict[str, float]:
    """So many a second; what is behind in the middle and at the end, and until when all is answered."""
    load.took()
    source, ends, behind = lives(size.people), dict[str, int](), list[int]()
    said, began = 0, time.perf_counter()
    while (gone := time.perf_counter() - began) < size.seconds:
        due = int(gone * size.events_per_second) - said
        for ledger, streams in _in_rounds(source, due).items():
            for outcome in await asyncio.gather(*(load.says(ledger, *one) for one in streams)):
                ends[ledger] = max(ends.get(ledger, 0), outcome.position)
        said += due
        behind.append(await load.behind(ends))
        await asyncio.sleep(TICK_SECONDS)
    written = time.perf_counter() - began
    while await load.behind(ends):  # noqa: ASYNC110 - another process does it
        await asyncio.sleep(LOOK_EVERY_SECONDS)
    answered = time.perf_counter() - began
    half = len(behind) // 2
    return {
        "written/s": said / written,
        "answered/s": said / answered,
        "behind in the first half": max(behind[:half], default=0),
        "in the second": max(behind[half:], default=0),
    } | load.took()


def _in_rounds(source: Iterator[tuple[str, UUID, Any]], count: int) -> dict[str, list[tuple[UUID, Any]]]:
    """The next of them, by ledger."""
    found = defaultdict[str, list[tuple[UUID, Any]]](list)
    for ledger, stream, event in islice(source, count):
        found[ledger].append((stream, event))
    return found


def _spread(took: Sequence[float]) -> dict[str, float]:
    return {"p50 ms": statistics.median(took), "p99 ms": _quantile(took, 0.99)}


def _quantile(of: Sequence[float], share: float) -> float:
    return sorted(of)[min(len(of) - 1, int(len(of) * share))]


async def _prepared(urls: tuple[str, str, str]) -> None:
    async with _opened(urls) as (projects, evaluation, truth):
        for engine in (projects.engine, evaluation.engine):
            async with begin(engine) as connection:
                await connection.run_sync(ledger_tables.create)
        async with begin(truth) as connection:
            await connection.run_sync(tables.metadata.create_all)
            await connection.run_sync(checkpoints.metadata.create_all)


@asynccontextmanager
async def _opened(urls: tuple[str, str, str]) -> AsyncIterator[tuple[Ledgers, Ledgers, AsyncEngine]]:
    engines = [create_engine(url, durable=True) for url in urls]
    schema = Schema(SAYING.events)
    yield Ledgers(engines[0], "projects", schema), Ledgers(engines[1], "evaluation", schema), engines[2]
    for engine in engines:
        await engine.dispose()
