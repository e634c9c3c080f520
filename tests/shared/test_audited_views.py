"""A view is as its events make it anew: a row that anybody changes is found, and named by its key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Date, MetaData, Table, Text, delete, insert, text, type_coerce, update
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.audited_ledgers import see_readers
from cli.audited_views import Audited, Compared, compare
from shared.checkpoints import checkpoints
from shared.columns import Packed
from shared.engines import begin, create_engine
from shared.envelope import Recorded
from shared.findings import Findings
from shared.projections import View
from shared.reading import Runner, running
from shared.rows import Rows
from shared.sources import LocalSource
from tests.support.books import KNOWN, NEVER, Added, Book, Poisoned, Renamed, reached, stream_of, totals

ONE, OTHER = str(stream_of("one")), str(stream_of("other"))


async def made(book: Book, views: AsyncEngine, view: View) -> None:
    """Two ledgers in which projects lie, and the view of them; then one event that it has not heard of."""
    await book.append("group", ("one", Added(1)), ("other", Added(2)), ("one", Renamed("一号")))
    await book.append("company", *[("third", Added(number)) for number in range(300)])
    runner = Runner(view, views, [LocalSource(book.ledgers, every_seconds=NEVER)])
    async with running(runner):
        await reached(runner, book)
    await book.append("group", ("other", Added(5)))


async def compared(
    book: Book,
    views: AsyncEngine,
    view: View,
    forgets: Callable[[str, Any, Any], Any] = lambda _table, stored, _afresh: stored,
) -> tuple[Compared, Findings]:
    found, truths = Findings(), {"projects": book.ledgers.engine}
    await see_readers(views, "projects", truths, found)
    done = await compare(Audited(view, "projects", forgets), views, truths, found, lambda *_: None)
    return done, found


def told(found: Findings) -> list[tuple[str, str, str]]:
    return [(one.code, one.facts.get("table", ""), one.facts.get("key", "")) for one in found.told]


async def test_a_view_that_nobody_touched_is_what_its_events_make(book: Book, views: AsyncEngine) -> None:
    await made(book, views, totals())
    done, found = await compared(book, views, totals())
    assert found.told == []
    assert (done.tables, done.rows, done.live) == (2, 3 + 303, 1)


async def test_a_row_that_is_changed_deleted_or_put_in_is_named(book: Book, views: AsyncEngine) -> None:
    view = totals()
    await made(book, views, view)
    sums, history = view.table("sums"), view.table("history")
    async with begin(views) as connection:
        await connection.execute(update(sums).where(sums.c.project == ONE).values(total=9, name="二号"))
        await connection.execute(delete(sums).where(sums.c.project == OTHER))
        await connection.execute(insert(history), {"event": "projects/group/99", "project": ONE})
    _, found = await compared(book, views, view)
    assert set(told(found)) == {
        ("row_other", "sums", ONE),
        ("row_missing", "sums", OTHER),
        ("row_extra", "history", "projects/group/99"),
    }
    (changed,) = [one for one in found.told if one.code == "row_other"]
    assert (changed.place, changed.facts["columns"]) == ("projects:totals", "total, name")


async def test_what_others_note_in_a_row_is_not_compared(book: Book, views: AsyncEngine) -> None:
    view = totals()
    await made(book, views, view)
    sums = view.table("sums")
    async with begin(views) as connection:
        await connection.execute(update(sums).values(name="noted"))

    def forgets(table: str, stored: Any, afresh: Any) -> Any:
        return stored | {"name": afresh["name"]} if table == "sums" else stored

    _, found = await compared(book, views, view, forgets)
    assert found.told == []
    async with begin(views) as connection:
        await connection.execute(update(sums).where(sums.c.project == ONE).values(total=9))
    _, found = await compared(book, views, view, forgets)
    assert told(found) == [("row_other", "sums", ONE)]


@pytest.mark.parametrize(
    ("values", "code"),
    [({"leaf": bytes(32)}, "mark_other"), ({"position": 9_000}, "mark_beyond")],
    ids=["another event", "an event that is not there"],
)
async def test_a_view_that_stands_at_no_event_of_the_ledger_is_named(
    values: dict[str, Any], code: str, book: Book, views: AsyncEngine
) -> None:
    await made(book, views, totals())
    async with begin(views) as connection:
        at = checkpoints.c.ledger == "group"
        await connection.execute(update(checkpoints).where(at).values(values))
    found = Findings()
    await see_readers(views, "projects", {"projects": book.ledgers.engine}, found)
    (one,) = found.told
    assert (one.code, one.place, one.facts["ledger"]) == (code, "projects:totals", "projects/group")


async def test_a_project_that_is_parked_is_named_with_its_cause(book: Book, views: AsyncEngine) -> None:
    await book.append("group", ("bad", Poisoned()))
    await made(book, views, totals())
    done, found = await compared(book, views, totals())
    (one,) = found.told
    assert (one.code, one.facts["held"], one.facts["event"]) == (
        "parked",
        str(stream_of("bad")),
        "projects/group/1",
    )
    assert "cannot be applied" in one.facts["cause"]
    assert done.tables == 2  # all others are compared nevertheless


async def test_a_view_of_another_version_is_not_compared(book: Book, views: AsyncEngine) -> None:
    await made(book, views, totals(1))
    done, found = await compared(book, views, totals(2))
    assert (found.told, done.live, done.tables) == ([], 1, 0)


async def test_a_packed_value_is_compared_by_what_it_holds(book: Book, views: AsyncEngine) -> None:
    view = totals()
    packed = replace(view, metadata=_packed(view.metadata), apply=_packing(view.apply))
    await made(book, views, packed)
    sums = packed.table("sums")
    for stored, expected in (('{"b":1,"a":2}', []), ('{"a":2,"b":3}', ["name"]), ("no json", ["name"])):
        async with begin(views) as connection:
            await connection.execute(
                update(sums).where(sums.c.project == ONE).values(name=type_coerce(stored, Text))
            )
        _, found = await compared(book, views, packed)
        assert [one.facts["columns"] for one in found.told] == expected


def _packed(plain: MetaData) -> MetaData:
    """The same tables, with a name that is a value."""
    metadata = MetaData()
    for table in plain.sorted_tables:
        columns = [
            Column(c.name, Packed() if c.name == "name" else c.type, primary_key=c.primary_key)
            for c in table.c
        ]
        Table(table.name, metadata, *columns)
    return metadata


def _packing(apply: Callable[[Rows, Recorded], None]) -> Callable[[Rows, Recorded], None]:
    def packing(rows: Rows, recorded: Recorded) -> None:
        apply(rows, recorded)
        row = rows.get("sums", str(recorded.stream))
        assert row
        rows.put("sums", row | {"name": {"a": 2, "b": 1}})

    return packing


async def test_a_value_of_another_kind_is_found(tmp_path: Path) -> None:
    """SQLite keeps it; PostgreSQL does not take it."""
    truth, views = (create_engine(f"sqlite+aiosqlite:///{tmp_path / name}", durable=False) for name in "tv")
    book = await Book(truth).create()
    await made(book, views, dated := _dated())
    async with begin(views) as connection:
        await connection.execute(text("UPDATE days_v1_days SET day = 'no day'"))
    _, found = await compared(book, views, dated)
    assert told(found) == [("table_unread", "days", "")]
    for engine in (truth, views):
        await engine.dispose()


def _dated() -> View:
    metadata = MetaData()
    Table("days", metadata, Column("event", Text, primary_key=True), Column("day", Date))

    def apply(rows: Rows, recorded: Recorded) -> None:
        rows.add("days", {"event": recorded.id, "day": date(2026, 9, 30)})

    return View("days", 1, metadata, schema=KNOWN, services=("projects",), keys=lambda _: (), apply=apply)
