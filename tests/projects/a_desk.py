"""The service's desk for tests: projects written in a real ledger, read and acted on over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx

from services.projects.accounts import Accounts
from services.projects.files import Files
from services.projects.keys import ERASED_FILE, SealingKeys
from services.projects.parts import Parts
from services.projects.projections.projects import PROJECTS
from services.projects.projections.suspicions import SUSPICIONS
from shared.auth import Signer, load_or_make_key
from shared.bus import Bus
from shared.domain import PersonId
from shared.engines import create_engine
from shared.following import Following
from shared.ledger import RESTRICTED
from shared.reading import Runner, running
from shared.settings import Settings
from shared.signing import Signing
from shared.sources import LocalSource
from tests.projects.a_group import organisation, person
from tests.projects.a_process import PUBLIC, a_process
from tests.projects.a_project import (
    DRAFT,
    FINANCE_AGREES,
    MEET,
    PRECHECK,
    QUALITY_AGREES,
    REVISE,
    SUBMIT,
)
from tests.support.engines import Database
from tests.support.living import THE_PROJECT, House
from tests.support.waiting import eventually

HERE = f"/api/projects/projects/{THE_PROJECT}"
NAMES = {PersonId("secretary"): "李强", PersonId("fitter"): "张伟"}
APPROVAL = (DRAFT, REVISE, SUBMIT, PRECHECK, QUALITY_AGREES, FINANCE_AGREES, MEET)


@dataclass(frozen=True)
class Desk:
    """The service's reading side, with projects that are written behind it."""

    house: House
    parts: Parts
    http: httpx.AsyncClient
    signing: Signing

    async def ask(
        self, name: str, path: str = HERE, language: str = "zh-CN", **query: str | Sequence[str]
    ) -> httpx.Response:
        """Ask as somebody of the group."""
        token = self.parts.signer.sign(person(name), str(UUID(int=1)), datetime.now(UTC))
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
        return await self.http.get(path, params=query, headers=headers)

    async def post(
        self, name: str, act: str, /, *, project: UUID | None = THE_PROJECT, key: str = "", **body: Any
    ) -> httpx.Response:
        """Act as somebody of the group, on a project or on none."""
        path = f"/api/projects/projects/{project}/{act}" if project else f"/api/projects/projects/{act}"
        return await self.to(name, path, key, **body)

    async def to(self, name: str, path: str, /, key: str = "", **body: Any) -> httpx.Response:
        """Send something as somebody of the group."""
        token = self.parts.signer.sign(person(name), str(UUID(int=1)), datetime.now(UTC))
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key or str(uuid4())}
        return await self.http.post(path, json=body, headers=headers)

    async def read(self, name: str, path: str = HERE, **query: str) -> dict[str, Any]:
        """What they are answered, once everything written is to be seen."""
        for ledger, head in (await self.house.ledgers.heads()).items():
            if ledger not in RESTRICTED:  # which no view follows
                assert await self.parts.runner_projects.wait_for("projects", ledger, head.position, 30)
        answer = await self.ask(name, path, **query)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def later(self, **by: float) -> None:
        """Let time pass."""
        self.house.clock.set(self.house.clock.now() + timedelta(**by))


@asynccontextmanager
async def reading_of(
    home: House, database: Database, tmp_path: Path, *, begun: bool = True
) -> AsyncIterator[Desk]:
    views = create_engine(database.url("views"), durable=False)
    signer = Signer(load_or_make_key(tmp_path / "key.pem"), PUBLIC)
    known = organisation()
    settings = Settings(service="projects", data_dir=tmp_path, file_megabytes_at_most=1)
    parts = Parts(
        settings=settings,
        clock=home.clock,
        ledgers=home.ledgers,
        writer=home.writer,
        organisation=known,
        accounts=Accounts(home.engine),
        keys=SealingKeys(home.engine, tmp_path / ERASED_FILE),
        files=Files(settings, home.engine, home.clock),
        bus=Bus("nats://127.0.0.1:1", "projects"),
        views=views,
        runner_projects=Runner(PROJECTS, views, [home.source]),
        runner_suspicions=Runner(SUSPICIONS, views, [home.source]),
        following=Following(LocalSource(home.ledgers), known),  # not begun: nobody tells it of its ledger
        signer=signer,
        names=NAMES.get,
    )
    signing = Signing(home.ledgers, settings)
    await signing.begin()
    async with (
        running(*([parts.runner_projects, parts.runner_suspicions] if begun else [])),
        a_process(parts, signing=signing) as http,
    ):
        await eventually(lambda: parts.runner_projects.live == begun, "the view can be read")
        yield Desk(home, parts, http, signing)
    await views.dispose()
