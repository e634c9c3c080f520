"""Nobody is let in before it is known who has which office, and who has signed out."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
from fastapi import FastAPI

from shared.auth import Signer, load_or_make_key
from shared.bus import Bus
from shared.group_member import KEYS_SUBJECT, member_of_group
from shared.messages import Page
from shared.sources import FeedSource
from tests.shared.test_following import EVENTS
from tests.support.nats_server import NatsServer
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
        assert app.state.verifier is None
        assert not member.health()["ok"]
        feed.let.set()
        await eventually(lambda: app.state.verifier is not None, "the keys are there")
        assert member.health() == {"ok": True, "nats": "connected", "organisation": 9}
    await bus.close()
