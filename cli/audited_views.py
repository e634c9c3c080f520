"""A view beside a fresh replay of the same events: made anew in a place of its own, compared row by row."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Column, MetaData, Select, Table, Text, create_engine, inspect, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from cli.truth import ROWS_AT_ONCE, as_of_now, engine_of
from shared import checkpoints
from shared.codec import Schema
from shared.columns import Packed
from shared.engines import begin
from shared.envelope import Recorded
from shared.findings import Findings
from shared.ledger import Head, Ledgers
from shared.merkle import Frontier
from shared.projections import View
from shared.reading import Runner, running
from shared.sources import LocalSource

PATIENCE_SECONDS = 120  # without any event that was applied
Ends = Mapping[str, int]  # by service/ledger
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Audited:
    """A view that events alone make; `forgets` takes out of a stored row what others note in it."""

    view: View
    service: str
    forgets: Callable[[str, Row, Row], Row]  # table, stored row, the row of the replay → as it is compared


@dataclass(slots=True)
class Compared:
    """What was compared of a view, or why it was not."""

    rows: int = 0
    tables: int = 0
    live: int | None = None  # the version in use


class _Upto(Ledgers):
    """A service's ledgers as they were when a view had come so far."""

    def __init__(self, engine: AsyncEngine, service: str, ends: Ends) -> None:
        super().__init__(engine, service, Schema(()))
        self._ends = {
            name.partition("/")[2]: end for name, end in ends.items() if name.startswith(f"{service}/")
        }

    async def heads(self) -> dict[str, Head]:
        return {ledger: await self.head(ledger) for ledger in self._ends}

    async def head(self, ledger: str) -> Head:
        end = self._ends.get(ledger, 0)
        leaves = await self.leaves(ledger, end - 1, end) if end else []
        return Head(ledger, end, 0, leaves[0] if leaves else b"", Frontier())

    async def read_ledger(
        self, ledger: str, after: int, limit: int = 500, upto: int | None = None
    ) -> list[Recorded]:
        end = self._ends.get(ledger, 0)
        return await super().read_ledger(ledger, after, limit, end if upto is None else min(upto, end))


class _Source(LocalSource):
    """Reads those."""

    def __init__(self, ledgers: _Upto) -> None:
        super().__init__(ledgers, every_seconds=0.5)
        self.ledgers = ledgers


async def compare(
    audited: Audited,
    views: AsyncEngine,
    truths: Mapping[str, AsyncEngine],
    found: Findings,
    tell: Callable[[int, int], None],
) -> Compared:
    """The rows of a view with those of a replay up to where the view stands; differences go to `found`."""
    view, compared = audited.view, Compared()
    place = Path(tempfile.mkdtemp(prefix="denggao-audit-"))
    try:
        async with AsyncExitStack() as stack:
            stored = await stack.enter_async_context(engine_of(f"sqlite+aiosqlite:///{place}/stored.db"))
            name, unread = f"{audited.service}:{view.name}", list[Table]()
            ends = await _copied(view, views, stored, compared, unread.append)
            if compared.live != view.version:
                return compared
            afresh = await stack.enter_async_context(engine_of(f"sqlite+aiosqlite:///{place}/afresh.db"))
            if not await _replayed(view, afresh, truths, ends, name, found, tell):
                return compared
        for short, table in view.tables.items():
            if table in unread:
                found.add("table_unread", name, table=short)
                continue
            compared.tables += 1
            compared.rows += _differences(audited, short, table, place, name, found)
        return compared
    finally:
        shutil.rmtree(place, ignore_errors=True)


async def _copied(
    view: View, views: AsyncEngine, stored: AsyncEngine, compared: Compared, unread: Callable[[Table], None]
) -> Ends:
    """The view's rows as they stand at one moment, and up to which events that is."""
    async with as_of_now(views) as connection:
        there = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
        if checkpoints.live_views.name not in there:
            return {}
        live = checkpoints.live_views.c
        compared.live = await connection.scalar(select(live.live_version).where(live.name == view.name))
        if compared.live != view.version:
            return {}
        marks = await checkpoints.marks_of(connection, view)
        for table in view.tables.values():
            try:
                await _copy(connection, stored, _plain(table))
            except (TypeError, ValueError):  # SQLite keeps a value of any kind in any column
                unread(table)
    return {"/".join(place): mark.position for place, mark in marks.items()}


def _plain(table: Table) -> Table:
    """The same without what its values mean: packed ones are compared as text, and read where they differ."""
    columns = [
        Column(c.name, Text if isinstance(c.type, Packed) else c.type, primary_key=c.primary_key)
        for c in table.columns
    ]
    return Table(table.name, MetaData(), *columns)


async def _copy(connection: AsyncConnection, stored: AsyncEngine, table: Table) -> None:
    async with begin(stored) as into:
        await into.run_sync(table.create)

    async def put(rows: list[Row]) -> None:
        async with begin(stored) as into:
            await into.execute(table.insert(), rows)

    some: list[Row] = []
    async for row in await connection.stream(select(table), execution_options={"yield_per": ROWS_AT_ONCE}):
        some.append(dict(zip(table.columns.keys(), row, strict=True)))
        if len(some) == ROWS_AT_ONCE:
            await put(some)
            some = []
    if some:
        await put(some)


async def _replayed(
    view: View,
    afresh: AsyncEngine,
    truths: Mapping[str, AsyncEngine],
    ends: Ends,
    name: str,
    found: Findings,
    tell: Callable[[int, int], None],
) -> bool:
    """Make it anew; False where that comes to no end, as with events that are missing."""
    sources = [_Source(_Upto(engine, service, ends)) for service, engine in truths.items()]
    runner = Runner(view, afresh, sources)
    size, waited, before = sum(ends.values()), 0.0, -1
    async with running(runner):
        while True:
            behind = [(ledger, end) for ledger, end in ends.items() if not runner.has(*_place(ledger), end)]
            if not behind:
                tell(size, size)
                return True
            reached = sum(runner.position(*_place(ledger)) for ledger in ends)
            waited, before = (0.0 if reached != before else waited + 1), reached
            if waited > PATIENCE_SECONDS:
                found.add("stalls", name, position_read=reached, size=size)
                return False
            tell(reached, size)
            await runner.wait_for(*_place(behind[0][0]), behind[0][1], 1.0)


def _place(name: str) -> tuple[str, str]:
    service, _, ledger = name.partition("/")
    return service, ledger


def _differences(audited: Audited, short: str, table: Table, place: Path, name: str, found: Findings) -> int:
    """How many rows there are; those that differ are found, each by its key."""
    packed = [column.name for column in table.columns if isinstance(column.type, Packed)]
    count = 0
    for key, stored, afresh in _pairs(_plain(table), place):
        count += 1
        shown = " / ".join(map(str, key))
        if stored is None:
            found.add("row_missing", name, table=short, key=shown)
        elif afresh is None:
            found.add("row_extra", name, table=short, key=shown)
        elif (row := audited.forgets(short, stored, afresh)) != afresh:
            columns = [
                c for c in afresh if row[c] != afresh[c] and not (c in packed and _same(row, afresh, c))
            ]
            if columns:
                found.add("row_other", name, table=short, key=shown, columns=", ".join(columns))
    return count


def _same(row: Row, afresh: Row, column: str) -> bool:
    """Whether two texts hold the same value in another order."""
    try:
        return bool(msgspec.json.decode(row[column]) == msgspec.json.decode(afresh[column]))
    except (msgspec.DecodeError, TypeError):
        return False


def _pairs(table: Table, place: Path) -> Iterator[tuple[tuple[Any, ...], Row | None, Row | None]]:
    """The rows of both with the same key, in the order of keys."""
    columns = list(table.primary_key.columns) or list(table.columns)
    query = select(table).order_by(*columns)
    one, other = _rows(f"sqlite:///{place}/stored.db", query), _rows(f"sqlite:///{place}/afresh.db", query)
    names = [column.name for column in columns]
    stored, afresh = next(one, None), next(other, None)
    while stored is not None or afresh is not None:
        here, there = _key(stored, names), _key(afresh, names)
        if afresh is None or (here is not None and there is not None and here < there):
            assert here
            yield here, stored, None
            stored = next(one, None)
        elif stored is None or here != there:
            assert there
            yield there, None, afresh
            afresh = next(other, None)
        else:
            assert here
            yield here, stored, afresh
            stored, afresh = next(one, None), next(other, None)


def _key(row: Row | None, names: list[str]) -> tuple[Any, ...] | None:
    return None if row is None else tuple(row[name] for name in names)


def _rows(url: str, query: Select[Any]) -> Iterator[Row]:
    engine = create_engine(url)
    try:
        with engine.connect().execution_options(yield_per=ROWS_AT_ONCE) as connection:
            for row in connection.execute(query).mappings():
                yield dict(row)
    finally:
        engine.dispose()
