"""What is seen of a season from outside, every second: how far the views are, and what each process holds."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

import psutil
from sqlalchemy import func, select

from bench.season.town import Town
from services.evaluation.projections import SCORES
from services.evaluation.review.view import REVIEWS
from shared.checkpoints import Place, marks_of
from shared.codec import Schema
from shared.engines import create_engine
from shared.ledger import RESTRICTED, Ledgers
from shared.projections import View

VIEWS = (SCORES, REVIEWS)
EVERY_SECONDS = 1.0
LOOK_SECONDS = 0.1
CATCHES_UP_WITHIN_SECONDS = 1800
MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Sample:
    """A moment, in seconds since the season began."""

    at: float
    recorded: int  # events in all ledgers
    behind: int  # of the view that has most to read
    applied: int  # by the view of scores


class Watch:
    """Looks at the databases and the processes of a town, with connections of its own."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.began = 0.0
        self.samples: list[Sample] = []
        self.most_mib: dict[str, float] = {}  # by worker
        self.cpu_seconds: dict[str, float] = {}
        self.loads: list[float] = []  # of the machine: who waits for a core or has one
        urls = town.databases
        engines = create_engine(urls.projects, durable=True), create_engine(urls.evaluation, durable=True)
        self.truths = [
            Ledgers(engine, service, Schema(()))
            for engine, service in zip(engines, ("projects", "evaluation"), strict=True)
        ]
        self.views = create_engine(urls.views, durable=False)

    async def close(self) -> None:
        """Hang up."""
        for truth in self.truths:
            await truth.engine.dispose()
        await self.views.dispose()

    async def watches(self) -> None:
        """Until cancelled."""
        while True:
            heads = await self.heads()
            reached = [await self.reached(view) for view in VIEWS]
            recorded, applied = sum(heads.values()), [sum(one.values()) for one in reached]
            behind = max(recorded - sum_ for sum_ in applied)
            self.samples.append(Sample(monotonic() - self.began, recorded, max(0, behind), applied[0]))
            self.look_at_processes()
            self.loads.append(os.getloadavg()[0])
            await asyncio.sleep(EVERY_SECONDS)

    def look_at_processes(self) -> None:
        """What each worker holds now, and has worked."""
        for worker in self.town.workers:
            if process := self.town.process(worker):
                with suppress(psutil.NoSuchProcess):
                    held, used = process.memory_info().rss / MIB, process.cpu_times()
                    self.most_mib[worker] = max(held, self.most_mib.get(worker, 0.0))
                    self.cpu_seconds[worker] = used.user + used.system

    async def heads(self) -> dict[Place, int]:
        """Where each ledger ends that views follow."""
        return {
            (truth.service, ledger): head.position
            for truth in self.truths
            for ledger, head in (await truth.heads()).items()
            if ledger not in RESTRICTED
        }

    async def reached(self, view: View) -> dict[Place, int]:
        """How far a view has come."""
        async with self.views.connect() as connection:
            marks = await marks_of(connection, view)
        return {place: mark.position for place, mark in marks.items()}

    async def fixed(self) -> dict[str, int]:
        """Projects whose score is fixed, by company."""
        table = SCORES.table("scores")
        query = select(table.c.company, func.count()).where(table.c.fixed.is_not(None))
        async with self.views.connect() as connection:
            found = (await connection.execute(query.group_by(table.c.company))).all()
        return dict(row.tuple() for row in found)

    async def catches_up(self, heads: Mapping[Place, int] | None = None) -> float:
        """Seconds until both views show all that is recorded now, or was recorded then."""
        began, wanted = monotonic(), heads or await self.heads()
        while monotonic() - began < CATCHES_UP_WITHIN_SECONDS:
            reached = [await self.reached(view) for view in VIEWS]
            if all(one.get(place, 0) >= position for one in reached for place, position in wanted.items()):
                return monotonic() - began
            await asyncio.sleep(LOOK_SECONDS)
        raise SystemExit(f"the views did not come to the end in {CATCHES_UP_WITHIN_SECONDS} s")

    def most_a_second(self, over_seconds: float = 5.0) -> float:
        """Events that the view of scores applied in its best seconds."""
        best = 0.0
        for n, first in enumerate(self.samples):
            later = next((one for one in self.samples[n:] if one.at - first.at >= over_seconds), None)
            if later:
                best = max(best, (later.applied - first.applied) / (later.at - first.at))
        return best
