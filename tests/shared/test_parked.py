"""What a view cannot apply holds its project only, until newer code, its source or an operator mends it."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.bus import Unanswered
from shared.codec import Schema
from shared.envelope import Recorded
from shared.messages import Page
from shared.operating import add_operating
from shared.reading import Runner, running
from shared.rows import Rows
from shared.sources import LocalSource
from shared.web import create_app
from tests.support.books import (
    NEVER,
    Added,
    Book,
    Poisoned,
    folded,
    reached,
    stream_of,
    sums,
    totals,
)
from tests.support.waiting import eventually


async def test_an_event_that_cannot_be_applied_holds_its_project_only(book: Book, views: AsyncEngine) -> None:
    view = totals()
    source = LocalSource(book.ledgers, every_seconds=NEVER)
    book.listeners.append(source.committed)
    async with running(runner := Runner(view, views, [source])):
        await book.append(
            "group", ("bad", Added(1)), ("bad", Poisoned()), ("good", Added(2)), ("bad", Added(4))
        )
        await reached(runner, book)
        shown = await sums(views, view)
        assert shown[str(stream_of("bad"))][:2] == (1, 1)
        assert shown[str(stream_of("good"))][:2] == (2, 1)
        health = await runner.health()
        (held,) = health["parked"]
        assert held["held"] == str(stream_of("bad"))
        assert held["event"] == "projects/group/2"
        assert held["cause"] == "ValueError: this event cannot be applied"
        assert not await runner.resume(stream_of("bad"))
    mended = totals(forgives=True)
    async with running(runner := Runner(mended, views, [source])):
        assert await runner.resume(stream_of("bad"))
        assert (await runner.health())["parked"] == []
        await book.append("group", ("bad", Added(8)))
        await reached(runner, book)
    assert await sums(views, mended) == await folded(book, mended)


async def test_a_row_from_which_nothing_can_be_derived_holds_its_project_only(
    book: Book, views: AsyncEngine
) -> None:
    def derive(rows: Rows) -> None:
        for _, row in rows.changes("sums"):
            if row and row["project"] == str(stream_of("bad")):
                raise ValueError("nothing can be derived")

    view = totals(derive=derive)
    source = LocalSource(book.ledgers, every_seconds=NEVER)
    book.listeners.append(source.committed)
    async with running(runner := Runner(view, views, [source])):
        await book.append("group", ("bad", Added(1)), ("good", Added(2)), ("bad", Added(4)))
        await reached(runner, book)
        assert list(await sums(views, view)) == [str(stream_of("good"))]
        (held,) = (await runner.health())["parked"]
        assert (held["event"], held["cause"]) == ("projects/group/1", "ValueError: nothing can be derived")
    async with running(runner := Runner(totals(), views, [source])):
        assert await runner.resume(stream_of("bad"))
    assert await sums(views, view) == await folded(book, view)


async def test_a_project_held_in_one_ledger_waits_in_the_other_too(book: Book, views: AsyncEngine) -> None:
    def one_project(_recorded: object) -> str:
        return "the project"

    source = LocalSource(book.ledgers, every_seconds=NEVER)
    book.listeners.append(source.committed)
    view = totals(holds=one_project)
    async with running(runner := Runner(view, views, [source])):
        await book.append("east", ("p", Poisoned()))
        await reached(runner, book)
        await book.append("west", ("p", Added(1)), ("p", Added(2)))
        await reached(runner, book)
        assert await sums(views, view) == {}
        causes = {held["event"]: held["cause"] for held in (await runner.health())["parked"]}
        assert causes["projects/west/1"] == "waits for an earlier event"
        assert not await runner.resume("the project")
        assert len((await runner.health())["parked"]) == 2
    mended = totals(holds=one_project, forgives=True)
    async with running(runner := Runner(mended, views, [source])):
        assert await runner.resume("the project")
    assert await sums(views, mended) == {
        str(stream_of("p")): (3, 3, ((1 * 31 + 1) * 31 + 2) % 1_000_003, None)
    }


async def test_unknown_names_are_passed_and_counted_and_ignored_names_are_not(
    book: Book, views: AsyncEngine
) -> None:
    view = totals(ignores=frozenset({"Dull"}))
    source = LocalSource(book.ledgers, every_seconds=NEVER)
    book.listeners.append(source.committed)
    async with running(runner := Runner(view, views, [source])):
        await book.append("group", ("a", Added(1)))
        for _ in range(2):
            await book.append("group", ("a", Added(1)), name="Unheard")
            await book.append("group", ("a", Added(1)), name="Dull")
        await reached(runner, book)
        assert (await runner.health())["unknown"] == {"projects/Unheard": 2}
        assert (await runner.health())["parked"] == []
    assert (await sums(views, view))[str(stream_of("a"))][:2] == (1, 1)


async def test_an_unknown_name_is_counted_once_however_often_its_project_is_resumed(
    book: Book, views: AsyncEngine
) -> None:
    source = LocalSource(book.ledgers, every_seconds=NEVER)
    book.listeners.append(source.committed)
    async with running(runner := Runner(totals(), views, [source])):
        await book.append("group", ("bad", Poisoned()))
        await book.append("group", ("bad", Added(1)), name="Unheard")
        await reached(runner, book)
        for _ in range(2):
            assert not await runner.resume(stream_of("bad"))
        assert (await runner.health())["unknown"] == {"projects/Unheard": 1}


async def test_a_newer_schema_parks_until_the_upgrade(book: Book, views: AsyncEngine) -> None:
    source = LocalSource(book.ledgers, every_seconds=NEVER)
    book.listeners.append(source.committed)
    view = totals()
    async with running(runner := Runner(view, views, [source])):
        await book.append("group", ("a", Added(1)))
        await book.append("group", ("a", Added(2)), schema=2)
        await book.append("group", ("a", Added(4)), ("b", Added(1)))
        await reached(runner, book)
        assert (await sums(views, view))[str(stream_of("a"))][:2] == (1, 1)
        assert (await runner.health())["parked"][0]["cause"].startswith("NewerEvent")

    class Upgraded(Schema):
        def read(self, envelope: object) -> object:
            return Added(2) if envelope.schema == 2 else super().read(envelope)  # type: ignore[attr-defined,arg-type]  # of the test

    upgraded = totals(schema=Upgraded([Added]))
    async with running(runner := Runner(upgraded, views, [source])):
        await eventually(lambda: _nothing_parked(runner), "the start has resumed it")
    assert (await sums(views, upgraded))[str(stream_of("a"))][:2] == (7, 3)


async def test_what_was_parked_is_tried_again_at_a_start_once_the_source_answers(
    book: Book, views: AsyncEngine
) -> None:
    source = LocalSource(book.ledgers, every_seconds=NEVER)
    book.listeners.append(source.committed)
    view = totals()
    async with running(runner := Runner(view, views, [source])):
        await book.append("group", ("bad", Added(1)), ("bad", Poisoned()), ("good", Added(2)))
        await reached(runner, book)
        assert (await runner.health())["parked_in_all"] == 1

    class Silent(LocalSource):
        asked = asyncio.Event()
        away = True

        async def read(self, ledger: str, after: int) -> Page:
            self.asked.set()
            if self.away:
                raise Unanswered("feed.projects")
            return await super().read(ledger, after)

    mended, silent = totals(forgives=True), Silent(book.ledgers, every_seconds=NEVER)
    async with running(runner := Runner(mended, views, [silent])):
        await silent.asked.wait()
        assert (await runner.health())["parked_in_all"] == 1
        silent.away = False
        await eventually(lambda: _nothing_parked(runner), "it was tried again")
    assert await sums(views, mended) == await folded(book, mended)


async def test_an_operator_takes_up_what_is_parked(book: Book, views: AsyncEngine) -> None:
    faulty = totals()
    mends = dict[str, bool]()

    def apply(rows: Rows, recorded: Recorded) -> None:
        (mended if mends else faulty).apply(rows, recorded)

    mended = totals(forgives=True)
    view = replace(faulty, apply=apply)
    source = LocalSource(book.ledgers, every_seconds=NEVER)
    book.listeners.append(source.committed)
    async with running(runner := Runner(view, views, [source])):
        await book.append("group", ("bad", Poisoned()), ("bad", Added(5)))
        await reached(runner, book)
        app = create_app("projects", routers=[], health=runner.health)
        add_operating(app, lambda: [runner])
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8101") as operator:
            (held,) = (await operator.get("/health")).json()["parked"]
            asked = {"view": "totals", "held": held["held"]}
            assert (await operator.post("/resume", json=asked)).json() == {"held": True}
            mends["now"] = True
            assert (await operator.post("/resume", json=asked)).json() == {"held": False}
            nothing = await operator.post("/resume", json=asked)
            assert (nothing.status_code, nothing.json()["code"]) == (422, "NothingHeld")
    assert await sums(views, view) == await folded(book, view)


async def _nothing_parked(runner: Runner) -> bool:
    return (await runner.health()).get("parked_in_all") == 0  # nothing is said before the tables are there


async def test_a_row_that_the_database_refuses_holds_its_project_only(book: Book, views: AsyncEngine) -> None:
    """`apply` succeeded; what it wrote breaks the table's own rule."""
    view = totals()
    apply = view.apply

    def careless(rows: object, recorded: object) -> None:
        apply(rows, recorded)  # type: ignore[arg-type]
        if recorded.event == Added(13):  # type: ignore[attr-defined]
            row = rows.get("sums", str(recorded.stream))  # type: ignore[attr-defined]
            rows.put("sums", row | {"total": None})  # type: ignore[attr-defined]

    object.__setattr__(view, "apply", careless)
    source = LocalSource(book.ledgers, every_seconds=0.05)
    book.listeners.append(source.committed)
    async with running(runner := Runner(view, views, [source])):
        await book.append("group", ("a", Added(1)), ("b", Added(13)), ("a", Added(2)), ("b", Added(1)))
        await reached(runner, book)
        assert [held["held"] for held in (await runner.health())["parked"]] == [str(stream_of("b"))]
    shown = await sums(views, view)
    assert shown.keys() == {str(stream_of("a"))}
    assert shown[str(stream_of("a"))][:2] == (3, 2)
