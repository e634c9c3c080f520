"""Scores over HTTP are told to whom the project is told, and to nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from services.evaluation.api import router
from services.evaluation.domain.project_score import PROJECT_SCORE
from services.evaluation.parts import Parts
from services.evaluation.projections import scores_in
from shared.auth import Signer, Verifier, load_or_make_key
from shared.bus import Bus
from shared.engines import create_engine
from shared.group_member import GroupMember
from shared.reading import Runner, running
from shared.settings import Settings
from shared.sources import FeedSource
from shared.web import create_app
from tests.contracts.test_sight import JOINT
from tests.projects import a_project as p
from tests.projects.a_group import EVERYBODY, TODAY, organisation, person
from tests.projects.test_sight import SEES
from tests.support.engines import Database
from tests.support.living import PROJECTS, THE_PROJECT, house
from tests.support.waiting import eventually

PUBLIC = "http://localhost:8080"
NAMES = (*EVERYBODY, "guest on the team")


@pytest.fixture
async def answers(database: Database, tmp_path: Path) -> AsyncIterator[dict[str, tuple[int, int]]]:
    """By name: the status of the one score, and how many are in the list."""
    settings = Settings(service="evaluation", data_dir=tmp_path)
    signer = Signer(load_or_make_key(tmp_path / "key.pem"), PUBLIC)
    bus = Bus("nats://127.0.0.1:1", "evaluation")
    group = GroupMember(bus, FeedSource(bus, "projects"))
    group.organisation = organisation()
    views = create_engine(database.url("views"), durable=False)
    async with (
        house(database, "projects", PROJECTS) as projects,
        house(database, "evaluation", [PROJECT_SCORE]) as own,
    ):
        await projects.does(p.DRAFT, replace(p.REVISE, proposal=JOINT), p.SUBMIT)
        runner = Runner(scores_in(settings.time_zone), views, [projects.source, own.source])
        app = create_app("evaluation", routers=[router])
        app.state.parts = Parts(settings, projects.clock, own.ledgers, views, runner, group)
        app.state.organisation = group.organisation
        app.state.verifier = Verifier(signer.jwks(), PUBLIC)
        transport = httpx.ASGITransport(app=app)
        async with running(runner), httpx.AsyncClient(transport=transport, base_url=PUBLIC) as http:
            projects.clock.set(datetime.combine(TODAY, time(12), UTC))
            await eventually(lambda: runner.live, "the view can be read")
            assert await runner.wait_for("projects", "company", 4, 30)
            found = {}
            for name in NAMES:
                token = signer.sign(person(name), str(UUID(int=1)), datetime.now(UTC))
                http.headers["Authorization"] = f"Bearer {token}"
                one = await http.get(f"/api/evaluation/scores/{THE_PROJECT}")
                listed = await http.get("/api/evaluation/scores")
                found[name] = (one.status_code, len(listed.json()["scores"]))
            yield found
    await views.dispose()


async def test_a_score_is_told_to_whom_the_project_is_told(answers: dict[str, tuple[int, int]]) -> None:
    assert answers == {name: (200, 1) if name in SEES else (404, 0) for name in NAMES}
