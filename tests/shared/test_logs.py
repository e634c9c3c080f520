"""What a process says: one JSON line each, naming what started it, and no personal data."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from shared import checkpoints, logs, reading
from shared.clock import SystemClock
from shared.decision import Read
from shared.engines import begin, create_engine
from shared.envelope import Recorded
from shared.passing import Unavailable
from shared.projections import Consumer, Reaction
from shared.reading import Runner, running
from shared.sources import LocalSource
from shared.writer import Writer
from tests.support.books import KNOWN, Added, Book, Poisoned, reached, totals
from tests.support.counter import Add, opened, submission
from tests.support.engines import SqliteFiles
from tests.support.waiting import eventually

TALK = """
import logging
from shared import logs
logs.configure("projects", "INFO")
log = logs.log("ledger")
log.debug("unheard")
logs.bind("order-1")
with logs.about("order-1", "projects/group/7"):
    log.info("reacted")
log.info("appended", count=3, service="not it", phone="13800000000", title="党建")
more = {"token": "t0ken", "color_message": ""}
logging.getLogger("uvicorn.error").warning("from %s", "elsewhere", extra=more)
try:
    1 / 0
except ZeroDivisionError as error:
    log.error("failed", exc_info=error)
print(logs.correlation())
"""


@pytest.fixture(scope="module")
def said() -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", TALK], capture_output=True, text=True, check=True)


def test_every_line_is_json_with_service_correlation_and_causation(
    said: subprocess.CompletedProcess[str],
) -> None:
    lines = [json.loads(line) for line in said.stderr.splitlines()]

    assert [line["event"] for line in lines] == ["reacted", "appended", "from elsewhere", "failed"]
    for line in lines:
        assert line["service"] == "projects"
        assert line["correlation"] == "order-1"
        assert line["timestamp"].endswith("Z")
    assert [line["causation"] for line in lines] == ["projects/group/7", "order-1", "order-1", "order-1"]
    assert [line["level"] for line in lines] == ["info", "info", "warning", "error"]
    assert "ZeroDivisionError" in lines[3]["exception"]


def test_personal_data_are_left_out(said: subprocess.CompletedProcess[str]) -> None:
    assert "13800000000" not in said.stderr
    assert '"title": "党建"' in said.stderr
    assert "t0ken" not in said.stderr  # also what other libraries say
    assert "color_message" not in said.stderr


def test_code_can_ask_for_the_correlation(said: subprocess.CompletedProcess[str]) -> None:
    assert said.stdout == "order-1\n"


# What the parts of a service say while they work


@pytest.fixture
def lines() -> Iterator[list[Any]]:
    with capture_logs(processors=[merge_contextvars]) as lines:
        yield lines


def named(lines: list[Any], event: str) -> list[tuple[str | None, str | None]]:
    """Correlation and causation of every line that says this."""
    return [(line.get("correlation"), line.get("causation")) for line in lines if line["event"] == event]


async def test_what_the_writer_says_of_a_command_names_its_request(tmp_path: Path, lines: list[Any]) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> Read:
        begun.set()
        await go_on.wait()
        return Read()

    def committed(*_: object) -> None:
        raise RuntimeError("nobody can be told")

    async def request(correlation: str) -> None:
        logs.bind(correlation)
        await one.submit(submission(uuid4(), Add(1), correlation=correlation, causation="the click"))

    async with opened(SqliteFiles(tmp_path).url()) as ledgers:
        one = Writer(ledgers, SystemClock(), refresh=slow, committed=committed)
        first = asyncio.create_task(request("request-0"))
        await begun.wait()
        second = asyncio.create_task(request("request-1"))
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(first, second)
        await asyncio.gather(*(asyncio.create_task(request(f"request-{n}")) for n in (2, 3)))
        await one.close()
    assert named(lines, "writer.announcing_failed") == [
        ("request-0", "the click"),
        ("request-1", "the click"),
        (None, None),  # of two at once
    ]


@pytest.fixture
async def views(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(SqliteFiles(tmp_path).url("views"), durable=False)
    yield engine
    await engine.dispose()


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[Book]:
    engine = create_engine(SqliteFiles(tmp_path).url("ledger"), durable=True)
    yield await Book(engine).create()
    await engine.dispose()


async def read(book: Book, views: AsyncEngine, consumer: Consumer) -> None:
    """One good and one poisoned event, each of a request of its own, to the end."""
    await book.append("group", ("a", Added(1)), correlation="request-0")
    await book.append("group", ("b", Poisoned()), correlation="request-1")
    async with running(runner := Runner(consumer, views, [LocalSource(book.ledgers, every_seconds=0.05)])):
        assert await runner.wait_for("projects", "group", 2, 30)


async def test_an_event_that_a_view_cannot_apply_is_said_with_the_request_that_began_it(
    book: Book, views: AsyncEngine, lines: list[Any]
) -> None:
    await read(book, views, totals())
    assert named(lines, "view.parked") == [("request-1", "projects/group/2")]


async def test_what_a_reaction_says_names_the_event_and_the_request_that_began_it(
    book: Book, views: AsyncEngine, lines: list[Any]
) -> None:
    away = [Unavailable("away for a moment")]

    async def react(_connection: AsyncConnection, recorded: Recorded) -> None:
        if away:
            raise away.pop()
        structlog.get_logger().info("reacted", at=recorded.id)
        if isinstance(recorded.event, Poisoned):
            raise ValueError("no answer to this")

    await read(book, views, Reaction("answers", 1, KNOWN, ("projects",), react))
    first, second = ("request-0", "projects/group/1"), ("request-1", "projects/group/2")
    assert named(lines, "reaction.put_off") == [first]
    assert named(lines, "reacted") == [first, second]
    assert named(lines, "view.parked") == [second]
    assert logs.correlation() == ""


async def test_a_failure_that_lasts_is_said_ever_more_rarely(
    book: Book, views: AsyncEngine, lines: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "RETRY_SECONDS", 0.001)
    view = totals()
    async with running(runner := Runner(view, views, [LocalSource(book.ledgers, every_seconds=0.01)])):
        await book.append("group", ("a", Added(1)))
        await reached(runner, book)
        async with begin(views) as connection:
            await connection.run_sync(checkpoints.checkpoints.drop)
        await eventually(lambda: runner.failures >= 100, "it has failed a hundred times")
        said = [line["failures"] for line in lines if line["event"] == "view.failed"]
        assert said[:6] == [2, 4, 8, 16, 32, 64]
        assert len(said) < 10
