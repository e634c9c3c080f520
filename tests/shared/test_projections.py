"""A view holds exactly what a fresh fold of the ledgers gives, whatever happens on the way."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Column, MetaData, Table, Text, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared import versions
from shared.engines import create_engine
from shared.envelope import Recorded, micros, moment
from shared.messages import ALLOWANCE, Arrived, Page
from shared.projections import Reaction, View
from shared.reading import MUCH, REST_SECONDS_AT_MOST, Runner, rest_after, running
from shared.sources import LocalSource
from tests.support.books import (
    KNOWN,
    NEVER,
    STARTS_AT,
    Added,
    Book,
    Poisoned,
    Renamed,
    folded,
    reached,
    stream_of,
    sums,
    totals,
)
from tests.support.engines import Database
from tests.support.waiting import eventually


async def test_a_view_shows_what_was_committed(book: Book, views: AsyncEngine) -> None:
    view = totals()
    source = LocalSource(book.ledgers, every_seconds=NEVER)
    book.listeners.append(source.committed)
    async with running(runner := Runner(view, views, [source])):
        await book.append("group", ("a", Added(2)), ("b", Added(3)), ("a", Renamed("first")))
        await reached(runner, book)
    shown = await sums(views, view)
    assert shown == await folded(book, view)
    assert shown[str(stream_of("a"))][0] == 2
    assert shown[str(stream_of("a"))][3] == "first"


async def test_what_was_committed_before_it_started_or_by_others_is_found_by_looking(
    book: Book, views: AsyncEngine
) -> None:
    await book.append("group", *[(f"p{n % 7}", Added(n)) for n in range(2500)])
    view = totals()
    async with running(runner := Runner(view, views, [LocalSource(book.ledgers, every_seconds=0.05)])):
        await eventually(lambda: runner.complete_to() is not None, "the view is complete")
        assert await sums(views, view) == await folded(book, view)
        await book.append("company", ("new", Added(1)))
        await reached(runner, book)
        assert await sums(views, view) == await folded(book, view)
        assert runner.lag() == {"projects": 0}


def test_a_view_beside_a_writer_rests_unless_it_is_far_behind() -> None:
    assert rest_after(0.005, moved=3) == 0.02
    assert rest_after(2.0, moved=3) == REST_SECONDS_AT_MOST
    assert rest_after(2.0, moved=MUCH) == 0


@pytest.mark.parametrize("beside_writer", [True, False])
async def test_only_a_view_beside_a_writer_rests(
    book: Book, views: AsyncEngine, monkeypatch: pytest.MonkeyPatch, beside_writer: bool
) -> None:
    rests: list[int] = []

    def noted(_took: float, moved: int) -> float:
        rests.append(moved)
        return 0.0

    monkeypatch.setattr("shared.reading.rest_after", noted)
    source = LocalSource(book.ledgers, every_seconds=NEVER)
    book.listeners.append(source.committed)
    async with running(runner := Runner(totals(), views, [source], beside_writer=beside_writer)):
        await book.append("group", *[("a", Added(1))] * 7)
        await reached(runner, book)
        await eventually(lambda: sum(rests) == (7 if beside_writer else 0), "it rests")


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_lost_repeated_and_disordered_messages_change_nothing(
    book: Book, views: AsyncEngine, seed: int
) -> None:
    """5 % thrown away, 5 % twice, 20 % out of order."""
    dice = random.Random(seed)
    view = totals()
    source = LocalSource(book.ledgers, every_seconds=0.2)
    book.listeners.append(source.committed)
    runner = Runner(view, views, [source])
    offer, kept = runner.offer, list[Arrived]()

    def lossy(arrived: Arrived) -> None:
        if dice.random() < 0.05:
            return
        kept.append(arrived)
        if dice.random() < 0.2:
            return
        dice.shuffle(kept)
        for one in kept:
            offer(one)
            if dice.random() < 0.05:
                offer(one)
        kept.clear()

    runner.offer = lossy  # type: ignore[method-assign]  # the transport under test
    async with running(runner):
        for n in range(150):
            ledger = dice.choice(["group", "east", "west"])
            events = [(f"{ledger}{dice.randrange(4)}", Added(n)) for _ in range(dice.randrange(1, 4))]
            await book.append(ledger, *events)
        await reached(runner, book)
    assert await sums(views, view) == await folded(book, view)


class SetClock:
    """A clock that a test sets; counts how often it is asked, which a source does once for all its heads."""

    def __init__(self, now: datetime) -> None:
        self.time = now
        self.asked = 0

    def now(self) -> datetime:
        self.asked += 1
        return self.time


class HoldingBack(LocalSource):
    """Says where its ledgers end, and does not give what lies behind a position."""

    upto = 1

    async def read(self, ledger: str, after: int) -> Page:
        page = await super().read(ledger, after)
        return Page([a for a in page.events if a.recorded.position <= self.upto], page.head)


async def test_a_view_is_complete_only_up_to_what_it_lacks(book: Book, views: AsyncEngine) -> None:
    noon, minute = moment(STARTS_AT), timedelta(minutes=1)
    clock = SetClock(noon + minute)
    source = HoldingBack(book.ledgers, clock, every_seconds=0.02)
    await book.append("group", ("a", Added(1)), at=micros(noon))
    async with running(runner := Runner(totals(), views, [source])):
        await eventually(lambda: runner.complete_to() is not None, "the view is complete")
        assert runner.complete_to() == noon + minute - ALLOWANCE
        await book.append("group", ("a", Added(2)), at=micros(noon + minute))
        clock.time, asked = noon + 5 * minute, clock.asked
        await eventually(lambda: clock.asked > asked + 3, "it has heard of the event")
        assert runner.lag() == {"projects": 1}
        assert (runner.complete_to() or noon) < noon + minute
        source.upto = 2
        await reached(runner, book)
        assert runner.complete_to() == noon + 5 * minute - ALLOWANCE


async def test_three_runners_on_one_database_do_as_one(book: Book, database: Database) -> None:
    """Each message reaches one of them, as in a queue group; a row that all ledgers share loses nothing."""
    dice = random.Random(5)
    engines = [create_engine(database.url("views"), durable=False) for _ in range(3)]
    view = totals(shared_row=True)
    sources = [LocalSource(book.ledgers, every_seconds=0.2) for _ in engines]
    runners = [Runner(view, engine, [s]) for engine, s in zip(engines, sources, strict=True)]
    async with running(*runners):
        for n in range(150):
            book.listeners[:] = [dice.choice(sources).committed]
            ledger = f"company{n % 5}"
            await book.append(ledger, *[(f"{ledger}-{dice.randrange(40)}", Added(1)) for _ in range(3)])
        for runner in runners:
            await reached(runner, book)
    shown = await sums(engines[0], view)
    assert shown.pop("all")[:2] == (450, 450)
    assert shown == await folded(book, view)
    async with engines[0].connect() as connection:
        history = (await connection.execute(select(view.table("history")))).all()
    assert len(history) == 450
    for engine in engines:
        await engine.dispose()


async def test_an_event_waits_for_what_its_decision_had_read(book: Book, views: AsyncEngine) -> None:
    order: list[str] = []
    view = totals()
    apply = view.apply

    def watched(rows: object, recorded: object) -> None:
        order.append(recorded.id)  # type: ignore[attr-defined]
        apply(rows, recorded)  # type: ignore[arg-type]

    object.__setattr__(view, "apply", watched)
    await book.append("zulu", ("z", Added(1)), ("z", Added(2)))
    await book.append("alpha", ("a", Added(1)), after={"projects/zulu": 2, "elsewhere/group": 99})
    source = LocalSource(book.ledgers, every_seconds=NEVER)
    runner = Runner(view, views, [source])
    async with running(runner):
        assert await runner.wait_for("projects", "alpha", 1, 30)
    assert order == ["projects/zulu/1", "projects/zulu/2", "projects/alpha/1"]


async def test_a_ledger_restored_from_an_older_backup_is_held_and_said(
    database: Database, views: AsyncEngine
) -> None:
    engines = [create_engine(database.url(name), durable=True) for name in ("ledger", "restored")]
    book, restored = [await Book(engine).create() for engine in engines]
    view = totals()
    await book.append("group", ("a", Added(1)), ("a", Added(2)), ("a", Added(4)))
    await book.append("company", ("c", Added(1)))
    async with running(runner := Runner(view, views, [LocalSource(book.ledgers, every_seconds=0.05)])):
        await reached(runner, book)
    await restored.append("group", ("a", Added(1)), ("a", Added(2)))
    await restored.append("company", ("c", Added(1)))
    async with running(runner := Runner(view, views, [LocalSource(restored.ledgers, every_seconds=0.05)])):
        await eventually(lambda: _forked(runner), "the view holds the ledger")
        await restored.append("group", ("a", Added(8)), ("a", Added(16)))
        await restored.append("company", ("c", Added(2)))
        assert await runner.wait_for("projects", "company", 2, 30)
        assert not await runner.wait_for("projects", "group", 4, 0.5)
        assert await _forked(runner)
    assert (await sums(views, view))[str(stream_of("a"))][:2] == (7, 3)
    for engine in engines:
        await engine.dispose()


@pytest.mark.parametrize("more", [0, 2], ids=["as it was", "grown"])
async def test_a_held_ledger_is_read_on_once_the_true_one_is_back(
    database: Database, views: AsyncEngine, more: int
) -> None:
    engines = [create_engine(database.url(name), durable=True) for name in ("ledger", "restored")]
    book, restored = [await Book(engine).create() for engine in engines]
    await book.append("group", ("a", Added(1)), ("a", Added(2)))
    await restored.append("group", ("a", Added(1)))
    source = LocalSource(book.ledgers, every_seconds=0.05)
    true, other = source.ledgers, LocalSource(restored.ledgers).ledgers
    async with running(runner := Runner(totals(), views, [source])):
        await reached(runner, book)
        source.ledgers = other
        await eventually(lambda: _forked(runner), "the view holds the ledger")
        if more:
            await book.append("group", *[("a", Added(1))] * more)
        source.ledgers = true
        await eventually(lambda: _whole(runner), "the view reads it again")
        await book.append("group", ("a", Added(1)))
        await reached(runner, book)
    for engine in engines:
        await engine.dispose()


async def _whole(runner: Runner) -> bool:
    return bool((await runner.health())["forked"] == [])


async def _forked(runner: Runner) -> bool:
    return bool((await runner.health())["forked"] == ["projects/group"])


async def test_a_new_version_is_built_beside_the_live_one_and_takes_over(
    book: Book, views: AsyncEngine
) -> None:
    await book.append("group", *[(f"p{n % 5}", Added(n)) for n in range(100)])

    async def build(view: View) -> None:
        source = LocalSource(book.ledgers, every_seconds=0.05)
        async with running(runner := Runner(view, views, [source])):
            await eventually(lambda: runner.live, f"version {view.version} is live")
            await reached(runner, book)

    old, new, newest = totals(1), totals(2), totals(3)
    await build(old)
    await build(new)
    assert await sums(views, old) == await sums(views, new) == await folded(book, new)
    await build(newest)
    assert await versions.live_version(views, "totals") == 3
    assert await sums(views, new) == await sums(views, newest)
    async with views.connect() as connection:
        left = (await connection.execute(text("SELECT DISTINCT version FROM checkpoints"))).scalars()
        assert set(left) == {2, 3}
    with pytest.raises(Exception, match="totals_v1_sums"):
        await sums(views, old)


async def test_a_view_is_rebuilt_in_place(book: Book, views: AsyncEngine) -> None:
    view = totals()
    source = LocalSource(book.ledgers, every_seconds=0.05)
    async with running(runner := Runner(view, views, [source])):
        await book.append("group", *[(f"p{n % 5}", Added(n)) for n in range(100)])
        await reached(runner, book)
        async with views.begin() as connection:
            await connection.execute(view.table("sums").update().values(total=0))
        await runner.rebuild()
        await reached(runner, book)
    assert await sums(views, view) == await folded(book, view)


@pytest.fixture
async def answers(views: AsyncEngine) -> Table:
    table = Table("answers", MetaData(), Column("event", Text, primary_key=True))
    async with views.begin() as connection:
        await connection.run_sync(table.metadata.create_all)
    return table


def answering(answers: Table, *, from_now: bool = False) -> Reaction:
    async def react(connection: AsyncConnection, recorded: Recorded) -> None:
        await connection.execute(answers.insert().values(event=recorded.id))
        if isinstance(recorded.event, Poisoned):
            raise ValueError("no answer to this")

    return Reaction("answers", 1, KNOWN, ("projects",), react, from_now=from_now)


async def given(views: AsyncEngine, answers: Table) -> list[str]:
    async with views.connect() as connection:
        return sorted((await connection.execute(select(answers))).scalars())


async def test_a_reaction_answers_every_event_once_over_restarts(
    book: Book, views: AsyncEngine, answers: Table
) -> None:
    source = LocalSource(book.ledgers, every_seconds=0.05)
    runners = [Runner(answering(answers), views, [source]) for _ in range(3)]
    for amount, runner in enumerate(runners):
        await book.append("group", ("a", Added(amount)), ("bad", Poisoned() if amount == 1 else Added(1)))
        async with running(runner):
            await reached(runner, book)
    assert await given(views, answers) == [f"projects/group/{n}" for n in (1, 2, 3, 5)]
    assert [held["event"] for held in (await runners[0].health())["parked"]] == ["projects/group/4"]


async def test_a_reaction_from_now_leaves_the_past_alone_and_misses_nothing_after(
    book: Book, views: AsyncEngine, answers: Table
) -> None:
    await book.append("group", ("a", Added(1)), ("a", Added(2)))
    source = LocalSource(book.ledgers, every_seconds=0.05)
    async with running(runner := Runner(answering(answers, from_now=True), views, [source])):
        await eventually(lambda: runner.complete_to() is not None, "it has begun")
    await book.append("group", ("a", Added(3)))  # while nobody is there
    await book.append("new", ("n", Added(1)))
    async with running(runner := Runner(answering(answers, from_now=True), views, [source])):
        await reached(runner, book)
    assert await given(views, answers) == ["projects/group/3", "projects/new/1"]
    with pytest.raises(TypeError):
        await runner.rebuild()


async def test_a_reaction_that_reads_a_view_goes_no_further_than_the_view_has_come(
    book: Book, views: AsyncEngine
) -> None:
    """After a restore the view is not there yet: what reads it found no table, or nothing in it."""
    view, found = totals(), list[str]()

    async def react(connection: AsyncConnection, recorded: Recorded) -> None:
        table = view.table("history")
        query = select(table.c.event).where(table.c.event == recorded.id)
        found.append(str((await connection.execute(query)).scalar_one()))

    source = LocalSource(book.ledgers, every_seconds=0.05)
    answers = Reaction("answers", 1, KNOWN, ("projects",), react, behind=view)
    await book.append("group", ("a", Added(1)), ("b", Added(2)))
    async with running(reacting := Runner(answers, views, [source])):
        await eventually(lambda: reacting.lag() == {"projects": 2}, "it knows what there is")
        await reacting.comes_to("projects", "group", 1, 0.5)
        assert (found, (await reacting.health())["parked"]) == ([], [])
        async with running(Runner(view, views, [source])):
            await reached(reacting, book)
            await book.append("group", ("a", Added(3)))
            await book.append("new", ("n", Added(1)))
            await reached(reacting, book)
    assert sorted(found) == ["projects/group/1", "projects/group/2", "projects/group/3", "projects/new/1"]
