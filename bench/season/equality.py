"""Whether views are what one reader alone makes of the same ledgers, and what another run made: hashed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from hashlib import sha256
from zoneinfo import ZoneInfo

import msgspec
import uvloop
from sqlalchemy import Table, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.season.town import Databases
from services.evaluation.projections import scores_in
from services.evaluation.review.view import REVIEWS
from shared import held
from shared.codec import Schema
from shared.columns import Packed
from shared.engines import create_engine
from shared.ledger import RESTRICTED, Ledgers
from shared.projections import View
from shared.reading import Runner, running
from shared.sources import LOCAL_PAGE_EVENTS, LocalSource

SCORES = scores_in(ZoneInfo("Asia/Shanghai"))
VIEWS = (SCORES, REVIEWS)
BY_RUN = {"scores": ("fixed_event",), "panels": ("panel",)}  # a place in a ledger, and an id by chance
WITHIN_SECONDS = 3600
ROWS_AT_ONCE = 1000
Said = dict[str, dict[str, str]]  # by table and key


class Alone(msgspec.Struct):
    """What one reader made of everything, and how fast."""

    said: Said
    parked: int
    events: int
    built_a_second: float
    read_a_second: float  # reading and decoding alone


async def said_by(engine: AsyncEngine, leave_out: Mapping[str, Sequence[str]]) -> Said:
    """Every row of both views, by its key, as the SHA-256 of what it says."""
    return {
        f"{view.name}.{name}": await _rows(engine, table, leave_out.get(name, ()))
        for view in VIEWS
        for name, table in sorted(view.tables.items())
    }


async def _rows(engine: AsyncEngine, table: Table, leave_out: Sequence[str]) -> dict[str, str]:
    columns = [column for column in table.columns if column.name not in leave_out]
    packed = {column.name for column in columns if isinstance(column.type, Packed)}
    keys = [column.name for column in table.primary_key if column.name not in leave_out]
    rows: dict[str, str] = {}
    async with engine.connect() as connection:
        found = await connection.stream(select(*columns), execution_options={"yield_per": ROWS_AT_ONCE})
        async for row in found:
            said = {name: value if name in packed else str(value) for name, value in row._mapping.items()}
            hashed = sha256(msgspec.json.encode(said, order="sorted")).hexdigest()
            rows[" ".join(str(said[key]) for key in keys) or f"{hashed} {len(rows)}"] = hashed
    return rows


async def parked(engine: AsyncEngine) -> int:
    """Projects that a view holds, since an event could not be applied."""
    return sum([len(await held.parked_projects(engine, view)) for view in VIEWS])


def differing(one: Said, other: Said) -> list[str]:
    """Tables and keys of rows that are not the same; where keys are left out, the tables alone."""
    found = []
    for table, rows in one.items():
        if sorted(rows.values()) != sorted(other[table].values()):
            keys = rows.keys() | other[table].keys()
            found += [f"{table} {key}" for key in sorted(keys) if rows.get(key) != other[table].get(key)]
    return found


def made_alone(databases: Databases, views: str) -> Alone:
    """Both views made anew by this process alone, into an empty database."""
    return uvloop.run(_made_alone(databases, views))


async def _made_alone(databases: Databases, views: str) -> Alone:
    urls = {"projects": databases.projects, "evaluation": databases.evaluation}
    truths = [
        Ledgers(create_engine(url, durable=True), service, SCORES.schema) for service, url in urls.items()
    ]
    ends = {
        (truth.service, ledger): head.position
        for truth in truths
        for ledger, head in (await truth.heads()).items()
        if ledger not in RESTRICTED
    }
    began = time.perf_counter()
    for truth in truths:
        for service, ledger in ends:
            if service == truth.service:
                await _read(truth, ledger)
    read, built, engine = time.perf_counter() - began, 0.0, create_engine(views, durable=False)
    for view in VIEWS:
        began = time.perf_counter()
        await _build(view, engine, truths, ends)
        built = built or time.perf_counter() - began
    said, waiting, events = await said_by(engine, {}), await parked(engine), sum(ends.values())
    for of in (engine, *(truth.engine for truth in truths)):
        await of.dispose()
    return Alone(said, waiting, events, events / built, events / read)


async def _read(truth: Ledgers, ledger: str) -> None:
    after = 0
    while page := await truth.read_ledger(ledger, after, LOCAL_PAGE_EVENTS):
        after = page[-1].position


async def _build(
    view: View, engine: AsyncEngine, truths: Sequence[Ledgers], ends: Mapping[tuple[str, str], int]
) -> None:
    runner = Runner(view, engine, [LocalSource(Ledgers(t.engine, t.service, Schema(()))) for t in truths])
    async with running(runner):
        for (service, ledger), end in ends.items():
            if not await runner.wait_for(service, ledger, end, WITHIN_SECONDS):
                raise AssertionError(f"{view.name} did not get to the end of {service}/{ledger}")
