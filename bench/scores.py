"""The view of scores built from nothing, beside reading and decoding the same events alone.

The projects are short lives in the words that evaluation reads, so their events are smaller than the real
ones; they lie among each other in one ledger, as the projects of a company do.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import uvloop

from bench.filling import fill
from services.evaluation.domain import heard
from services.evaluation.projections import scores_in
from shared import ledger_tables
from shared.domain import PersonId, UnitId
from shared.engines import begin, create_engine
from shared.ledger import Ledgers
from shared.reading import Runner, running
from shared.sources import LOCAL_PAGE_EVENTS, LocalSource
from shared.starting import settle

VIEW = scores_in(ZoneInfo("Asia/Shanghai"))
COMPANY, BRANCH = UnitId(str(uuid4())), UnitId(str(uuid4()))
COMPANIES = [str(uuid4()) for _ in range(8)]
PERSON = PersonId(str(uuid4()))
AT_ONCE = 100  # projects that live beside each other
TASKS = 4
DUE = date(2026, 9, 30)
WITHIN_SECONDS = 3600


def rebuilt(projects: str, evaluation: str, views: str, size: int) -> tuple[float, float]:
    """Events a second into the view, and read and decoded alone, of about so many; in empty databases."""
    return uvloop.run(_rebuilt((projects, evaluation), views, size))


async def _rebuilt(urls: tuple[str, str], views: str, size: int) -> tuple[float, float]:
    async with _opened(urls) as (projects, _):
        ends = await _filled(urls, [COMPANY], size)
        began, after = time.perf_counter(), 0
        while page := await projects.read_ledger(COMPANY, after, LOCAL_PAGE_EVENTS):
            after = page[-1].position
        alone = after / (time.perf_counter() - began)
        began, ended = await _built(urls, views, ends)
        return after / (ended - began), alone


def shared_out(urls: tuple[str, str], views: str, size: int, workers: int) -> float:
    """Events a second into the view, of about so many in several ledgers, by so many processes at once."""
    ends = uvloop.run(_filled(urls, COMPANIES, size))
    spawn = get_context("spawn")
    ready = (spawn.Barrier(workers),)
    with ProcessPoolExecutor(workers, mp_context=spawn, initializer=_together, initargs=ready) as processes:
        works = [processes.submit(built, urls, views, ends) for _ in range(workers)]
        times = [work.result() for work in works]
    return sum(ends.values()) / (max(ended for _, ended in times) - min(began for began, _ in times))


def built(urls: tuple[str, str], views: str, ends: dict[str, int]) -> tuple[float, float]:
    """When this process began to fill the view and saw it full, by the clock of the machine."""
    return uvloop.run(_built(urls, views, ends))


def _together(ready: Barrier) -> None:
    settle()
    ready.wait()


async def _built(urls: tuple[str, str], views: str, ends: dict[str, int]) -> tuple[float, float]:
    engine = create_engine(views, durable=False)
    async with _opened(urls) as ledgers:
        runner = Runner(VIEW, engine, [LocalSource(of_service) for of_service in ledgers])
        began = time.perf_counter()
        async with running(runner):
            for company, end in ends.items():
                if not await runner.wait_for("projects", company, end, WITHIN_SECONDS):
                    raise AssertionError("the view did not get to the end")
            ended = time.perf_counter()
    await engine.dispose()
    return began, ended


async def _filled(urls: tuple[str, str], companies: Sequence[str], size: int) -> dict[str, int]:
    """A ledger for each company in empty databases; where each ends."""
    async with _opened(urls) as (projects, evaluation):
        for of_service in (projects, evaluation):
            async with begin(of_service.engine) as connection:
                await connection.run_sync(ledger_tables.create)
        return {
            company: await fill(projects, company, lives(size // len(companies))) for company in companies
        }


@asynccontextmanager
async def _opened(urls: tuple[str, str]) -> AsyncIterator[tuple[Ledgers, Ledgers]]:
    """Projects and evaluation, which has fixed nothing yet."""
    engines = [create_engine(url, durable=True) for url in urls]
    projects, evaluation = (
        Ledgers(engine, service, VIEW.schema)
        for engine, service in zip(engines, ("projects", "evaluation"), strict=True)
    )
    yield projects, evaluation
    for engine in engines:
        await engine.dispose()


def lives(size: int) -> Iterator[tuple[UUID, int, Any]]:
    """Whole groups of projects, until there are at least so many events."""
    written = 0
    while written < size:
        projects = [uuid4() for _ in range(AT_ONCE)]
        for version, event in enumerate(life(), 1):
            yield from ((project, version, event) for project in projects)
            written += AT_ONCE


def life() -> Iterator[Any]:
    """One project from its draft to the last accepted task."""
    plan = tuple(heard.Milestone(f"M{n}", "托辊更换", DUE, Decimal(25)) for n in range(4))
    proposal = heard.Proposal("降低面漆返修率", "safety_quality", plan, (), heard.Team(()), ())
    yield heard.ProposalDrafted(
        "NP-2026-001", COMPANY, BRANCH, PERSON, PERSON, proposal.title, proposal.track
    )
    yield heard.ProposalRevised(proposal, PERSON)
    yield heard.ProposalSubmitted("2026.1", PERSON, proposal, ())
    yield heard.ProjectApproved("2026.1", COMPANY, BRANCH, proposal)
    for task in map(str, range(TASKS)):
        yield heard.TaskAdded(task, "检修窗口内更换", DUE, Decimal(1))
        yield heard.TaskAssigned(task, PERSON)
        yield heard.TaskCompleted(task, DUE)
        yield heard.TaskAccepted(task)
