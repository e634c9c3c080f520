"""The bus against a real nats-server that is killed, paused, robbed: whoever reads still gets everything."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import nats as nats_client
import nkeys  # type: ignore[import-untyped]  # published without types
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import bus as bus_module
from shared.announcer import Announcer
from shared.bus import Bus, Unanswered
from shared.engines import create_engine
from shared.envelope import moment
from shared.ledger import RESTRICTED
from shared.merkle import leaf_hash
from shared.messages import ALLOWANCE, FeedRequest, encoded, read_event, read_heads, read_page
from shared.reading import Runner, running
from shared.sources import BEHIND_ALL, FeedSource
from tests.support.books import Added, Book, Renamed, folded, stream_of, sums, totals
from tests.support.engines import SqliteFiles
from tests.support.measured import grows
from tests.support.nats_server import NatsServer
from tests.support.waiting import eventually

# made for these tests, guards nothing
NEVER = datetime.min.replace(tzinfo=UTC)
SEED = b"SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY"


@pytest.fixture
async def book(tmp_path: Path) -> AsyncIterator[Book]:
    engine = create_engine(SqliteFiles(tmp_path).url("ledger"), durable=True)
    yield await Book(engine).create()
    await engine.dispose()


@pytest.fixture
async def views(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(SqliteFiles(tmp_path).url("views"), durable=False)
    yield engine
    await engine.dispose()


@pytest.fixture
async def projects(nats: NatsServer, book: Book) -> AsyncIterator[Bus]:
    """The deciding service: its bus, with its announcer."""
    bus = Bus(nats.url, "projects")
    announcer = Announcer(bus, book.ledgers)
    book.listeners.append(announcer.committed)
    assert await bus.connect(10)
    await announcer.start()
    yield bus
    await announcer.close()
    await bus.close()


@pytest.fixture
async def evaluation(nats: NatsServer) -> AsyncIterator[Bus]:
    bus = Bus(nats.url, "evaluation")
    assert await bus.connect(10)
    yield bus
    await bus.close()


def kept(into: list[bytes]) -> bus_module.Callback:
    async def keep(payload: bytes, _headers: Mapping[str, str]) -> None:
        into.append(payload)

    return keep


async def test_a_service_starts_without_nats_and_connects_when_it_comes(tmp_path: Path) -> None:
    server = NatsServer(tmp_path / "nats")
    server.start()
    server.stop()
    bus = Bus(server.url, "projects")
    assert not await bus.connect(0.2)
    heard: list[bytes] = []
    await bus.subscribe("news", "", kept(heard))
    with grows("denggao_nats_dropped_total"):
        bus.publish("news", b"lost")
    with pytest.raises(Unanswered):
        await bus.request("question", b"", 1)
    server.start()
    await eventually(lambda: bus.connected, "the bus is connected")
    bus.publish("news", b"heard")
    await eventually(lambda: heard == [b"heard"], "the message is heard")
    await bus.close()
    server.kill()


async def test_a_subscription_made_while_the_connection_closes_stands_with_the_next_one(
    projects: Bus, evaluation: Bus
) -> None:
    heard: list[bytes] = []
    assert evaluation._client
    await evaluation._client.close()
    await evaluation.subscribe("news", "", kept(heard))

    async def hears() -> bool:
        projects.publish("news", b"here")
        return bool(heard)

    await eventually(hears, "the message is heard")


async def test_a_service_shows_its_nkey_and_nobody_else_gets_in(tmp_path: Path) -> None:
    pair = nkeys.from_seed(SEED)
    (tmp_path / "seed").write_bytes(SEED + b"\n")
    (tmp_path / "nats.conf").write_text(
        f'authorization {{ users = [ {{ nkey: "{pair.public_key.decode()}" }} ] }}'
    )
    server = NatsServer(tmp_path / "nats", ["--config", str(tmp_path / "nats.conf")])
    server.start()
    known, stranger = Bus(server.url, "projects", tmp_path / "seed"), Bus(server.url, "stranger")
    assert await known.connect(10)
    assert not await stranger.connect(0.5)
    await known.close()
    await stranger.close()
    server.kill()


async def test_a_callback_that_fails_or_is_cancelled_is_called_again(projects: Bus) -> None:
    heard: list[bytes] = []

    async def fragile(payload: bytes, _headers: Mapping[str, str]) -> None:
        heard.append(payload)
        match payload:
            case b"error":
                raise ValueError("not this one")
            case b"cancelled":
                task = asyncio.create_task(asyncio.Event().wait())
                task.cancel()
                await task

    await projects.subscribe("news", "", fragile)
    for payload in (b"error", b"cancelled", b"fine"):
        projects.publish("news", payload)
    await eventually(lambda: heard == [b"error", b"cancelled", b"fine"], "all were heard")


async def test_a_request_gets_its_answer_or_unanswered(projects: Bus, evaluation: Bus) -> None:
    async def answer(payload: bytes) -> bytes:
        if payload == b"poison":
            raise ValueError("cannot answer")
        return payload + b"!"

    await projects.serve("question", "projects", answer)
    await eventually(lambda: _answered(evaluation), "the question is served")
    assert await evaluation.request("question", b"well", 5) == b"well!"
    with pytest.raises(Unanswered, match="failed"):
        await evaluation.request("question", b"poison", 5)
    with pytest.raises(Unanswered):
        await evaluation.request("nobody", b"", 5)


async def _answered(bus: Bus) -> bool:
    try:
        return await bus.request("question", b"", 1) == b"!"
    except Unanswered:
        return False


async def test_a_queue_group_shares_messages_and_everybody_else_gets_all(
    nats: NatsServer, projects: Bus, evaluation: Bus
) -> None:
    second = Bus(nats.url, "evaluation")
    await second.connect(10)
    ours, theirs, all_of_them = list[bytes](), list[bytes](), list[bytes]()
    await evaluation.subscribe("news", "evaluation", kept(ours))
    await second.subscribe("news", "evaluation", kept(theirs))
    await second.subscribe("news", "", kept(all_of_them))

    async def both_listen() -> bool:
        projects.publish("news", b"x")
        await asyncio.sleep(0.01)
        return bool(ours and theirs and all_of_them)

    await eventually(both_listen, "all subscriptions stand")
    counted = [b"%d" % number for number in range(50)]
    for payload in counted:
        projects.publish("news", payload)
    await eventually(lambda: set(counted) <= set(all_of_them), "everybody else has heard all")
    await eventually(lambda: set(counted) <= {*ours, *theirs}, "each message reached one of them")
    assert [p for p in sorted(ours + theirs) if p != b"x"] == sorted(counted)
    await second.close()


async def test_an_event_travels_with_its_exact_bytes_its_leaf_and_the_one_before(
    book: Book, projects: Bus, evaluation: Bus
) -> None:
    heard: list[bytes] = []
    await evaluation.subscribe("ev.projects.>", "evaluation", kept(heard))
    await eventually(lambda: _hears(projects, heard), "the subscription stands")
    heard.clear()
    await book.append("group", ("a", Added(1)), ("党", Added(2)))
    await eventually(lambda: len(heard) >= 2, "both are heard")
    stored = await book.ledgers.read_ledger("group", 0)
    first, second = [read_event(payload) for payload in heard[-2:]]
    assert [bytes(first.body), bytes(second.body)] == [recorded.body for recorded in stored]
    assert first.previous == ""
    assert second.previous == first.leaf == leaf_hash(stored[0].stream, 1, stored[0].body).hex()
    assert json.loads(heard[-1]).keys() == {
        *("body", "leaf", "ledger", "position", "previous", "service", "stream", "version")
    }


async def _hears(bus: Bus, heard: list[bytes]) -> bool:
    bus.publish("ev.projects.test", b"?")
    return bool(heard)


async def test_the_feed_answers_in_pages_of_half_a_mebibyte(
    book: Book, projects: Bus, evaluation: Bus
) -> None:
    await book.append("group", *[(f"p{n}", Renamed("x" * 100_000)) for n in range(12)])
    after, pages = 0, 0
    while True:
        answer = await evaluation.request("feed.projects", encoded(FeedRequest(after, "group")), 10)
        assert len(answer) <= 512 * 1024
        page = read_page(answer)
        assert page.head == 12
        if not page.events:
            break
        assert page.events[0].position == after + 1
        after, pages = page.events[-1].position, pages + 1
    assert (after, pages) == (12, 3)
    empty = read_page(await evaluation.request("feed.projects", encoded(FeedRequest(0, "nowhere")), 10))
    assert (empty.events, empty.head) == ([], 0)


async def test_the_feed_tells_where_a_ledger_ends_without_an_event(
    book: Book, projects: Bus, evaluation: Bus
) -> None:
    source = FeedSource(evaluation, "projects")
    assert await source.head("group") == 0
    await book.append("group", ("a", Added(1)), ("b", Added(2)))
    assert await source.head("group") == 2
    assert (await source.read("group", BEHIND_ALL)).events == []


async def test_heads_are_sent_every_two_seconds_and_claim_no_moment_that_may_still_change(
    book: Book, projects: Bus, evaluation: Bus
) -> None:
    heard: list[bytes] = []
    await evaluation.subscribe("heads.projects", "", kept(heard))
    await book.append("group", ("a", Added(1)))
    await eventually(lambda: any("group" in read_heads(told).heads for told in heard), "heads are heard")
    told = read_heads(heard[-1])
    assert told.heads["group"][0] == 1
    assert json.loads(heard[-1])["algorithm"] == "rfc6962-sha256"
    assert moment(told.at) <= datetime.now(UTC) - ALLOWANCE  # what is stamped now may not be on disk yet


@pytest.mark.parametrize("ledger", sorted(RESTRICTED))
async def test_of_a_restricted_ledger_no_other_service_hears(
    book: Book, projects: Bus, evaluation: Bus, ledger: str
) -> None:
    """R49, R76: neither an event, nor where it ends, nor what is asked for."""
    events: list[bytes] = []
    heads: list[bytes] = []
    await evaluation.subscribe("ev.projects.>", "", kept(events))
    await evaluation.subscribe("heads.projects", "", kept(heads))
    await book.append(ledger, ("a", Added(1)))
    await book.append("group", ("b", Added(2)))
    await eventually(lambda: any("group" in read_heads(told).heads for told in heads), "heads are heard")
    await eventually(lambda: bool(events), "the other event is heard")
    assert len(events) == 1
    assert not any(ledger in read_heads(told).heads for told in heads)
    asked = await evaluation.request("feed.projects", encoded(FeedRequest(0, ledger)), 10)
    assert (read_page(asked).events, read_page(asked).head) == ([], 0)


async def test_the_stream_for_others_is_made_and_made_again(
    nats: NatsServer, book: Book, projects: Bus
) -> None:
    client = await nats_client.connect(nats.url)
    outside = client.jetstream()

    async def captured() -> bool:
        try:
            return (await outside.stream_info("EVENTS")).state.messages > 0
        except nats_client.errors.Error:
            return False

    await book.append("group", ("a", Added(1)))
    await eventually(captured, "the stream has captured the event")
    await client.close()
    nats.stop()
    nats.delete_storage()
    nats.start()
    await eventually(lambda: projects.connected, "the service is connected again")
    client = await nats_client.connect(nats.url)
    outside = client.jetstream()

    async def again() -> bool:
        await book.append("group", ("a", Added(1)))
        return await captured()

    await eventually(again, "a new stream captures events")
    await client.close()


@pytest.mark.parametrize("away_seconds", [0, pytest.param(30, marks=pytest.mark.long)])
async def test_a_view_of_another_service_heals_while_nats_is_killed_and_robbed(
    nats: NatsServer, book: Book, projects: Bus, evaluation: Bus, views: AsyncEngine, away_seconds: int
) -> None:
    view = totals()
    async with running(runner := Runner(view, views, [FeedSource(evaluation, "projects")])):
        for n in range(30):
            await book.append("group", (f"p{n % 4}", Added(n)))
        assert await runner.wait_for("projects", "group", 30, 30)
        await eventually(lambda: runner.complete_to() is not None, "the view is complete")
        nats.kill()
        nats.delete_storage()
        await eventually(lambda: not projects.connected and not evaluation.connected, "both notice")
        complete_to = runner.complete_to()
        assert complete_to is not None
        for n in range(30):
            await book.append("group", (f"p{n % 4}", Added(n)))
            await book.append("company", (f"c{n % 4}", Added(n)))
            await asyncio.sleep(away_seconds / 30)  # the server is gone for so long, and work goes on
        assert runner.complete_to() == complete_to  # nobody says what there is meanwhile
        nats.start()
        await eventually(lambda: _at(runner, book), "the view has everything")
        await eventually(lambda: (runner.complete_to() or NEVER) > complete_to, "it is said again")
        assert await sums(views, view) == await folded(book, view)
        await book.append("company", ("c0", Added(1000)))
        assert await runner.wait_for("projects", "company", 31, 30)
    assert await sums(views, view) == await folded(book, view)


async def _at(runner: Runner, book: Book) -> bool:
    heads = (await book.ledgers.heads()).values()
    return all([await runner.wait_for("projects", head.ledger, head.position, 0.1) for head in heads])


async def test_a_server_that_stops_answering_is_left_and_found_again(
    nats: NatsServer, book: Book, views: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_module, "PING_SECONDS", 0.3)
    bus = Bus(nats.url, "projects")
    assert await bus.connect(10)
    nats.pause()
    await eventually(lambda: not bus.connected, "the watchdog has let go of it")
    nats.resume()
    await eventually(lambda: bus.connected, "the bus is connected again")
    heard: list[bytes] = []
    await bus.subscribe("news", "", kept(heard))
    bus.publish("news", b"here")
    await eventually(lambda: heard == [b"here"], "messages flow")
    await bus.close()


async def test_replicas_in_one_queue_group_build_one_view(
    nats: NatsServer, book: Book, projects: Bus, views: AsyncEngine
) -> None:
    view = totals(shared_row=True)
    buses = [Bus(nats.url, "evaluation") for _ in range(3)]
    for bus in buses:
        assert await bus.connect(10)
    runners = [Runner(view, views, [FeedSource(bus, "projects")]) for bus in buses]
    async with running(*runners):
        for n in range(200):
            await book.append(f"company{n % 3}", (f"p{n % 11}-{n % 3}", Added(1)))
        for runner in runners:
            await eventually(lambda r=runner: _at(r, book), "each replica sees the end")  # type: ignore[misc]
    shown = await sums(views, view)
    assert shown.pop("all")[:2] == (200, 200)
    assert shown == await folded(book, view)
    assert str(stream_of("p0-0")) in shown
    for bus in buses:
        await bus.close()


class Lossy(FeedSource):
    """Of the messages that reach it 5 % are thrown away, 20 % held back and shuffled, 5 % heard twice."""

    def __init__(self, bus: Bus, service: str, dice: random.Random) -> None:
        super().__init__(bus, service)
        self.dice = dice
        self.done: Counter[str] = Counter()
        self._held_back: list[tuple[bytes, Mapping[str, str]]] = []

    def happens(self, what: str, chance: float) -> bool:
        happens = self.dice.random() < chance
        self.done[what] += happens
        return happens

    async def _on_event(self, payload: bytes, headers: Mapping[str, str]) -> None:
        if self.happens("thrown away", 0.05):
            return
        self._held_back.append((payload, headers))
        if self.happens("held back", 0.2):
            return
        self.dice.shuffle(self._held_back)
        for message in self._held_back:
            await super()._on_event(*message)
            if self.happens("twice", 0.05):
                await super()._on_event(*message)
        self._held_back.clear()


async def test_lost_repeated_and_disordered_messages_change_nothing(
    nats: NatsServer, book: Book, projects: Bus, views: AsyncEngine, seed: int
) -> None:
    """Three processes share one queue group and one view."""
    dice, view = random.Random(seed), totals()
    buses = [Bus(nats.url, "evaluation") for _ in range(3)]
    for bus in buses:
        assert await bus.connect(10)
    sources = [Lossy(bus, "projects", dice) for bus in buses]
    async with running(*(runners := [Runner(view, views, [source]) for source in sources])):
        for n in range(300):
            ledger = dice.choice(["group", "east", "west"])
            await book.append(ledger, *[(f"{ledger}{dice.randrange(4)}", Added(n))] * dice.randrange(1, 4))
        for runner in runners:
            await eventually(lambda r=runner: _at(r, book), "each process sees the end")  # type: ignore[misc]
    assert await sums(views, view) == await folded(book, view)
    done = sum((source.done for source in sources), Counter[str]())
    assert done.keys() == {"thrown away", "held back", "twice"}
    for bus in buses:
        await bus.close()


async def test_jetstream_may_lose_its_files_under_the_running_server(
    nats: NatsServer, book: Book, projects: Bus, evaluation: Bus, views: AsyncEngine
) -> None:
    view = totals()
    async with running(runner := Runner(view, views, [FeedSource(evaluation, "projects")])):
        for n in range(60):
            if n == 20:
                await eventually(lambda: any(nats.storage.rglob("*")), "JetStream has files")
                nats.delete_storage()
            await book.append("group", (f"p{n % 4}", Added(n)))
        await eventually(lambda: _at(runner, book), "the view has everything")
    assert await sums(views, view) == await folded(book, view)
    assert nats.running
    assert projects.connected
