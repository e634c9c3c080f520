"""What other services need of projects: who is who, whose tokens are good, what people are called."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

import msgspec
import structlog
from fastapi import FastAPI

from shared.auth import Verifier
from shared.bus import Bus, Unanswered
from shared.domain import PersonId
from shared.following import LEDGER, SERVICE, Following
from shared.organisation import Organisation
from shared.reading import Runner
from shared.sources import FeedSource, Source
from shared.wait_for import Place, reached

log = structlog.get_logger()

KEYS_SUBJECT = f"keys.{SERVICE}"
NAMES_SUBJECT = f"names.{SERVICE}"
ASK_AGAIN_SECONDS = 1.0
KEYS_KEPT_SECONDS = 600.0
TIMEOUT_SECONDS = 2.0
START_SECONDS = 5.0


class GroupMember:
    """A service's view of the group: the organisation that it follows, and what it asks projects for."""

    def __init__(self, bus: Bus, source: Source) -> None:
        self.bus = bus
        self.organisation = Organisation()
        self.following = Following(source, self.organisation)
        self.has_keys = asyncio.Event()  # of sign-in; only asked for once the organisation is known

    async def names(self, persons: Iterable[PersonId]) -> dict[PersonId, str]:
        """Names by person; who has none, or whose name cannot be asked now, is left out."""
        wanted = sorted(set(persons))
        if not wanted:
            return {}
        try:
            answer = await self.bus.request(NAMES_SUBJECT, msgspec.json.encode(wanted), TIMEOUT_SECONDS)
        except Unanswered:
            log.warning("names.unanswered", count=len(wanted))
            return {}
        return msgspec.json.decode(answer, type=dict[PersonId, str])

    async def known(self, timeout_seconds: float = START_SECONDS) -> None:
        """Returns when rights and keys are known, or by the timeout: a new replica puts nobody off."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_seconds):
                await self.has_keys.wait()

    async def reached(self, view: Runner, place: Place | None) -> datetime | None:
        """As `wait_for.reached`; rights, too, are then as new as what is waited for.

        Another replica may have brought the view there, while this one has not heard of it.
        """
        complete_to = await reached(view, place)
        if place is not None:
            await self.following.reach(view.position(SERVICE, LEDGER))
        return complete_to

    def health(self) -> dict[str, Any]:
        """Not well until the organisation was once read to its end: nobody's rights are known before.

        Nor while its ledger is not the one that was read, as after the restore of an older backup.
        """
        known = self.following.caught_up.is_set() and not self.following.forked
        return {
            "ok": known and not self.organisation.outdated,
            "nats": "connected" if self.bus.connected else "away",
            "organisation": self.organisation.position,
        }


@asynccontextmanager
async def member_of_group(
    app: FastAPI, bus: Bus, source: FeedSource, issuer: str
) -> AsyncIterator[GroupMember]:
    """Follow the organisation and keep the keys of sign-in for as long as the block lasts.

    Neither is waited for: until both are there, whoever asks is told to try later.
    """
    member = GroupMember(bus, source)
    app.state.organisation = member.organisation
    app.state.verifier = None
    await source.hear(LEDGER)
    await member.following.start()
    keeping = asyncio.create_task(_keep_keys(app, member, issuer), name="keys of projects")
    try:
        yield member
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await member.following.close()


async def _keep_keys(app: FastAPI, member: GroupMember, issuer: str) -> None:
    await member.following.caught_up.wait()  # no token is good before it is known who signed out
    while True:
        try:
            answer = await member.bus.request(KEYS_SUBJECT, b"", TIMEOUT_SECONDS)
            app.state.verifier = Verifier(msgspec.json.decode(answer), issuer)
            member.has_keys.set()
            pause = KEYS_KEPT_SECONDS
        except (Unanswered, msgspec.DecodeError, KeyError, ValueError) as error:
            log.warning("keys.unanswered", error=repr(error))
            pause = ASK_AGAIN_SECONDS
        await asyncio.sleep(pause)
