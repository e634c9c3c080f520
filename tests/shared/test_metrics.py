"""Every metric moves for its cause, and a gauge is true also while nothing happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from prometheus_client import REGISTRY
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import metrics
from shared.bus import Bus, Unanswered
from shared.clock import SystemClock, seconds_apart
from shared.engines import begin, create_engine
from shared.envelope import micros
from shared.health import health
from shared.ledger import Ledgers
from shared.messages import Page
from shared.reading import Runner, running
from shared.sources import LocalSource
from shared.writer import Writer
from tests.support.books import NEVER, Added, Book, Poisoned, reached, totals
from tests.support.counter import LIMIT, AboveLimit, Add, Broken, opened, submission
from tests.support.engines import Database
from tests.support.measured import grows, told
from tests.support.nats_server import NatsServer
from tests.support.waiting import eventually


@pytest.fixture
async def truth(database: Database) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database.url("ledger"), durable=True)
    yield engine
    await engine.dispose()


@pytest.fixture
async def book(truth: AsyncEngine) -> Book:
    return await Book(truth).create()


async def measured(
    databases: dict[str, AsyncEngine], *runners: Runner, ledgers: Ledgers | None = None, **more: Any
) -> None:
    async def said() -> dict[str, Any]:
        return await health(databases, {r.consumer.name: r for r in runners}, ledgers, **more)

    await metrics.measure(said, databases, runners, Path(), ledgers)


async def test_what_a_view_holds_and_does_not_know_and_its_lag_are_told(
    book: Book, views: AsyncEngine
) -> None:
    source = LocalSource(book.ledgers, every_seconds=0.05)
    book.listeners.append(source.committed)
    async with running(runner := Runner(totals(), views, [source])):
        with grows("denggao_view_parked_total", view="totals"):
            await book.append("group", ("bad", Poisoned()), ("good", Added(1)))
            await book.append("group", ("good", Added(1)), name="Unheard")
            await reached(runner, book)
        await eventually(lambda: runner.complete_to() is not None, "it has caught up")
        await measured({"views": views}, runner)
    assert told("denggao_view_held", view="totals") == 1
    assert told("denggao_view_unknown", view="totals") == 1
    assert told("denggao_view_behind", view="totals") == 0
    assert told("denggao_view_forked", view="totals") == 0
    assert 0 < told("denggao_view_lag_seconds", view="totals") < 60
    async with running(mended := Runner(totals(forgives=True), views, [source])):
        await eventually(lambda: _nothing_held(mended), "the start has taken it up again")
        await measured({"views": views}, mended)
    assert told("denggao_view_held", view="totals") == 0


async def _nothing_held(runner: Runner) -> bool:
    return (await runner.health()).get("parked_in_all") == 0


class Mute(LocalSource):
    """A source that tells of new events and answers nobody."""

    async def read(self, ledger: str, after: int) -> Page:
        raise Unanswered("feed.projects")


async def test_a_view_that_gets_nothing_is_behind_and_its_lag_grows(book: Book, views: AsyncEngine) -> None:
    silent = Mute(book.ledgers, every_seconds=0.05)
    before = REGISTRY.get_sample_value("denggao_view_source_silent_total", {"view": "totals"}) or 0
    async with running(runner := Runner(totals(), views, [silent])):
        await book.append("group", ("a", Added(1)), ("a", Added(2)))
        await eventually(lambda: runner.lag() == {"projects": 2}, "it has heard of them")
        await measured({"views": views}, runner)
        first = told("denggao_view_lag_seconds", view="totals")
        assert told("denggao_view_behind", view="totals") == 2
        await measured({"views": views}, runner)
        assert told("denggao_view_lag_seconds", view="totals") > first
        await eventually(
            lambda: told("denggao_view_source_silent_total", view="totals") > before, "it has asked"
        )


async def test_what_the_bus_has_lost_is_healed_and_counted(book: Book, views: AsyncEngine) -> None:
    source = LocalSource(book.ledgers, every_seconds=0.05)
    with grows("denggao_view_healed_total", 2, view="totals"):
        async with running(runner := Runner(totals(), views, [source])):
            await book.append("group", ("a", Added(1)), ("a", Added(2)))
            await reached(runner, book)


async def test_a_forked_ledger_is_told(database: Database, views: AsyncEngine) -> None:
    engines = [create_engine(database.url(name), durable=True) for name in ("ledger", "restored")]
    book, restored = [await Book(engine).create() for engine in engines]
    await book.append("group", ("a", Added(1)), ("a", Added(2)))
    async with running(runner := Runner(totals(), views, [LocalSource(book.ledgers, every_seconds=0.05)])):
        await reached(runner, book)
    await restored.append("group", ("a", Added(4)))
    source = LocalSource(restored.ledgers, every_seconds=0.05)
    async with running(runner := Runner(totals(), views, [source])):
        await eventually(lambda: runner.forked() == ["projects/group"], "the view holds the ledger")
        await measured({"views": views}, runner)
    assert told("denggao_view_forked", view="totals") == 1
    for engine in engines:
        await engine.dispose()


async def test_a_database_tells_its_size_and_connections_and_nothing_old_while_it_is_away(
    book: Book, truth: AsyncEngine, views: AsyncEngine
) -> None:
    async with running(runner := Runner(totals(), views, [LocalSource(book.ledgers, every_seconds=NEVER)])):
        await book.append("group", ("bad", Poisoned()))
        await reached(runner, book)
        async with begin(truth):
            await measured({"truth": truth, "views": views}, runner, ledgers=book.ledgers, nats="connected")
        assert told("denggao_database_connections", database="truth") >= 1
        assert told("denggao_database_connections_at_most", database="truth") == 16
        assert told("denggao_database_bytes", database="truth") > 4096
        assert (told("denggao_well"), told("denggao_nats_connected")) == (1, 1)
        assert told("denggao_clock_apart_seconds") < 5
        assert 0 < told("denggao_disk_free_bytes") <= told("denggao_disk_bytes")
        away = create_engine("postgresql+asyncpg://user@127.0.0.1:1/db", durable=True)
        await measured({"truth": away, "views": views}, runner, nats="away")
        await away.dispose()
    assert (told("denggao_well"), told("denggao_nats_connected")) == (0, 0)
    assert told("denggao_database_answers", database="truth") == 0
    assert told("denggao_database_answers", database="views") == 1
    assert REGISTRY.get_sample_value("denggao_database_bytes", {"database": "truth"}) is None
    assert REGISTRY.get_sample_value("denggao_view_held", {"view": "totals"}) is None


async def test_a_health_that_fails_is_told_as_not_well() -> None:
    async def sick() -> dict[str, Any]:
        raise ConnectionError

    await metrics.measure(sick, {}, [], Path())
    assert told("denggao_well") == 0


@pytest.mark.parametrize("fast", [-30.0, 30.0])
async def test_clocks_that_differ_are_told_apart_by_at_least_what_is_sure(fast: float) -> None:
    async def theirs() -> int:
        return micros(SystemClock().now() + timedelta(seconds=fast))

    async def nobodys() -> None:
        return None

    assert 29 < await seconds_apart(SystemClock(), theirs) <= 30
    assert await seconds_apart(SystemClock(), nobodys) == 0


async def test_commands_are_counted_by_how_they_were_answered(database: Database) -> None:
    async with opened(database.url()) as ledgers:
        stream = uuid4()
        first = submission(stream, Add(1))
        for outcome, command, refused in (
            ("recorded", first, None),
            ("repeated", first, None),
            ("refused", submission(stream, Add(LIMIT)), AboveLimit),
            ("failed", submission(stream, Add(1, "broken")), Broken),
        ):
            with grows("denggao_commands_total", outcome=outcome), grows("denggao_command_seconds_count"):
                writer = Writer(ledgers, SystemClock())
                with pytest.raises(refused) if refused else nullcontext():
                    await writer.submit(command)
                await writer.close()  # counted when it is answered, so perhaps a moment after


async def test_an_append_is_counted_with_its_events_and_a_lost_race_too(database: Database) -> None:
    async with opened(database.url()) as ledgers:
        one, other = Writer(ledgers, SystemClock()), Writer(ledgers, SystemClock())
        await one.submit(submission(uuid4(), Add(1)))
        await other.submit(submission(uuid4(), Add(1)))
        with (
            grows("denggao_events_appended_total", 3),
            grows("denggao_append_group_events_count"),
            grows("denggao_append_group_events_sum", 3),
            grows("denggao_races_lost_total"),
        ):
            await one.submit(submission(uuid4(), Add(1, times=3)))  # it does not know of the other's append
            await one.close()
        await other.close()


async def test_a_process_that_was_held_up_is_late() -> None:
    async with metrics.loop_watched():
        before = told("denggao_loop_late_seconds_sum")
        await asyncio.sleep(metrics.LOOK_SECONDS / 2)
        time.sleep(metrics.LOOK_SECONDS)  # noqa: ASYNC251 - the cause itself: nobody else gets a turn
        await eventually(lambda: told("denggao_loop_late_seconds_sum") > before + 0.2, "it was noticed")


async def test_the_stream_for_others_tells_what_it_takes(nats: NatsServer) -> None:
    bus = Bus(nats.url, "projects")
    with pytest.raises(Unanswered):
        await bus.stream_bytes("EVENTS")
    assert await bus.connect(10)
    await bus.keep_stream("EVENTS", "ev.>", 60)
    empty = await bus.stream_bytes("EVENTS")
    for _ in range(10):
        bus.publish("ev.projects.group", b"an event")

    async def grown() -> bool:
        return await bus.stream_bytes("EVENTS") > empty

    await eventually(grown, "it has captured them")
    await bus.close()
