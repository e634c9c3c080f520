"""Reading ledgers into views and reactions: each event once, in order, whatever the bus has lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import structlog
from prometheus_client import Counter
from sqlalchemy import delete
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared import checkpoints, engines, held, versions
from shared.checkpoints import Mark, Named, Place
from shared.envelope import Recorded, moment
from shared.healing import Healing
from shared.held import Held
from shared.messages import Arrived, Heads
from shared.passing import is_passing
from shared.projections import Consumer, View
from shared.shelf import Shelf
from shared.sources import Source
from shared.traces import shared_span
from shared.waiting import in_order

log = structlog.get_logger()

PATIENCE_SECONDS = 0.02  # a missing event may be on its way, or in the hands of another process
RETRY_SECONDS = 1.0
LOOK_SECONDS = 0.1  # how often a waiting reader looks whether another process was faster
PLACES_IN_ONE_GO = 500
REST_SECONDS_AT_MOST = 0.3
MUCH = 1000  # events in one round: a view that is far behind

_applied = Counter("denggao_view_events", "Events that a view has applied", ["view"])
_batches = Counter("denggao_view_batches", "Transactions in which a view moved", ["view"])


def rest_after(took_seconds: float, moved: int) -> float:
    """Seconds for which a view beside a writer leaves it the processor after a round that took so long.

    Four times that, so that what a round costs is shared by more events; none while it is far behind.
    """
    return 0.0 if moved >= MUCH else min(4 * took_seconds, REST_SECONDS_AT_MOST)


class Runner:
    """Moves one view or reaction forward; as many processes as one likes may do so at once.

    Nobody owns anything longer than one transaction: it locks the checkpoints of the ledgers that
    have something new, applies what follows on them, moves them, commits. `offer` and `heard`
    are hints of what there may be; what decides is the checkpoint and the source.
    """

    def __init__(
        self,
        consumer: Consumer,
        engine: AsyncEngine,
        sources: Sequence[Source],
        *,
        beside_writer: bool = False,
    ) -> None:
        self.consumer = consumer
        self.engine = engine
        self.sources = {s.service: s for s in sources if s.service in consumer.services}
        if missing := set(consumer.services) - self.sources.keys():
            raise ValueError(f"{consumer.name} reads {sorted(missing)} and was given no source of it")
        self.live = False
        self.prepared = asyncio.Event()  # the tables are there, and whether the view is live is known
        self._applied, self._batches = _applied.labels(consumer.name), _batches.labels(consumer.name)
        self._wake = asyncio.Event()
        self._moved = asyncio.Event()
        self._shelf = Shelf(self.sources.keys(), consumer.reads)
        self._healing = Healing(consumer.name, self.sources, self._shelf, self._wake)
        self._begun: set[str] | None = None  # services that the view has begun to read; None: not looked yet
        self._beginning: dict[Place, Mark] = {}
        self._resuming: asyncio.Task[None] | None = None
        self._look = False
        self._beside_writer = beside_writer  # in one process with the commands of many people
        self._moved_events = 0  # in this round
        self.failures = 0  # in a row
        self._pause = PATIENCE_SECONDS  # grows while nothing moves
        for source in self.sources.values():
            source.attach(self)

    # -- what others say ----------------------------------------------------------------------

    def offer(self, arrived: Arrived) -> None:
        """An event has come: the next, an old one, or one too early."""
        recorded = arrived.recorded
        place = (recorded.service, recorded.ledger)
        ledger = self._shelf.find(place)
        if ledger is None:
            return
        whole = not ledger.missing
        if self._shelf.room:
            ledger.keep(arrived)
        self._shelf.announce(place, recorded.position)
        if whole and ledger.missing:
            ledger.ask_at = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        self._wake.set()

    def heard(self, service: str, heads: Heads) -> None:
        """A service has said where its ledgers end."""
        if self.consumer.from_now and self._begun is not None and service not in self._begun:
            self._begun.add(service)
            self._beginning[service, ""] = Mark()  # remembers the beginning even where there is no ledger
            for name, (position, leaf) in heads.heads.items():
                self._beginning[service, name] = Mark(position, bytes.fromhex(leaf))
        self._shelf.hear(service, heads)
        self._look = True
        self._wake.set()

    # -- the loop -----------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled. A database that is away is tried again and again."""
        await self._prepare()
        pause: float | None = 0.0
        while True:
            if pause != 0:
                with suppress(TimeoutError):  # not wait_for: it can swallow a cancellation
                    async with asyncio.timeout(pause):
                        await self._wake.wait()
            self._wake.clear()
            try:
                began, self._moved_events = asyncio.get_running_loop().time(), 0
                pause = await self._round()
                self.failures = 0
                if self._beside_writer and self._moved_events:
                    took = asyncio.get_running_loop().time() - began
                    await asyncio.sleep(rest_after(took, self._moved_events))
            except Exception as error:
                self.failures += 1
                pause = 0.0
                # Once is nothing: another process made the same row, two waited for each other.
                # One that lasts is said at the second, the fourth, the eighth time …: it fills no disk.
                rarely = self.failures & (self.failures - 1) == 0
                if rarely and (self.failures > 1 or not isinstance(error, DBAPIError)):
                    log.exception("view.failed", view=self.consumer.name, failures=self.failures)
                if self.failures > 2 or is_passing(error):
                    await asyncio.sleep(RETRY_SECONDS)

    async def close(self) -> None:
        """End what asks the sources; `run` is cancelled by whoever started it."""
        if self._resuming:
            self._resuming.cancel()
            await asyncio.gather(self._resuming, return_exceptions=True)
        await self._healing.close()

    async def _prepare(self) -> None:
        """Make the tables; have tried again what an earlier code could not apply."""
        waiting: list[str] = []
        while True:
            try:
                await versions.create(self.engine, self.consumer)
                self.live = await versions.begin_live(self.engine, self.consumer)
                await self._see()
                waiting = await held.parked_projects(self.engine, self.consumer)
                self.prepared.set()
                break
            except Exception as error:  # noqa: BLE001 - said, and tried until it works
                log.warning("view.not_prepared", view=self.consumer.name, error=repr(error))
                await asyncio.sleep(RETRY_SECONDS)
        if waiting:
            self._resuming = asyncio.create_task(self._resume_all(waiting), name=f"resuming {waiting[0]}")

    async def _resume_all(self, projects: Sequence[str]) -> None:
        """Each once, as soon as its source answers: this code may know what the one before did not."""
        for project in projects:
            while True:
                try:
                    await self.resume(project)
                except Exception as error:
                    if is_passing(error):
                        log.info("view.resume_put_off", view=self.consumer.name, error=repr(error))
                        await asyncio.sleep(RETRY_SECONDS)
                        continue
                    log.exception("view.not_resumed", view=self.consumer.name, held=project)
                break

    async def _round(self) -> float | None:
        """One step; returns seconds until the next is due, or None when only news can bring one."""
        if self._beginning:
            await self._begin()
        if self._look:
            await self._see()
            if not self.live and self.complete_to() is not None:
                self.live = await versions.cut_over(self.engine, self.consumer)
        restless = self._shelf.restless()
        if self.consumer.from_now:
            restless = [place for place in restless if place[0] in (self._begun or ())]
        self._healing.ask(restless)
        ready = [p for p in restless if self._shelf[p].waiting and not self._shelf[p].forked]
        ready = ready[:PLACES_IN_ONE_GO]
        moved = await self._advance(ready) if ready else ()
        self._shelf.put_last(moved or ready)
        if moved:
            self._pause = PATIENCE_SECONDS
            return 0.0
        pause, self._pause = self._pause, min(self._pause * 2, RETRY_SECONDS)
        return pause if restless else None

    async def _see(self) -> None:
        """Look where the checkpoints stand: other processes move them too."""
        async with self.engine.connect() as connection:
            marks = await checkpoints.marks_of(connection, self.consumer)
        self._look = False
        self._begun = {service for service, _ in marks} | (self._begun or set())
        for place, mark in marks.items():
            if ledger := self._shelf.find(place):
                ledger.opened = True
                if ledger.mark != mark:
                    ledger.seen(mark)
                    self._tell()

    async def _begin(self) -> None:
        """A reaction that looks at nothing of the past begins at the heads of its first start."""
        async with engines.begin(self.engine) as connection:
            await checkpoints.open_places(connection, self.consumer, self._beginning)
        self._beginning = {}
        self._look = True

    # -- moving forward -----------------------------------------------------------------------

    async def _advance(self, places: Sequence[Place]) -> Collection[Place]:
        """Apply what follows on the checkpoints of these ledgers, in one transaction; those that moved."""
        await self._open(places)
        async with engines.begin(self.engine) as connection:
            locked = await checkpoints.lock(connection, self.consumer, places)
            marks = {place: locked[place] for place in places if place in locked}  # in their turns
            taken = await self._next(connection, marks)
            if not taken:
                return ()
            with shared_span(f"view {self.consumer.name}", (a.traceparent for a in taken)):
                await self._apply(connection, taken, singly=self.failures > 1)
            last = {(a.recorded.service, a.recorded.ledger): a for a in taken}
            moved = {place: Mark(a.recorded.position, a.leaf) for place, a in last.items()}
            await checkpoints.save(connection, self.consumer, moved)
        for place, mark in moved.items():
            self._shelf[place].seen(mark)
        self._moved_events = len(taken)
        self._applied.inc(len(taken))
        self._batches.inc()
        self._tell()
        return moved

    async def _open(self, places: Sequence[Place]) -> None:
        new = {place: Mark() for place in places if not self._shelf[place].opened}
        if new:
            async with engines.begin(self.engine) as connection:
                await checkpoints.open_places(connection, self.consumer, new)
            for place in new:
                self._shelf[place].opened = True

    async def _next(self, connection: AsyncConnection, marks: Mapping[Place, Mark]) -> list[Arrived]:
        """The events that follow on these checkpoints, each after all that its decision had read."""
        runs: dict[str, list[Arrived]] = {}
        for place, mark in marks.items():
            ledger = self._shelf[place]
            if ledger.mark != mark:
                ledger.seen(mark)
            if run := ledger.run(self.consumer.batch):
                runs["/".join(place)] = run
        if self.consumer.behind is not None:
            runs = await self._come_to(connection, self.consumer.behind, runs)
        if not runs:
            return []
        named = {name for run in runs.values() for arrived in run for name in arrived.recorded.envelope.after}
        others = {place for name in named if self._shelf.find(place := _place(name))} - marks.keys()
        found = await checkpoints.marks_of(connection, self.consumer, others) if others else {}
        known = dict.fromkeys(others, Mark()) | found | dict(marks)
        reached = {"/".join(place): mark.position for place, mark in known.items()}
        taken, wanted = in_order(runs, reached, {}, self.consumer.batch)
        for name, position in wanted.items():
            self._shelf.announce(_place(name), position)
        self._healing.wanted = {_place(name) for name in wanted}
        return taken

    async def _come_to(
        self, connection: AsyncConnection, view: Named, runs: Mapping[str, list[Arrived]]
    ) -> dict[str, list[Arrived]]:
        """What of these events a view has applied."""
        marks = await checkpoints.marks_of(connection, view, map(_place, runs))
        come = {name: marks.get(_place(name), Mark()).position for name in runs}
        shorter = {name: [a for a in run if a.recorded.position <= come[name]] for name, run in runs.items()}
        return {name: run for name, run in shorter.items() if run}

    async def _apply(
        self, connection: AsyncConnection, taken: Sequence[Arrived], *, singly: bool, again: bool = False
    ) -> Held:
        """Read and apply events in order; what cannot be read or applied holds its project.

        `again`: they were passed before, and unknown names among them are counted.
        """
        holding = await Held.load(connection, self.consumer)
        unknown: dict[tuple[str, str, str], tuple[int, int]] = {}
        readable: list[Recorded] = []
        for arrived in taken:
            recorded = arrived.recorded
            try:
                event = self.consumer.schema.read(recorded.envelope)
            except Exception as error:  # noqa: BLE001 - upcasters are anybody's code, bytes anybody's bytes
                await self._take(connection, readable, holding, singly=singly)
                readable = []
                if not holding.waits(recorded):
                    holding.park(recorded, error)
                continue
            if event is not None:
                readable.append(msgspec.structs.replace(recorded, event=event))
            elif recorded.envelope.name not in self.consumer.ignores:
                key = (recorded.service, recorded.ledger, recorded.envelope.name)
                first, count = unknown.get(key, (recorded.position, 0))
                unknown[key] = (first, count + 1)
        await self._take(connection, readable, holding, singly=singly)
        await holding.write(connection)
        if not again:
            await checkpoints.count_unknown(connection, self.consumer, unknown)
        return holding

    async def _take(
        self, connection: AsyncConnection, events: Sequence[Recorded], holding: Held, *, singly: bool
    ) -> None:
        """All at once; or one by one, once a batch could not be derived or written, to find which."""
        if not singly:
            await self.consumer.take(connection, events, holding)
            return
        for recorded in events:
            for last_try in (False, True):  # another process may have made the same row meanwhile
                try:
                    async with connection.begin_nested():
                        await self.consumer.take(connection, [recorded], holding)
                    break
                except Exception as error:
                    if is_passing(error):
                        raise
                    if last_try:
                        holding.park(recorded, error)

    # -- what operators do --------------------------------------------------------------------

    async def holds(self, project: str) -> bool:
        """Whether this project's events wait."""
        return await held.is_held(self.engine, self.consumer, project)

    async def resume(self, project: UUID | str) -> bool:
        """Apply a held project's events again, from the parked one to the checkpoints, in order.

        Returns whether it is held no more; else the next event that failed is parked, with all
        before it applied. Raises Unanswered when its source does not answer.
        """

        async def apply(connection: AsyncConnection, events: Sequence[Arrived]) -> Held:
            return await self._apply(connection, events, singly=True, again=True)

        return await held.resume(self.consumer, self.engine, self.sources, str(project), apply)

    async def rebuild(self) -> None:
        """Empty the view and read everything again, in place; a new version does so beside the live one."""
        if not isinstance(self.consumer, View):
            raise TypeError("a reaction is never repeated")
        async with engines.begin(self.engine) as connection:
            marks = await checkpoints.marks_of(connection, self.consumer)
            await checkpoints.lock(connection, self.consumer, marks, wait=True)
            for table in self.consumer.tables.values():
                await connection.execute(delete(table))
            await checkpoints.begin_anew(connection, self.consumer)
        self._shelf.begin_anew()
        await self._see()
        self._wake.set()

    # -- how far it is ------------------------------------------------------------------------

    def has(self, service: str, ledger: str, position: int) -> bool:
        """Whether the view is known to have come to a position; nobody is asked."""
        return self.position(service, ledger) >= position

    def position(self, service: str, ledger: str) -> int:
        """Where the view was last seen in a ledger."""
        return self._shelf.mark((service, ledger)).position

    async def wait_for(self, service: str, ledger: str, position: int, timeout_seconds: float) -> bool:
        """Whether the view has reached a position that exists, by the timeout; what is missing is read."""
        if self._shelf.announce((service, ledger), position) is None:
            return False
        self._wake.set()
        return await self.comes_to(service, ledger, position, timeout_seconds)

    async def comes_to(self, service: str, ledger: str, position: int, timeout_seconds: float) -> bool:
        """Whether the view reaches a position by itself; it may be one where nothing lies."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                while not self.has(service, ledger, position):
                    moved = self._moved
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_SECONDS):
                            await moved.wait()
                    if not moved.is_set() and self._begun is not None:
                        await self._see()
        return self.has(service, ledger, position)

    def complete_to(self) -> datetime | None:
        """Until when the view has everything, held projects aside; None until it has caught up once."""
        at = self._shelf.complete_to()
        return None if at is None else moment(at)

    def lag(self) -> dict[str, int]:
        """Events that each service is known to have and this view has not."""
        return self._shelf.lag()

    def forked(self) -> list[str]:
        """Ledgers that are held since they are not those that were read before."""
        return self._shelf.forked()

    async def health(self) -> dict[str, Any]:
        """For the health page: how far, what is held and why, which names were not known."""
        report: dict[str, Any] = {"parked": [], "unknown": {}}
        if self._begun is not None:  # else there are no tables yet
            async with self.engine.connect() as connection:
                report = await checkpoints.report(connection, self.consumer)
        return {
            "view": self.consumer.name,
            "version": self.consumer.version,
            "live": self.live,
            "complete_to": self.complete_to(),
            "behind": self.lag(),
            "forked": self.forked(),
        } | report

    def _tell(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()


@asynccontextmanager
async def running(*runners: Runner) -> AsyncIterator[None]:
    """Let runners and their sources work for as long as the block lasts.

    It begins once each runner knows whether its view is live: else a replica that has just started
    would refuse what another one answers.
    """
    sources = {id(source): source for runner in runners for source in runner.sources.values()}
    tasks = [asyncio.create_task(runner.run(), name=f"view {runner.consumer.name}") for runner in runners]
    try:
        for source in sources.values():
            await source.start()
        for runner in runners:
            await runner.prepared.wait()
        yield
    finally:
        for source in sources.values():
            await source.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for runner in runners:
            await runner.close()


def _place(name: str) -> Place:
    service, _, ledger = name.partition("/")
    return service, ledger
