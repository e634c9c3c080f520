"""Whatever goes wrong once while a source looks at its ledgers, or a service tells of them: it goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest

from shared import announcer as announcing
from shared.announcer import Announcer
from shared.bus import Bus
from shared.clock import SystemClock
from shared.engines import create_engine
from shared.ledger import RESTRICTED
from shared.messages import Arrived, Heads
from shared.sources import FeedSource, LocalSource
from tests.support.books import Added, Book, stream_of
from tests.support.engines import SqliteFiles
from tests.support.nats_server import NatsServer
from tests.support.waiting import eventually


class Stumbling(SystemClock):
    """Fails at the first question, in a way that nobody has thought of."""

    asked = 0

    def now(self) -> datetime:
        self.asked += 1
        if self.asked == 1:
            raise RuntimeError("no time")
        return super().now()


class Listening:
    """A reader that remembers what it was told."""

    def __init__(self) -> None:
        self.told: list[Heads] = []

    def offer(self, arrived: Arrived) -> None:
        """Events are not counted."""

    def heard(self, service: str, heads: Heads) -> None:
        self.told.append(heads)


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[Book]:
    engine = create_engine(SqliteFiles(tmp_path).url("ledger"), durable=True)
    book = await Book(engine).create()
    await book.append("group", ("a", Added(1)))
    yield book
    await engine.dispose()


async def test_a_source_goes_on_looking(book: Book) -> None:
    source, reader = LocalSource(book.ledgers, Stumbling(), every_seconds=0.01), Listening()
    source.attach(reader)
    await source.start()
    await eventually(lambda: bool(reader.told), "the heads are told")
    await source.close()


async def test_an_announcer_goes_on_telling(
    nats: NatsServer, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "HEADS_EVERY_SECONDS", 0.01)
    bus = Bus(nats.url, "projects")
    assert await bus.connect(10)
    heard: list[bytes] = []

    async def hear(payload: bytes, _headers: object) -> None:
        heard.append(payload)

    await bus.subscribe("heads.projects", "", hear)
    announcer = Announcer(bus, book.ledgers, Stumbling())
    await announcer.start()
    await eventually(lambda: bool(heard), "the heads are told")
    await announcer.close()
    await bus.close()


async def test_a_stream_is_told_whole_page_by_page_whatever_ledgers_it_has_lain_in(
    nats: NatsServer, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(announcing, "PAGE_EVENTS", 2)
    await book.append("company", *[("p", Added(n)) for n in range(3)], ("another", Added(9)))
    await book.append("heir", *[("p", Added(n)) for n in range(3, 5)])
    theirs, ours = Bus(nats.url, "projects"), Bus(nats.url, "evaluation")
    assert await theirs.connect(10)
    assert await ours.connect(10)
    announcer = Announcer(theirs, book.ledgers)
    await announcer.start()
    feed, local = FeedSource(ours, "projects"), LocalSource(book.ledgers)
    told = await feed.stream(stream_of("p"))
    assert [one.id for one in told] == [
        *(f"projects/company/{n}" for n in (1, 2, 3)),
        *(f"projects/heir/{n}" for n in (1, 2)),
    ]
    assert [one.body for one in told] == [one.body for one in await local.stream(stream_of("p"))]
    assert await feed.stream(stream_of("nobody")) == await local.stream(stream_of("nobody")) == []
    await announcer.close()
    await ours.close()
    await theirs.close()


async def test_a_stream_of_a_restricted_ledger_is_told_to_nobody(book: Book) -> None:
    """R49, R76: discipline's own ledger, and who looked at what."""
    for ledger in sorted(RESTRICTED):
        await book.append(ledger, (ledger, Added(1)))
        assert await LocalSource(book.ledgers).stream(stream_of(ledger)) == []
