"""Rows that are written unread, since the row that they belong to is locked."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Column, MetaData, Table, Text, select
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.engines import begin, create_engine
from shared.rows import NotPrefetched, Row, Rows
from tests.support.engines import Database

metadata = MetaData()
parts = Table(
    "parts",
    metadata,
    Column("whole", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    Column("said", Text),
)


@pytest.fixture
async def engine(database: Database) -> AsyncIterator[AsyncEngine]:
    made = create_engine(database.url("views"), durable=False)
    async with begin(made) as connection:
        await connection.run_sync(metadata.create_all)
        await connection.execute(parts.insert(), [part("a", "before"), part("b", "before")])
    yield made
    await made.dispose()


def part(name: str, said: str) -> Row:
    return {"whole": "w", "part": name, "said": said}


async def stored(engine: AsyncEngine) -> dict[str, str]:
    async with engine.connect() as connection:
        return {row.part: row.said for row in (await connection.execute(select(parts))).all()}


async def test_an_owned_row_is_written_over_put_anew_and_removed_without_being_read(
    engine: AsyncEngine,
) -> None:
    rows = Rows({"parts": parts})
    for name in ("a", "b", "c"):
        rows.own("parts", ("w", name))
    rows.put("parts", part("a", "after"))
    rows.delete("parts", ("w", "b"))
    rows.put("parts", part("c", "new"))
    rows.keep()
    async with begin(engine) as connection:
        await rows.write(connection)
    assert await stored(engine) == {"a": "after", "c": "new"}


async def test_what_a_failed_event_would_have_written_to_an_owned_row_is_forgotten(
    engine: AsyncEngine,
) -> None:
    rows = Rows({"parts": parts})
    rows.own("parts", ("w", "a"))
    rows.delete("parts", ("w", "a"))
    rows.discard()
    async with begin(engine) as connection:
        await rows.write(connection)
    assert await stored(engine) == {"a": "before", "b": "before"}


async def test_a_change_is_told_from_how_a_row_was_loaded_to_how_it_was_kept_last(
    engine: AsyncEngine,
) -> None:
    rows = Rows({"parts": parts})
    async with engine.connect() as connection:
        await rows.fetch(connection, [("parts", ("w", name)) for name in ("a", "b", "c")])
    for said in ("once", "twice"):
        rows.put("parts", part("a", said))
        rows.put("parts", part("c", said))
        rows.keep()
    rows.put("parts", part("b", "never kept"))
    rows.discard()
    changes = [(part("a", "before"), part("a", "twice")), (None, part("c", "twice"))]
    assert rows.changes("parts") == changes


def test_a_row_that_is_neither_read_nor_owned_is_a_fault_of_the_view() -> None:
    with pytest.raises(NotPrefetched):
        Rows({"parts": parts}).put("parts", part("a", "after"))
