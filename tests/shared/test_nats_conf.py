"""Each nkey opens exactly its subjects in the shipped nats.conf; the rest is denied and logged."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from nats.aio.client import Client

from cli import secrets
from shared.bus import Bus, Unanswered
from tests.support.nats_server import NatsServer
from tests.support.waiting import eventually

CONFIG = Path(__file__).parents[2] / "nats.conf"
SERVICES = ("projects", "evaluation", "notifications")
KEPT = {"$JS.API.STREAM.INFO.EVENTS", "$JS.API.STREAM.CREATE.EVENTS"}
ASKED = {"feed.projects", "keys.projects", "names.projects"}
CONSUMING = {
    *("$JS.API.CONSUMER.CREATE.EVENTS.x", "$JS.API.CONSUMER.CREATE.EVENTS.x.ev.projects.group"),
    *("$JS.API.CONSUMER.DURABLE.CREATE.EVENTS.x", "$JS.API.CONSUMER.INFO.EVENTS.x"),
    *("$JS.API.CONSUMER.MSG.NEXT.EVENTS.x", "$JS.ACK.EVENTS.x.1.1.1.1.1", "$JS.API.STREAM.INFO.EVENTS"),
}
SAYS = {
    "projects": {"ev.projects.group", "heads.projects", *KEPT},
    "evaluation": {"ev.evaluation.group", "heads.evaluation", *KEPT, *ASKED},
    "notifications": {
        "feed.evaluation",
        "jurors.evaluation",
        "contacts.projects",
        "inboxes.notifications",
        *ASKED,
    },
    "subscriber": CONSUMING,
}
HEARS = {
    "projects": {"ev.projects.group", "contacts.projects", *ASKED, "_INBOX.projects.x"},
    "evaluation": {
        "ev.projects.group",
        "ev.projects.>",
        "heads.projects",
        "feed.evaluation",
        "jurors.evaluation",
        "_INBOX.evaluation.x",
    },
    "notifications": {
        *("ev.projects.group", "ev.projects.>", "heads.projects"),
        *("ev.evaluation.group", "ev.evaluation.>", "heads.evaluation", "_INBOX.notifications.x"),
        "inboxes.notifications",
    },
    "subscriber": {"_INBOX.subscriber.x"},
}
ELSEWHERE = {
    *("$JS.API.STREAM.DELETE.EVENTS", "$JS.API.STREAM.PURGE.EVENTS", "$JS.API.STREAM.UPDATE.EVENTS"),
    *("$JS.API.STREAM.CREATE.OTHER", "$JS.API.CONSUMER.CREATE.EVENTS", "$JS.API.INFO", "$JS.ACK.OTHER.x"),
    *("$JS.API.CONSUMER.DELETE.EVENTS.x", "$JS.API.CONSUMER.PAUSE.EVENTS.x", "$JS.API.CONSUMER.LIST.EVENTS"),
    *("$JS.API.CONSUMER.CREATE.OTHER.x", "$JS.API.CONSUMER.MSG.NEXT.OTHER.x", "$JS.API.STREAM.NAMES"),
    *("$JS.API.STREAM.MSG.DELETE.EVENTS", "$JS.API.STREAM.MSG.GET.EVENTS", "$JS.API.DIRECT.GET.EVENTS"),
    *("$SYS.REQ.SERVER.PING", "_INBOX.stranger.x", "ev.notifications.group", "anything"),
    *("feed.notifications", "keys.evaluation", "names.evaluation", "heads.notifications"),
    *("jurors.projects", "contacts.evaluation", "inboxes.projects"),
}
SUBJECTS = sorted(ELSEWHERE.union(*SAYS.values(), *HEARS.values()))
WIDE = (">", "*.>", "ev.>", "_INBOX.>", "heads.*", "feed.*", "$JS.>")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys as `./denggao secrets` makes them, and the shipped configuration beside them."""
    place = tmp_path_factory.mktemp("nats") / "secrets"
    assert secrets.main(["--into", str(place)]) == 0
    shutil.copy(CONFIG, place)
    return place


@pytest.fixture(scope="module")
def server(place: Path) -> Iterator[NatsServer]:
    server = NatsServer(place.parent, ["--config", str(place / CONFIG.name)])
    server.start()
    yield server
    server.kill()


class Caller:
    """A service's connection without the bus between, and what the server denied it."""

    def __init__(self, client: Client, denials: list[str]) -> None:
        self.client = client
        self.denials = denials

    async def may_say(self, subject: str) -> bool:
        await self.client.publish(subject, b"{}")
        return await self._goes("publish", subject)

    async def may_hear(self, subject: str) -> bool:
        await self.client.subscribe(subject)
        return await self._goes("subscription", subject)

    async def _goes(self, what: str, subject: str) -> bool:
        for _ in range(2):  # the first ping may overtake what is sent; a denial comes before a pong
            await self.client.flush()
        denied = [text for text in self.denials if what in text and f'"{subject.lower()}"' in text]
        assert len(denied) == len(self.denials), self.denials
        self.denials.clear()
        return not denied


@asynccontextmanager
async def calling(server: NatsServer, place: Path, service: str) -> AsyncIterator[Caller]:
    client, denials = Client(), list[str]()

    async def denied(error: Exception) -> None:
        denials.append(str(error).lower())

    seed = str(place / f"{service}-nkey-seed")
    await client.connect(
        server.url,
        error_cb=denied,
        nkeys_seed=seed,
        allow_reconnect=False,
        inbox_prefix=f"_INBOX.{service}",
    )
    yield Caller(client, denials)
    await client.close()


@pytest.mark.parametrize("service", [*SERVICES, "subscriber"])
async def test_each_says_and_hears_its_subjects_and_no_others(
    server: NatsServer, place: Path, service: str
) -> None:
    async with calling(server, place, service) as caller:
        assert {
            subject for subject in SUBJECTS if ">" not in subject and await caller.may_say(subject)
        } == SAYS[service]
        assert {subject for subject in (*SUBJECTS, *WIDE) if await caller.may_hear(subject)} == HEARS[service]


async def test_what_is_denied_is_logged(server: NatsServer, place: Path) -> None:
    async with calling(server, place, "notifications") as caller:
        assert not await caller.may_say("ev.projects.forged")
    await eventually(lambda: 'Subject "ev.projects.forged"' in server.log.read_text(), "the log says so")


async def test_whoever_has_no_key_stays_outside(server: NatsServer) -> None:
    stranger = Bus(server.url, "stranger")
    assert not await stranger.connect(0.5)
    await stranger.close()


async def test_strangers_take_no_room_for_long(server: NatsServer, place: Path) -> None:
    host, _, port = server.url.removeprefix("nats://").partition(":")
    strangers = [await asyncio.open_connection(host, int(port)) for _ in range(300)]
    heard = await asyncio.gather(*(asyncio.wait_for(reader.read(), 30) for reader, _ in strangers))
    assert sum(b"maximum connections exceeded" in said for said in heard) >= 300 - 256
    assert sum(b"authentication timeout" in said.lower() for said in heard) <= 256
    for _, writer in strangers:
        writer.close()
    async with calling(server, place, "projects") as caller:
        assert await caller.may_say("heads.projects")


async def test_with_these_rights_services_ask_answer_and_keep_the_stream(
    server: NatsServer, place: Path
) -> None:
    buses = {service: Bus(server.url, service, place / f"{service}-nkey-seed") for service in SERVICES}
    for bus in buses.values():
        assert await bus.connect(10)
    heard: list[bytes] = []

    async def hear(payload: bytes, _headers: Mapping[str, str]) -> None:
        heard.append(payload)

    async def answer(payload: bytes) -> bytes:
        return payload + b"!"

    async def asked(asking: Bus, subject: str) -> bool:
        try:
            return await asking.request(subject, b"?", 1) == b"?!"
        except Unanswered:
            return False

    projects, evaluation, notifications = buses.values()
    await projects.serve("feed.projects", "projects", answer)
    await evaluation.serve("feed.evaluation", "evaluation", answer)
    await evaluation.serve("jurors.evaluation", "evaluation", answer)
    await projects.keep_stream("EVENTS", "ev.>", 60)
    await evaluation.keep_stream("EVENTS", "ev.>", 60)
    await evaluation.subscribe("ev.projects.>", "evaluation", hear)
    for asking, subject in (
        (evaluation, "feed.projects"),
        (notifications, "feed.projects"),
        (notifications, "feed.evaluation"),
        (notifications, "jurors.evaluation"),
    ):
        await eventually(lambda a=asking, s=subject: asked(a, s), f"{subject} answers")  # type: ignore[misc]
    projects.publish("ev.projects.group", b"event")
    await eventually(lambda: heard == [b"event"], "the event is heard")
    kept = server.storage / "jetstream" / "$G" / "streams" / "EVENTS"
    await eventually(kept.is_dir, "the stream is kept")
    await asyncio.gather(*(bus.close() for bus in buses.values()))


async def test_another_system_goes_on_where_it_was_and_ends_nobodys_reading(
    server: NatsServer, place: Path
) -> None:
    projects = Bus(server.url, "projects", place / "projects-nkey-seed")
    assert await projects.connect(10)
    await projects.keep_stream("EVENTS", "ev.>", 60)

    async def reads(what: bytes) -> None:
        """A process of the system that begins, reads one event, and ends."""
        projects.publish("ev.projects.other", what)
        async with calling(server, place, "subscriber") as caller:
            stream = caller.client.jetstream()
            events = await stream.subscribe("ev.projects.other", durable="my-system", stream="EVENTS")
            message = await events.next_msg(10)
            assert message.data == what
            await message.ack_sync()
            await events.unsubscribe()  # or the server may still send the next event here, and again in 30 s

            async def let_go() -> bool:
                return not (await stream.consumer_info("EVENTS", "my-system")).push_bound

            await eventually(let_go, "the server knows that nobody listens")
            assert caller.denials == []

    for what in (b"first", b"second", b"third"):
        await reads(what)
    async with calling(server, place, "subscriber") as caller:
        assert not await caller.may_say("$JS.API.CONSUMER.DELETE.EVENTS.my-system")
        found = await caller.client.jetstream().consumer_info("EVENTS", "my-system")
        assert (found.num_pending, found.num_ack_pending) == (0, 0)
    await projects.close()
