"""A round: people work, something breaks, all is mended, and then nothing may be missing."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
from sqlalchemy import func, select

from services.evaluation.projections import SCORES
from shared import checkpoints
from tests.support.books_of import engine_of, heads_of
from tests.support.company import Company
from tests.support.insisting import Acknowledged, Insisting
from tests.support.lives import acts, begins, fixed_scores, lives
from tests.support.waiting import eventually
from tests.support.whole import Books, holds_once, is_whole
from tests.system.faults.installation import NO_FRONT, Installation

PEOPLE_AT_WORK = 4
QUIET_SECONDS = 60.0
ANSWER_SECONDS = 15.0  # at most, on a machine that does much else
MEGABYTES_MORE = 80  # that a process may have after many rounds, beyond what it had after its first
# In which database the checkpoints of each view and reaction lie, and whose ledgers it reads.
READERS: dict[tuple[str, str], dict[str, tuple[str, ...]]] = {
    ("projects", "views"): {"projects": ("projects",), "reactions": ("projects",)},
    ("evaluation", "views"): {"scores": ("projects", "evaluation")},
    ("notifications", "ledger"): {"obligations": ("projects", "evaluation")},
}


PUT_OFF_SECONDS = 120  # a client waits up to 30 s for an answer, and a database that recovers uses them


@dataclass
class Round:
    """What a fault works with: the installation, those who work in it, and a chance of its own."""

    town: Installation
    company: Company
    clients: Insisting
    chance: random.Random
    people: asyncio.TaskGroup  # who finds something wrong ends the round

    async def puts_off(self, meanwhile: Callable[[], None] = lambda: None) -> None:
        """Returns when some acts are put off; `meanwhile` is done at every look, in a thread.

        Somebody begins more projects: all others may be waiting for what comes of theirs.
        """
        enough = self.clients.put_off + 4

        async def goes_on() -> None:
            while self.clients.put_off < enough:
                await begins(self.clients, self.company)

        async def are_put_off() -> bool:
            await asyncio.to_thread(meanwhile)
            return self.clients.put_off >= enough

        self.people.create_task(goes_on())
        await eventually(are_put_off, "acts are put off", PUT_OFF_SECONDS)

    async def reached(self, service: str) -> int:
        """How many events its view or reaction has applied in all."""
        (name,) = (name for of, name in READERS if of == service)
        async with engine_of(self.town.where, service, name) as engine, engine.connect() as connection:
            return int(await connection.scalar(select(func.sum(checkpoints.checkpoints.c.position))) or 0)

    async def has_moved(self, service: str, since: int) -> bool:
        """Whether it has applied more than that."""
        return await self.reached(service) > since

    async def work(self, at_least: int = 3, at_most: int = 12) -> None:
        """Returns when some more acts are acknowledged."""
        await acts(self.clients, self.chance.randint(at_least, at_most))


Fault = Callable[[Round], Awaitable[None]]


async def live_through(
    town: Installation, company: Company, fresh: Path, seed: int, *faults: Fault
) -> tuple[Round, Books]:
    """A round with these faults one after another; what is there after it."""
    await town.heal()  # of what a round that failed has left
    chance = random.Random(seed)
    clients = Insisting(NO_FRONT, seed, transport=town.transport(), tokens=town.tokens)
    done = asyncio.Event()
    async with asyncio.TaskGroup() as people:
        this = Round(town, company, clients, chance, people)
        at_work = [people.create_task(lives(clients, company, done)) for _ in range(PEOPLE_AT_WORK)]
        for fault in faults:
            await this.work()
            await fault(this)
            await town.heal()
        clients.patience = lambda: 30.0
        await this.work()
        done.set()
    await clients.http.aclose()
    books = await all_is_well(town, company, fresh, clients.acknowledged)
    assert {project for task in at_work for project in task.result()} <= set(fixed_scores(books))
    return this, books


async def all_is_well(
    town: Installation, company: Company, fresh: Path, acknowledged: Sequence[Acknowledged] = ()
) -> Books:
    """AssertionError where anything is lost, doubled, out of order, behind, parked, stuck or swollen."""
    await eventually(lambda: quiet(town), "everything is read", QUIET_SECONDS)
    await answers(town, company)
    await eventually(lambda: quiet(town), "everything is read", QUIET_SECONDS)
    books = await is_whole(town.where, fresh, town.held)
    holds_once(books, acknowledged)
    in_order(acknowledged)
    events = (event for ledger in books.values() for event in ledger)
    closed = [str(event.stream) for event in events if event.envelope.name == "ProjectClosed"]
    assert sorted(fixed_scores(books)) == sorted(closed)
    await reports_well(town)
    return books


def in_order(acknowledged: Sequence[Acknowledged]) -> None:
    """Who sends one act after the other finds them in that order."""
    last: dict[UUID, Acknowledged] = {}
    for act in acknowledged:
        before = last.get(act.stream)
        assert before is None or before.version < act.version, (before, act)
        assert before is None or before.position < act.position, (before, act)
        last[act.stream] = act


async def quiet(town: Installation) -> bool:
    """Whether every reader stands at the end of every ledger, and nothing is still to be done."""
    heads = await heads_of(town.where)
    for (service, name), readers in READERS.items():
        async with engine_of(town.where, service, name) as engine, engine.connect() as connection:
            rows = (await connection.execute(select(checkpoints.checkpoints))).all()
            if service == "evaluation":
                scores = SCORES.table("scores")
                to_fix = select(func.count()).select_from(scores).where(scores.c.to_fix)
                if await connection.scalar(to_fix):
                    return False
        reached = {(row.view, f"{row.service}/{row.ledger}"): row.position for row in rows}
        for view, services in readers.items():
            for ledger, position in heads.items():
                if ledger.endswith("/access") or ledger.partition("/")[0] not in services:
                    continue
                if reached.get((view, ledger), 0) < position:
                    return False
    return heads == await heads_of(town.where)


async def answers(town: Installation, company: Company) -> None:
    """Every process takes a command, or shows what it caused, in bounded time."""
    secretary, began = company.liu_yang, time.monotonic()
    sign_in = {"login": secretary.login, "password": "denggao-example"}
    draft = {"unit": company.branch, "title": "仍在工作", "track": "safety_quality"}
    async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as http:
        for process in town.of("projects"):
            api = f"{process.url}/api/projects"
            token = (await http.post(f"{api}/session", json=sign_in)).json()["access_token"]
            sent = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(town.chance.getrandbits(64))}
            taken = await http.post(f"{api}/projects/draft-proposal", json=draft, headers=sent)
            assert taken.is_success, taken.text
            project, position = taken.json()["id"], taken.json()["position"]
            pages = {
                "projects": f"projects/{project}",
                "evaluation": f"scores/{project}",
                "notifications": "inbox/todo",
            }
            for other in town.processes:
                page = f"{other.url}/api/{other.service}/{pages[other.service]}"
                read = await http.get(page, params={"wait_for": position}, headers=sent)
                assert read.is_success, f"{other}: {read.text}"
    assert time.monotonic() - began < ANSWER_SECONDS * len(town.processes)


async def reports_well(town: Installation) -> None:
    """Every process says so of itself, holds nothing but what it must, and has not grown."""
    async with httpx.AsyncClient(timeout=60, trust_env=False) as http:
        for process in town.processes:
            health = (await http.get(f"{process.url}/health")).json()
            assert (health["ok"], health["nats"]) == (True, "connected"), health
            for view in health["views"].values():
                assert {parked["held"] for parked in view["parked"]} <= town.held, view
                assert view["forked"] == []
            megabytes = process.running.memory_info().rss / 1_000_000
            first = town.megabytes.setdefault(process.service, megabytes)
            assert megabytes <= first + MEGABYTES_MORE, f"{process} grew from {first} MB to {megabytes} MB"
