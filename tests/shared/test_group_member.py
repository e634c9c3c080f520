"""Nobody is let in before it is known who has which office, and who has signed out."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import msgspec
from fastapi import APIRouter, FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.auth import Signer, load_or_make_key
from shared.bus import Bus
from shared.domain import PersonId
from shared.group_member import KEYS_SUBJECT, GroupMember, member_of_group
from shared.merkle import leaf_hash
from shared.messages import Arrived, Page, encoded, event_message
from shared.reading import Runner, running
from shared.roster import SessionEnded
from shared.signed_in import Bearer
from shared.sources import FeedSource, LocalSource
from shared.web import create_app
from tests.shared.test_following import EVENTS
from tests.support.books import NEVER, Added, Book, totals
from tests.support.nats_server import NatsServer
from tests.support.recorded import recorded
from tests.support.waiting import eventually

PUBLIC = "http://localhost:8080"


class SlowFeed(FeedSource):
    """Gives the first half of the group's ledger, and the rest once it is let."""

    def __init__(self, bus: Bus) -> None:
        super().__init__(bus, "projects")
        self.asked_for_the_rest = asyncio.Event()
        self.let = asyncio.Event()

    async def read(self, ledger: str, after: int) -> Page:
        """Three events at a time."""
        if after >= 3:
            self.asked_for_the_rest.set()
            await self.let.wait()
        return Page(EVENTS[after : after + 3], len(EVENTS))


async def test_no_token_is_good_and_no_service_well_before_the_organisation_is_read_to_its_end(
    nats: NatsServer, tmp_path: Path
) -> None:
    jwks = Signer(load_or_make_key(tmp_path / "key.pem"), PUBLIC).jwks()
    bus = Bus(nats.url, "evaluation")
    await bus.connect()

    async def keys(_asked: bytes) -> bytes:
        return msgspec.json.encode(jwks)

    await bus.serve(KEYS_SUBJECT, "", keys)
    feed, app = SlowFeed(bus), FastAPI()
    async with member_of_group(app, bus, feed, PUBLIC) as member:
        await feed.asked_for_the_rest.wait()
        await bus.request(KEYS_SUBJECT, b"", 2)  # the keys could have been asked for by now
        await member.known(timeout_seconds=0.01)  # a service begins in any case
        assert app.state.verifier is None
        assert not member.health()["ok"]
        feed.let.set()
        await member.known(timeout_seconds=60)
        assert member.has_keys.is_set()
        assert member.health() == {"ok": True, "nats": "connected", "organisation": 9}
    await bus.close()


async def test_who_cannot_read_the_organisation_lets_nobody_in_and_says_so(
    nats: NatsServer, tmp_path: Path
) -> None:
    signer = Signer(load_or_make_key(tmp_path / "key.pem"), PUBLIC)
    bus = Bus(nats.url, "evaluation")
    await bus.connect()

    async def keys(_asked: bytes) -> bytes:
        return msgspec.json.encode(signer.jwks())

    await bus.serve(KEYS_SUBJECT, "", keys)
    feed, router = SlowFeed(bus), APIRouter()
    feed.let.set()

    @router.get("/who")
    async def who(token: Bearer) -> str:
        return token.person

    app = create_app("evaluation", routers=[router])
    anna = PersonId(str(uuid4()))
    token = signer.sign(anna, str(uuid4()), datetime.now(UTC))
    asking = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),
        base_url=PUBLIC,
        headers={"Authorization": f"Bearer {token}"},
    )
    async with member_of_group(app, bus, feed, PUBLIC) as member, asking as client:
        await eventually(lambda: app.state.verifier is not None, "the keys are there")
        assert (await client.get("/api/evaluation/who")).json() == anna
        newer = recorded(10, SessionEnded("of newer code"), schema=2)
        member.following.offer(Arrived(newer, b"", b""))
        await eventually(lambda: not member.health()["ok"], "it is known to be outdated")
        answer = await client.get("/api/evaluation/who")
        assert (answer.status_code, answer.json()["code"]) == (503, "TryLater")
    await bus.close()


async def test_every_replica_hears_at_once_who_has_signed_out(nats: NatsServer) -> None:
    projects, *buses = (Bus(nats.url, name) for name in ("projects", "evaluation", "evaluation"))
    async with AsyncExitStack() as stack:
        for bus in (projects, *buses):
            await bus.connect()
            stack.push_async_callback(bus.close)
        feeds = [SlowFeed(bus) for bus in buses]
        members = []
        for bus, feed in zip(buses, feeds, strict=True):
            feed.let.set()
            await feed.start()
            members.append(await stack.enter_async_context(member_of_group(FastAPI(), bus, feed, PUBLIC)))
        for member in members:
            await eventually(member.following.caught_up.is_set, "the organisation is read to its end")
        event, session = recorded(10, SessionEnded("a session")), "a session"
        leaf = leaf_hash(event.stream, event.version, event.body)

        def all_know() -> bool:
            # said until it is heard: a subscription may reach the server after the message
            projects.publish("ev.projects.group", encoded(event_message(Arrived(event, b"", leaf))))
            return all(member.organisation.has_ended(session) for member in members)

        await eventually(all_know, "both replicas know it, and nobody has sent heads", 5)


async def test_whoever_reads_their_own_act_is_shown_with_the_rights_of_that_moment(
    nats: NatsServer, book: Book, views: AsyncEngine
) -> None:
    hears_nothing = LocalSource(book.ledgers, every_seconds=NEVER)
    member = GroupMember(Bus(nats.url, "evaluation"), hears_nothing)
    await book.append("group", *[(f"p{n}", Added(n)) for n in range(20)])
    async with running(view := Runner(totals(), views, [LocalSource(book.ledgers, every_seconds=0.05)])):
        await eventually(lambda: view.live and view.has("projects", "group", 20), "the view has all")
        await member.reached(view, None)
        assert member.organisation.position == 0
        await member.reached(view, ("projects", "group", 7))
        assert member.organisation.position == 20
