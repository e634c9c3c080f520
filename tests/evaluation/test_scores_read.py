"""Scores over HTTP are told to whom the project is told, and to nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
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
from tests.contracts.test_sight import JOINT
from tests.evaluation.a_programme import published
from tests.projects import a_project as p
from tests.projects.a_group import EVERYBODY, TODAY, organisation, person
from tests.projects.test_sight import SEES
from tests.support.engines import Database
from tests.support.living import PROJECTS, THE_PROJECT, House, house
from tests.support.served import served
from tests.support.waiting import eventually

PUBLIC = "http://localhost:8080"
NAMES = (*EVERYBODY, "guest on the team")


@dataclass
class Desk:
    """Evaluation over HTTP, beside the projects whose events it has."""

    http: httpx.AsyncClient
    projects: House
    runner: Runner
    signer: Signer

    async def get(self, path: str, name: str = "headquarters") -> httpx.Response:
        """As this person, once every event of projects is there."""
        for ledger, head in (await self.projects.ledgers.heads()).items():
            assert await self.runner.wait_for("projects", ledger, head.position, 30)
        token = self.signer.sign(person(name), str(UUID(int=1)), datetime.now(UTC))
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        return await self.http.get(f"/api/evaluation{path}", headers=headers)


@pytest.fixture
async def desk(database: Database, tmp_path: Path) -> AsyncIterator[Desk]:
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
        runner = Runner(scores_in(settings.time_zone), views, [projects.source, own.source])
        state: dict[str, Any] = {
            "parts": Parts(settings, projects.clock, own.ledgers, views, runner, group),
            "organisation": group.organisation,
            "verifier": Verifier(signer.jwks(), PUBLIC),
        }
        async with running(runner), served("evaluation", [router], {}, PUBLIC, **state) as http:
            await eventually(lambda: runner.live, "the view can be read")
            yield Desk(http, projects, runner, signer)
    await views.dispose()


async def test_a_score_is_told_to_whom_the_project_is_told(desk: Desk) -> None:
    await desk.projects.does(p.DRAFT, replace(p.REVISE, proposal=JOINT), p.SUBMIT)
    desk.projects.clock.set(datetime.combine(TODAY, time(12), UTC))
    found = {}
    for name in NAMES:
        one = await desk.get(f"/scores/{THE_PROJECT}", name)
        listed = await desk.get("/scores", name)
        found[name] = (one.status_code, len(listed.json()["scores"]))
    assert found == {name: (200, 1) if name in SEES else (404, 0) for name in NAMES}


async def test_a_scheme_that_cannot_be_used_is_a_problem_of_its_projects_alone(desk: Desk) -> None:
    await published(desk.projects, {"x": 1})
    await desk.projects.does(p.DRAFT, p.REVISE, p.SUBMIT)
    other = UUID(int=THE_PROJECT.int + 1)
    await desk.projects.does(p.DRAFT, p.REVISE, replace(p.SUBMIT, programme="2026.2"), stream=other)
    desk.projects.clock.set(datetime.combine(TODAY, time(12), UTC))
    listed = await desk.get("/scores")
    assert listed.status_code == 200, listed.text
    lines = {UUID(line["project"]): line for line in listed.json()["scores"]}
    assert lines[THE_PROJECT]["problem"] == "The assessment scheme of this project cannot be used."
    assert lines[THE_PROJECT]["open"] is lines[other]["problem"] is None
    assert Decimal(lines[other]["open"]) > 0
    one = await desk.get(f"/scores/{THE_PROJECT}")
    assert (one.status_code, one.json()["code"]) == (409, "SchemeUnreadable")
    assert one.json()["faults"] == ["Object missing required field `total`"]
