"""A view is as its events make it anew: a row that anybody changes is found, and named by its key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.ext.asyncio import AsyncEngine

from cli.audited_ledgers import see_readers
from cli.audited_views import Audited, Compared, compare
from shared.checkpoints import checkpoints
from shared.engines import begin
from shared.findings import Findings
from shared.projections import View
from shared.reading import Runner, running
from shared.sources import LocalSource
from tests.support.books import NEVER, Added, Book, Poisoned, Renamed, reached, stream_of, totals

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
