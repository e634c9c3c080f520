"""Whether an installation is whole: no gap, no double, nothing parked, every view what its ledgers say."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from contextlib import AsyncExitStack
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.evaluation.deciders import DECIDERS
from services.evaluation.projections import scores_in
from services.notifications import tables
from services.notifications.domain.later import name_in
from services.notifications.domain.planning import DELIVERY_FAILED
from services.notifications.planning import Planning
from services.notifications.reactions import obliging
from services.notifications.rulebook import Rulebook, default_rules
from services.projects.projections.projects import projects_in
from services.projects.schema import SCHEMA
from shared import checkpoints
from shared.clock import SystemClock
from shared.codec import Schema
from shared.decision import Read
from shared.engines import create_engine
from shared.envelope import Recorded
from shared.ledger import Ledgers
from shared.merkle import Frontier, leaf_hash
from shared.organisation import Organisation
from shared.projections import Consumer
from shared.reading import Runner, running
from shared.sources import LocalSource
from tests.support.books_of import Where, engine_of
from tests.support.insisting import Acknowledged
from tests.support.waiting import eventually

ZONE = ZoneInfo("Asia/Shanghai")
OF_ITS_TIME = {"read_at", "next_at", "steps", "tried_on", "changed"}  # what no event says
NO_EVENT_SAYS = {rule.id for rule in default_rules().on(DELIVERY_FAILED)}
EVENTS_A_SECOND_AT_LEAST = 20
SCHEMAS = {
    "projects": SCHEMA,
    "evaluation": Schema(tuple(event for decider in DECIDERS for event in decider.events)),
}
Books = dict[str, list[Recorded]]


async def books_of(where: Where) -> Books:
    """Every ledger's events by its full name; AssertionError for a gap, or a tree that is another."""
    books: Books = {}
    for service, schema in SCHEMAS.items():
        async with engine_of(where, service) as engine:
            ledgers = Ledgers(engine, service, schema)
            for name, head in (await ledgers.heads()).items():
                events = await ledgers.read_ledger(name, 0, head.position + 1)
                assert [event.position for event in events] == list(range(1, head.position + 1)), name
                leaves = [leaf_hash(event.stream, event.version, event.body) for event in events]
                assert Frontier().grown(leaves) == head.frontier, name
                books[f"{service}/{name}"] = events
    versions: defaultdict[Any, list[int]] = defaultdict(list)  # of a stream in all the ledgers it was led in
    for name, events in books.items():
        service = name.partition("/")[0]
        for stream, told in groupby(sorted(events, key=attrgetter("stream")), attrgetter("stream")):
            here = [event.version for event in told]
            assert here == sorted(here), (name, stream, here)
            versions[service, stream] += here
    for one, known in versions.items():
        assert sorted(known) == list(range(1, len(known) + 1)), (one, known)
    return books


def holds_once(books: Books, acknowledged: Sequence[Acknowledged]) -> None:
    """Everything acknowledged is there, where it was said to be, and no command is there twice."""
    begun = [event for events in books.values() for event in events if event.envelope.command_id is not None]
    times = Counter((event.service, event.envelope.command_id) for event in begun)
    assert max(times.values()) == 1
    decisions = {event.envelope.command_id: event for event in begun if event.service == "projects"}
    for act in acknowledged:
        first = decisions.get(str(act.command_id))
        assert first is not None, f"{act} was acknowledged and is gone"
        last = (first.position + first.envelope.count - 1, first.version + first.envelope.count - 1)
        assert (first.stream, first.ledger, *last) == (act.stream, act.ledger, act.position, act.version)


async def is_whole(where: Where, fresh: Path, held: Collection[str] = ()) -> Books:
    """The books; AssertionError where a view or obligation is not as one made afresh, or parked.

    `fresh` begins the names of new files; `held` are projects that no reader of this code can apply.
    """
    books = await books_of(where)
    organisation = Organisation()
    for event in books["projects/group"]:
        organisation.apply(event)

    async def as_known() -> Read:
        return Read({}, 0)

    planning = Planning(Rulebook(), organisation, SystemClock(), ZONE)
    obligations = obliging(planning, as_known)
    projects, scores = projects_in(ZONE), scores_in(ZONE)
    for service, file, consumer, read in (
        ("projects", "views", projects, projects.tables.values()),
        ("evaluation", "views", scores, scores.tables.values()),
        ("notifications", "ledger", obligations, (tables.obligations, tables.known)),
    ):
        async with AsyncExitStack() as stack:
            kept = await stack.enter_async_context(engine_of(where, service, file))
            new = create_engine(f"sqlite+aiosqlite:///{fresh}-{service}.db", durable=False)
            stack.push_async_callback(new.dispose)
            await _made_afresh(where, consumer, new, books)
            for engine in (kept, new):
                assert {row["held"] for row in await _rows(engine, checkpoints.parked)} <= set(held)
            for table in read:
                assert await _rows(kept, table) == await _rows(new, table), table.name
    return books


async def _made_afresh(where: Where, consumer: Consumer, engine: AsyncEngine, books: Books) -> None:
    async with AsyncExitStack() as stack:
        if consumer.name == "obligations":
            connection: AsyncConnection = await stack.enter_async_context(engine.begin())
            await connection.run_sync(tables.metadata.create_all)
            await connection.commit()
        sources = [
            LocalSource(
                Ledgers(await stack.enter_async_context(engine_of(where, service)), service, schema),
                every_seconds=0.1,
            )
            for service, schema in SCHEMAS.items()
        ]
        runner = Runner(consumer, engine, sources)
        await stack.enter_async_context(running(runner))
        ends = {name: len(events) for name, events in books.items() if _reads(consumer, name)}

        async def arrived() -> bool:
            return all([await runner.wait_for(*_place(name), end, 1.0) for name, end in ends.items()])

        patience_seconds = 30 + sum(ends.values()) / EVENTS_A_SECOND_AT_LEAST
        await eventually(arrived, f"{consumer.name} is made afresh", patience_seconds)


def _reads(consumer: Consumer, name: str) -> bool:
    service, ledger = _place(name)
    return service in consumer.services and consumer.reads(service, ledger)


def _place(name: str) -> tuple[str, str]:
    service, _, ledger = name.partition("/")
    return service, ledger


async def _rows(engine: AsyncEngine, table: Table) -> Iterable[dict[str, Any]]:
    async with engine.connect() as connection:
        rows = (await connection.execute(select(table))).mappings().all()
    told = [
        {name: value for name, value in row.items() if name not in OF_ITS_TIME}
        for row in rows
        if not name_in(row.get("occurrence", "")) and row.get("rule") not in NO_EVENT_SAYS
    ]
    return sorted(told, key=repr)
