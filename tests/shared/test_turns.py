"""Whatever has come, and in whatever order: no ledger keeps the others from moving."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import reading, shelf
from shared.messages import Arrived
from shared.reading import Runner, running
from shared.sources import LocalSource
from shared.waiting import Ledger
from tests.support.books import Added, Book, folded, reached, sums, totals


async def arrived(book: Book, ledger: str) -> list[Arrived]:
    return list((await LocalSource(book.ledgers).read(ledger, 0)).events)


async def test_what_came_too_early_takes_no_room_from_what_it_waits_for(
    book: Book, views: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "AT_HAND", 3)
    view = totals()
    source = LocalSource(book.ledgers, every_seconds=0.1)
    runner = Runner(view, views, [source])
    for ledger in ("group", "east"):
        await book.append(ledger, *[(ledger, Added(n)) for n in range(9)])
        for late in (await arrived(book, ledger))[4:]:
            runner.offer(late)
    async with running(runner):
        await reached(runner, book)
    assert await sums(views, view) == await folded(book, view)


async def test_ledgers_that_cannot_move_give_their_turn_to_the_one_that_they_wait_for(
    book: Book, views: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PLACES_IN_ONE_GO", 2)
    view = totals()
    source = LocalSource(book.ledgers, every_seconds=0.1)
    runner = Runner(view, views, [source])
    await book.append("group", ("g", Added(1)))
    companies = [f"company-{n}" for n in range(12)]
    for company in companies:
        await book.append(company, (company, Added(1)), after={"projects/group": 1})
    for ledger in [*companies, "group"]:
        for one in await arrived(book, ledger):
            runner.offer(one)
    async with running(runner):
        await reached(runner, book)
    assert await sums(views, view) == await folded(book, view)


async def test_a_ledger_that_is_held_gathers_nothing(book: Book) -> None:
    await book.append("group", *[("g", Added(n)) for n in range(5)])
    ledger = Ledger(forked=True)
    for one in await arrived(book, "group"):
        ledger.keep(one)
    assert (ledger.announced, ledger.waiting) == (5, {})
