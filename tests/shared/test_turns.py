"""Whatever has come, and in whatever order: no ledger keeps the others from moving."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import reading, shelf
from shared.messages import Arrived
from shared.reading import Runner, running
from shared.sources import LocalSource
from shared.waiting import Ledger, in_order
from tests.support.books import NEVER, Added, Book, folded, reached, sums, totals


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


async def test_a_ledger_with_much_to_read_shares_each_transaction_with_the_others(book: Book) -> None:
    """A company with a hundred times the events of others filled one after another, and they waited."""
    await book.append("heavy", *[("h", Added(n)) for n in range(50)])
    await book.append("light", ("l", Added(1)))
    runs = {f"projects/{ledger}": await arrived(book, ledger) for ledger in ("heavy", "light")}
    taken, _ = in_order(runs, dict.fromkeys(runs, 0), {}, 10)
    assert Counter(one.recorded.ledger for one in taken) == {"heavy": 9, "light": 1}


async def test_ledgers_that_moved_give_their_turn_to_those_that_have_not(
    book: Book, views: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those first in line went on until nothing was left of them, as many as fit into one transaction."""
    monkeypatch.setattr(reading, "PLACES_IN_ONE_GO", 2)
    view = totals(batch=2)
    runner = Runner(view, views, [LocalSource(book.ledgers, every_seconds=NEVER)])
    for ledger, count in (("heavy", 300), ("as heavy", 300), ("light", 1)):
        await book.append(ledger, *[(ledger, Added(n)) for n in range(count)])
    for ledger in ("heavy", "as heavy", "light"):
        for one in await arrived(book, ledger):
            runner.offer(one)
    async with running(runner):
        assert await runner.comes_to("projects", "light", 1, 30)
        assert runner.position("projects", "heavy") < 300
        await reached(runner, book)
    assert await sums(views, view) == await folded(book, view)


async def test_ledgers_that_found_no_place_in_a_transaction_come_first_in_the_next(
    book: Book, views: AsyncEngine
) -> None:
    """They came in the order of their names: the last of them waited until all others had nothing left."""
    view = totals(batch=8)
    runner = Runner(view, views, [LocalSource(book.ledgers, every_seconds=NEVER)])
    ledgers = {f"company {n}": 60 for n in range(10)} | {"the last": 1}
    for ledger, count in ledgers.items():
        await book.append(ledger, *[(ledger, Added(n)) for n in range(count)])
        for one in await arrived(book, ledger):
            runner.offer(one)
    async with running(runner):
        assert await runner.comes_to("projects", "the last", 1, 30)
        assert runner.position("projects", "company 0") < 60
        await reached(runner, book)
    assert await sums(views, view) == await folded(book, view)


async def test_a_ledger_that_is_held_gathers_nothing(book: Book) -> None:
    await book.append("group", *[("g", Added(n)) for n in range(5)])
    ledger = Ledger(forked=True)
    for one in await arrived(book, "group"):
        ledger.keep(one)
    assert (ledger.announced, ledger.waiting) == (5, {})
