"""`?wait_for=`: a source is asked only for what the view does not have yet, and only where it ends."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus import Unanswered
from shared.messages import Page
from shared.problems import TryLater
from shared.reading import Runner, running
from shared.sources import LocalSource
from shared.wait_for import BeyondTheEnd, reached
from tests.support.books import Added, Book, totals
from tests.support.waiting import eventually


class Source(LocalSource):
    """One that can fall silent, and counts the events that it had to give."""

    silent = False
    given = 0
    asked = 0  # where it ends

    async def read(self, ledger: str, after: int) -> Page:
        page = await super().read(ledger, after)
        self.given += len(page.events)
        return page

    async def head(self, ledger: str) -> int:
        self.asked += 1
        if self.silent:
            raise Unanswered("the source is silent")
        return await super().head(ledger)


async def test_what_the_view_has_is_shown_although_the_source_is_silent(
    book: Book, views: AsyncEngine
) -> None:
    await book.append("group", *[(f"p{n}", Added(n)) for n in range(20)])
    source = Source(book.ledgers, every_seconds=0.05)
    async with running(runner := Runner(totals(), views, [source])):
        await eventually(lambda: runner.live and runner.has("projects", "group", 20), "the view has all")
        source.silent = True
        given = source.given
        for position in (1, 20):
            assert await reached(runner, ("projects", "group", position)) is not None
        with pytest.raises(TryLater):
            await reached(runner, ("projects", "group", 21))
        assert source.given == given


async def test_what_another_process_shows_is_shown_by_one_that_has_just_begun(
    book: Book, views: AsyncEngine
) -> None:
    """A replica that had just started refused what the others answered."""
    await book.append("group", *[(f"p{n}", Added(n)) for n in range(20)])
    source = Source(book.ledgers, every_seconds=0.05)
    async with running(runner := Runner(totals(), views, [source])):
        await eventually(lambda: runner.live and runner.has("projects", "group", 20), "the view has all")
    async with running(begun := Runner(totals(), views, [source])):
        await reached(begun, ("projects", "group", 20))


async def test_what_is_on_its_way_is_waited_for_without_asking_where_the_source_ends(
    book: Book, views: AsyncEngine
) -> None:
    """Under load, that question waited longer than the event took."""
    source = Source(book.ledgers, every_seconds=0.05)
    async with running(runner := Runner(totals(), views, [source])):
        await eventually(lambda: runner.live, "the view is live")
        for position in range(1, 21):
            reading = asyncio.create_task(reached(runner, ("projects", "group", position)))
            await asyncio.sleep(0)
            await book.append("group", (f"p{position}", Added(position)))
            assert await reading is not None
        assert source.asked == 0


@pytest.mark.parametrize(
    "place",
    [("projects", "group", 21), ("projects", "group", 0), ("projects", "x", 1), ("other", "group", 1)],
)
async def test_where_nothing_lies_is_told_without_reading_an_event(
    book: Book, views: AsyncEngine, place: tuple[str, str, int]
) -> None:
    await book.append("group", *[(f"p{n}", Added(n)) for n in range(20)])
    source = Source(book.ledgers, every_seconds=0.05)
    async with running(runner := Runner(totals(), views, [source])):
        await eventually(lambda: runner.live and runner.has("projects", "group", 20), "the view has all")
        given = source.given
        with pytest.raises(BeyondTheEnd):
            await reached(runner, place)
        assert source.given == given
