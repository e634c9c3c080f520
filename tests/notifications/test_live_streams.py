"""The stream over HTTP, from two processes of one database: resumed at the other, ended, limited, dropped."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid5

import httpx
import msgspec
import psutil
import pytest
import uvicorn
from sqlalchemy import update

from services.notifications import tables
from services.notifications.api import live as streams
from services.notifications.api.routers import ROUTERS
from services.notifications.channels.accounts import Accounts
from services.notifications.inboxes import UNSTAMPED, stamp
from services.notifications.jurors import Jurors
from services.notifications.live import OF_ONE_PERSON, Live, living
from services.notifications.parts import Parts
from shared import roster
from shared.auth import Signer, Verifier, load_or_make_key
from shared.bus import Bus
from shared.domain import PersonId
from shared.engines import begin
from shared.group_member import GroupMember
from shared.limits import SERVED_AT_MOST
from shared.reading import Runner
from shared.settings import Settings
from shared.sources import FeedSource
from shared.web import create_app
from tests.notifications.a_duty import MONDAY, Desk, a_desk, moment_at
from tests.support.engines import Database
from tests.support.nats_server import NatsServer
from tests.support.recorded import recorded
from tests.support.waiting import eventually

PUBLIC = "http://localhost:8080"
NAMES = UUID(int=7)
LIVE = "/api/notifications/inbox/live"
SESSION = str(UUID(int=1))
SOON = 0.2  # seconds, where a test waits for a look


def person(name: str) -> PersonId:
    return PersonId(str(uuid5(NAMES, name)))


class Stream:
    """An open inbox, as a client reads it."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def event(self) -> tuple[str, dict[str, Any], str]:
        """The next one: its name, what it says, its id; heartbeats are passed over."""
        said = dict[str, str]()
        async with asyncio.timeout(20):
            async for line in self._lines:
                name, _, value = line.partition(": ")
                if line and name:
                    said[name] = value
                elif not line and "event" in said:
                    return said["event"], msgspec.json.decode(said["data"]), said["id"]
        raise EOFError

    async def ends(self) -> None:
        with pytest.raises(EOFError):
            await self.event()


@dataclass
class Replica:
    """A process of notifications, as far as open inboxes go."""

    url: str
    live: Live
    bus: Bus
    signer: Signer
    desk: Desk

    def headers(self, who: str, since: timedelta = timedelta(0)) -> dict[str, str]:
        token = self.signer.sign(person(who), SESSION, datetime.now(UTC) - since)
        return {"Authorization": f"Bearer {token}"}

    @asynccontextmanager
    async def opens(self, who: str, seen: str = "", **more: Any) -> AsyncIterator[Stream]:
        headers = self.headers(who, **more) | ({"Last-Event-ID": seen} if seen else {})
        async with (
            httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=30) as http,
            http.stream("GET", LIVE, headers=headers) as response,
        ):
            assert response.status_code == 200, await response.aread()
            yield Stream(response)


@asynccontextmanager
async def a_replica(desk: Desk, bus: Bus, place: Path, look_seconds: float) -> AsyncIterator[Replica]:
    signer = Signer(load_or_make_key(place / "key.pem"), PUBLIC)
    planning, settings = desk.planning, Settings(service="notifications", data_dir=place)
    group = GroupMember(bus, FeedSource(bus, "projects"))
    group.organisation = planning.organisation
    live = Live(bus, desk.engine, planning.organisation)
    app = create_app("notifications", routers=ROUTERS)
    app.state.parts = Parts(
        settings,
        desk.clock,
        desk.engine,
        cast("Runner", None),
        group,
        Jurors(bus),
        Accounts(desk.engine),
        planning,
        live,
    )
    app.state.organisation, app.state.verifier = planning.organisation, Verifier(signer.jwks(), PUBLIC)
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(app, lifespan="off", log_level="error", timeout_graceful_shutdown=1)
    )
    async with living(live, look_seconds):
        serving = asyncio.create_task(server.serve([listening]))
        await eventually(lambda: server.started, "it listens")
        yield Replica(f"http://127.0.0.1:{listening.getsockname()[1]}", live, bus, signer, desk)
        server.should_exit = True
        await serving


@pytest.fixture
async def two(
    database: Database, nats: NatsServer, tmp_path: Path
) -> AsyncIterator[tuple[Desk, Replica, Replica]]:
    """Which look seldom, so that only the bus can wake them; acts are done in the first one's process."""
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(a_desk(database, moment_at(MONDAY, 12), who=person))
        replicas = []
        for _ in range(2):
            bus = Bus(nats.url, "notifications")
            assert await bus.connect(10)
            stack.push_async_callback(bus.close)
            replicas.append(await stack.enter_async_context(a_replica(desk, bus, tmp_path, 600)))
        desk.changed = replicas[0].live.changed
        yield desk, replicas[0], replicas[1]


async def test_whoever_has_an_inbox_open_is_told_at_each_replica(
    two: tuple[Desk, Replica, Replica],
) -> None:
    desk, here, there = two
    async with here.opens("fitter") as one, there.opens("fitter") as other:
        for stream in (one, other):
            assert (await stream.event())[:2] == ("state", {"todo": 0, "unread": 0})
        await desk.owes("fitter")
        for stream in (one, other):
            name, said, _ = await stream.event()
            (entry,) = said.pop("entries")
            assert (name, said) == ("changes", {"todo": 1, "unread": 0})
            assert set(entry) == {"id", "list", "read"}
            assert (entry["list"], entry["read"]) == ("todo", False)


async def test_a_stream_is_resumed_at_another_replica_with_nothing_lost_or_repeated(
    two: tuple[Desk, Replica, Replica],
) -> None:
    desk, here, there = two
    async with here.opens("fitter") as stream:
        await stream.event()
        await desk.owes("fitter", subject="first")
        seen = (await stream.event())[2]
    await desk.owes("fitter", "welder", subject="second")
    await desk.done("first")
    async with there.opens("fitter", seen) as stream:
        name, said, seen = await stream.event()
        assert (name, said["todo"]) == ("changes", 1)
        assert sorted(str(entry["list"]) for entry in said["entries"]) == ["None", "todo"]
    async with here.opens("fitter", seen) as stream:  # up to date: nothing is said until something happens
        await desk.owes("fitter", subject="third")
        name, said, _ = await stream.event()
        assert (name, said["todo"], len(said["entries"])) == ("changes", 2, 1)


async def test_what_the_bus_lost_is_found_by_a_look(database: Database, tmp_path: Path) -> None:
    away = Bus("nats://127.0.0.1:1", "notifications")
    async with (
        a_desk(database, moment_at(MONDAY, 12), who=person) as desk,
        a_replica(desk, away, tmp_path, SOON) as replica,
        replica.opens("fitter") as stream,
    ):
        await stream.event()
        await desk.owes("fitter")  # of which this process is not told
        assert (await stream.event())[0] == "changes"


async def test_a_stream_ends_with_its_session_and_with_its_token(database: Database, tmp_path: Path) -> None:
    away = Bus("nats://127.0.0.1:1", "notifications")
    async with (
        a_desk(database, moment_at(MONDAY, 12), who=person) as desk,
        a_replica(desk, away, tmp_path, SOON) as replica,
    ):
        async with replica.opens("welder", since=timedelta(minutes=4, seconds=58)) as stream:
            assert (await stream.event())[0] == "state"
            await stream.ends()
        async with replica.opens("fitter") as stream:
            await stream.event()
            organisation = desk.planning.organisation
            ended = roster.SessionEnded(SESSION)
            organisation.apply(recorded(organisation.position + 1, ended, datetime.now(UTC)))
            await stream.ends()


async def test_one_person_has_so_many_streams_and_no_more(two: tuple[Desk, Replica, Replica]) -> None:
    _, here, _ = two
    async with AsyncExitStack() as stack:
        held = [await stack.enter_async_context(here.opens("fitter")) for _ in range(OF_ONE_PERSON)]
        for stream in held:
            await stream.event()
        async with httpx.AsyncClient(base_url=here.url, trust_env=False) as http:
            refused = await http.get(LIVE, headers=here.headers("fitter"))
            assert (refused.status_code, refused.json()["code"]) == (429, "TooManyRequests")
            assert refused.headers["retry-after"]
        async with here.opens("welder") as stream:
            await stream.event()
    await eventually(lambda: here.live.open == 0, "they are forgotten when they have gone")


async def test_nothing_but_an_id_is_taken_for_one(two: tuple[Desk, Replica, Replica]) -> None:
    _, here, _ = two
    async with httpx.AsyncClient(base_url=here.url, trust_env=False) as http:
        for asked in ({"headers": {"Last-Event-ID": "x"}}, {"params": {"last": "0-1"}}):
            headers = here.headers("fitter") | asked.get("headers", {})
            refused = await http.get(LIVE, headers=headers, params=asked.get("params"))
            assert refused.status_code == 422
        assert (await http.get(LIVE)).status_code == 401


async def test_who_takes_nothing_is_dropped(
    two: tuple[Desk, Replica, Replica], monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, here, _ = two
    monkeypatch.setattr(streams, "SLOW_SECONDS", 0.2)
    host, port = here.url.removeprefix("http://").split(":")
    lazy = socket.socket()
    lazy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    lazy.connect((host, int(port)))
    token = here.headers("fitter")["Authorization"]
    lazy.sendall(f"GET {LIVE} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode())
    await eventually(lambda: here.live.open == 1, "it is open")
    for n in range(100):
        await desk.owes("fitter", subject=f"s/{n}")

    async def all_change_again() -> bool:
        """And nobody reads what is sent of it; whether the stream has ended."""
        async with begin(desk.engine) as connection:
            await connection.execute(update(tables.obligations).values(changed=UNSTAMPED))
            await stamp(connection, here.live.changed)
        return here.live.open == 0

    await eventually(all_change_again, "it is dropped", 60)
    lazy.close()


async def test_a_thousand_open_inboxes_take_little_memory_and_keep_nobody_waiting(
    two: tuple[Desk, Replica, Replica],
) -> None:
    desk, here, _ = two
    host, port = here.url.removeprefix("http://").split(":")
    process, open_ones = psutil.Process(), list[asyncio.StreamWriter]()
    before = process.memory_info().rss
    for n in range(1000):
        reader, writer = await asyncio.open_connection(host, int(port))
        open_ones.append(writer)
        token = here.headers(f"p{n}")["Authorization"]
        writer.write(f"GET {LIVE} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode())
        await reader.readuntil(b"event: state")
    assert here.live.open == 1000 > SERVED_AT_MOST
    taken = (process.memory_info().rss - before) / 2**20
    loop = asyncio.get_running_loop()
    async with here.opens("fitter") as stream:
        await stream.event()
        began = loop.time()
        await desk.owes("fitter")
        await stream.event()
        one = loop.time() - began
        began = loop.time()
        await desk.owes(*(f"p{n}" for n in range(1000)), "fitter")
        await stream.event()
        all_of_them = loop.time() - began
    measured = f"{taken:.0f} MiB with their clients; alone in {one:.3f} s, among all in {all_of_them:.1f} s"
    assert (taken < 200, one < 1, all_of_them < 20) == (True, True, True), measured
    for writer in open_ones:
        writer.close()
