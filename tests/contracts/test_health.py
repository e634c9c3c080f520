"""What each service says of itself while the database of its truth is away: that, with 503."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncEngine

from services.evaluation import app as evaluation
from services.evaluation.parts import Parts as OfEvaluation
from services.evaluation.projections import scores_in
from services.evaluation.review.keys import ReviewKeys
from services.evaluation.review.streams import Streams
from services.evaluation.review.view import REVIEWS
from services.notifications import app as notifications
from services.notifications.channels.accounts import Accounts
from services.notifications.jurors import Jurors
from services.notifications.live import Live
from services.notifications.parts import Parts as OfNotifications
from services.notifications.planning import Planning
from services.notifications.rulebook import Rulebook
from services.projects import app as projects
from shared.bus import Bus
from shared.clock import SystemClock
from shared.codec import Schema
from shared.engines import create_engine
from shared.group_member import GroupMember
from shared.ledger import Ledgers
from shared.reading import Runner
from shared.settings import Settings
from shared.signing import Signing
from shared.sources import FeedSource, LocalSource, Source
from shared.writer import Writer
from tests.projects.a_desk import reading_of
from tests.support.books import totals
from tests.support.engines import SqliteFiles
from tests.support.living import PROJECTS, house

NATS_AWAY = Bus("nats://127.0.0.1:1", "nobody")


@pytest.fixture
async def away() -> AsyncIterator[AsyncEngine]:
    engine = create_engine("postgresql+asyncpg://user@127.0.0.1:1/db", durable=True)  # no port of anybody's
    yield engine
    await engine.dispose()


@pytest.fixture
async def views(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(SqliteFiles(tmp_path).url("some-views"), durable=False)
    yield engine
    await engine.dispose()


@pytest.fixture
async def group() -> GroupMember:
    member = GroupMember(NATS_AWAY, FeedSource(NATS_AWAY, "projects"))
    member.following.caught_up.set()
    return member


async def health_of(app: FastAPI, service: str) -> tuple[int, dict[str, str]]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
        answer = await http.get(f"/api/{service}/health")
    said = answer.json()
    assert said["ok"] is answer.is_success
    return answer.status_code, said["databases"]


async def test_projects_says_that_its_truth_is_away(tmp_path: Path, away: AsyncEngine) -> None:
    files = SqliteFiles(tmp_path)
    async with house(files, "projects", PROJECTS) as home, reading_of(home, files, tmp_path) as desk:
        app = projects.create(desk.parts.settings)
        app.state.reacting = Runner(totals(), desk.parts.views, [home.source])
        app.state.parts = desk.parts
        app.state.signing = Signing(desk.parts.ledgers, desk.parts.settings)
        assert await health_of(app, "projects") == (200, {"truth": "answers", "views": "answers"})
        app.state.parts = replace(desk.parts, ledgers=Ledgers(away, "projects", Schema(())))
        assert await health_of(app, "projects") == (503, {"truth": "away", "views": "answers"})


async def test_evaluation_says_that_its_truth_is_away(
    tmp_path: Path, away: AsyncEngine, views: AsyncEngine, group: GroupMember
) -> None:
    settings = Settings(service="evaluation", data_dir=tmp_path)
    ledgers = Ledgers(away, "evaluation", Schema(()))
    projects = FeedSource(NATS_AWAY, "projects")
    sources: list[Source] = [projects, LocalSource(ledgers)]
    runner = Runner(scores_in(settings.time_zone), views, sources)
    app = evaluation.create(settings)
    app.state.signing = Signing(ledgers, settings)
    clock = SystemClock()
    writer = Writer(ledgers, clock)
    reviews = Runner(REVIEWS, views, sources)
    app.state.parts = OfEvaluation(
        settings,
        clock,
        ledgers,
        views,
        runner,
        group,
        writer,
        reviews,
        ReviewKeys(away),
        Streams(ledgers),
        projects,
    )
    assert await health_of(app, "evaluation") == (503, {"truth": "away", "views": "answers"})


async def test_notifications_says_that_its_truth_is_away(
    tmp_path: Path, away: AsyncEngine, group: GroupMember
) -> None:
    settings = Settings(service="notifications", data_dir=tmp_path)
    runner = Runner(totals(), away, [FeedSource(NATS_AWAY, "projects")])
    app = notifications.create(settings)
    jurors, clock = Jurors(group.bus), SystemClock()
    planning = Planning(Rulebook(), group.organisation, clock, settings.time_zone)
    accounts = Accounts(away)
    live = Live(group.bus, away, group.organisation)
    app.state.parts = OfNotifications(settings, clock, away, runner, group, jurors, accounts, planning, live)
    assert await health_of(app, "notifications") == (503, {"truth": "away"})
