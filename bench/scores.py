"""The view of scores built from nothing, beside reading and decoding the same events alone.

The projects are short lives in the words that evaluation reads, so their events are smaller than the real
ones; they lie among each other in one ledger, as the projects of a company do.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
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

VIEW = scores_in(ZoneInfo("Asia/Shanghai"))
COMPANY, BRANCH = UnitId(str(uuid4())), UnitId(str(uuid4()))
PERSON = PersonId(str(uuid4()))
AT_ONCE = 100  # projects that live beside each other
TASKS = 4
DUE = date(2026, 9, 30)
WITHIN_SECONDS = 3600


def rebuilt(projects: str, evaluation: str, views: str, size: int) -> tuple[float, float]:
    """Events a second into the view, and read and decoded alone, of about so many; in empty databases."""
    return uvloop.run(_rebuilt((projects, evaluation), views, size))


async def _rebuilt(urls: tuple[str, str], views_url: str, size: int) -> tuple[float, float]:
    views = create_engine(views_url, durable=False)
    engines = [create_engine(url, durable=True) for url in urls]
    for engine in engines:
        async with begin(engine) as connection:
            await connection.run_sync(ledger_tables.create)
    projects = Ledgers(engines[0], "projects", VIEW.schema)
    evaluation = Ledgers(engines[1], "evaluation", VIEW.schema)  # nothing is fixed yet
    end = await fill(projects, COMPANY, lives(size))
    began, after = time.perf_counter(), 0
    while page := await projects.read_ledger(COMPANY, after, LOCAL_PAGE_EVENTS):
        after = page[-1].position
    alone = end / (time.perf_counter() - began)
    runner = Runner(VIEW, views, [LocalSource(projects), LocalSource(evaluation)])
    began = time.perf_counter()
    async with running(runner):
        if not await runner.wait_for("projects", COMPANY, end, WITHIN_SECONDS):
            raise AssertionError("the view did not get to the end")
        into_view = end / (time.perf_counter() - began)
    for engine in (*engines, views):
        await engine.dispose()
    return into_view, alone


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
