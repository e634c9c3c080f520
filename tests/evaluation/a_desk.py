"""Evaluation over HTTP, beside the projects whose events it has."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from services.evaluation import tables
from services.evaluation.api.routers import ROUTERS
from services.evaluation.deciders import DECIDERS
from services.evaluation.parts import Parts
from services.evaluation.projections import scores_in
from services.evaluation.review.keys import ReviewKeys
from services.evaluation.review.streams import Streams
from services.evaluation.review.view import REVIEWS
from shared.auth import Signer, Verifier, load_or_make_key
from shared.bus import Bus
from shared.engines import begin, create_engine
from shared.envelope import Recorded
from shared.group_member import GroupMember
from shared.ledger import RESTRICTED
from shared.organisation import Organisation
from shared.reading import Runner, running
from shared.settings import Settings
from shared.signing import Signing
from shared.sources import FeedSource, StreamSource
from tests.projects.a_group import organisation, person
from tests.support.engines import Database
from tests.support.living import PROJECTS, House, house
from tests.support.served import served
from tests.support.waiting import eventually

PUBLIC = "http://localhost:8080"


class Past:
    """The record that projects gives out; a test may put another in its place."""

    def __init__(self, source: StreamSource) -> None:
        self.source = source

    async def stream(self, stream: UUID) -> list[Recorded]:
        return await self.source.stream(stream)


@dataclass
class Desk:
    """Evaluation over HTTP, beside the projects whose events it has."""

    http: httpx.AsyncClient
    projects: House
    own: House
    signing: Signing
    runner: Runner
    reviews: Runner
    signer: Signer
    organisation: Organisation
    past: Past
    parts: Parts
    verifier: Verifier

    async def get(self, path: str, name: str = "headquarters", tongue: str = "en") -> httpx.Response:
        """As this person, once everything that happened is there."""
        await self.caught_up()
        return await self.get_now(path, name, tongue)

    async def get_now(self, path: str, name: str, tongue: str = "en") -> httpx.Response:
        """The same, with what has arrived."""
        headers = self._headers(name) | {"Accept-Language": tongue}
        return await self.http.get(f"/api/evaluation{path}", headers=headers)

    async def post(self, path: str, name: str, **body: Any) -> httpx.Response:
        """Ask for something as this person."""
        headers = self._headers(name) | {"Idempotency-Key": str(uuid4())}
        return await self.http.post(f"/api/evaluation{path}", headers=headers, json=body)

    async def caught_up(self) -> None:
        """The views hold every event of both services."""
        for service, of in (("projects", self.projects), ("evaluation", self.own)):
            for ledger, head in (await of.ledgers.heads()).items():
                for runner in (self.runner, self.reviews):
                    if ledger not in RESTRICTED:
                        assert await runner.wait_for(service, ledger, head.position, 30)

    def _headers(self, name: str) -> dict[str, str]:
        token = self.signer.sign(person(name), str(UUID(int=1)), datetime.now(UTC))
        return {"Authorization": f"Bearer {token}", "Accept-Language": "en"}


@asynccontextmanager
async def a_desk(
    database: Database, tmp_path: Path, known: Organisation | None = None
) -> AsyncIterator[Desk]:
    """Everybody of the small group is known, or of another; nothing is announced by a bus."""
    settings = Settings(service="evaluation", data_dir=tmp_path)
    signer = Signer(load_or_make_key(tmp_path / "key.pem"), PUBLIC)
    bus = Bus("nats://127.0.0.1:1", "evaluation")
    group = GroupMember(bus, FeedSource(bus, "projects"))
    group.organisation = known or organisation()
    views = create_engine(database.url("views"), durable=False)
    async with (
        house(database, "projects", PROJECTS) as projects,
        house(database, "evaluation", DECIDERS) as own,
    ):
        verifier = Verifier(signer.jwks(), PUBLIC)
        signing, past = Signing(own.ledgers, settings), Past(projects.source)
        await signing.begin()
        async with begin(own.engine) as connection:
            await connection.run_sync(tables.metadata.create_all)
        runner = Runner(scores_in(settings.time_zone), views, [projects.source, own.source])
        reviews = Runner(REVIEWS, views, [projects.source, own.source])
        parts = Parts(
            settings,
            projects.clock,
            own.ledgers,
            views,
            runner,
            group,
            own.writer,
            reviews,
            ReviewKeys(own.engine),
            Streams(own.ledgers),
            past,
        )
        state: dict[str, Any] = {
            "parts": parts,
            "organisation": group.organisation,
            "verifier": verifier,
            "signing": signing,
        }
        routers = ROUTERS
        async with running(runner, reviews), served("evaluation", routers, {}, PUBLIC, **state) as http:
            await eventually(lambda: runner.live and reviews.live, "the view can be read")
            yield Desk(
                http,
                projects,
                own,
                signing,
                runner,
                reviews,
                signer,
                group.organisation,
                past,
                parts,
                verifier,
            )
    await views.dispose()
