"""Notifications over HTTP, with duties that the test makes and a clock that it moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import httpx

from services.notifications.api.routers import ROUTERS
from services.notifications.channels.accounts import Accounts
from services.notifications.domain.rules import Rules
from services.notifications.jurors import Jurors
from services.notifications.live import Live
from services.notifications.parts import Parts
from shared.auth import Signer, Verifier, load_or_make_key
from shared.bus import Bus
from shared.group_member import GroupMember
from shared.reading import Runner
from shared.settings import Settings
from shared.sources import FeedSource
from tests.notifications.a_duty import MONDAY, RULES, Desk, a_desk, moment_at
from tests.projects.a_group import person
from tests.support.engines import Database
from tests.support.served import served

PUBLIC = "http://localhost:8080"
NOON = moment_at(MONDAY, 12)


@dataclass
class Front:
    """Notifications over HTTP."""

    desk: Desk
    http: httpx.AsyncClient
    signer: Signer

    async def asks(self, who: str, path: str, status: int = 200) -> Any:
        answer = await self.http.get(f"/api/notifications{path}", headers=self._headers(who))
        assert answer.status_code == status, answer.text
        return answer.json()

    async def says(
        self, who: str, path: str, body: dict[str, Any], status: int = 200, **headers_too: str
    ) -> Any:
        """`headers_too`: with _ for -."""
        more = {name.replace("_", "-"): value for name, value in headers_too.items()}
        headers = self._headers(who) | {"Idempotency-Key": str(uuid4())} | more
        answer = await self.http.post(f"/api/notifications{path}", json=body, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    def _headers(self, who: str) -> dict[str, str]:
        token = self.signer.sign(person(who), str(UUID(int=1)), datetime.now(UTC))
        return {"Authorization": f"Bearer {token}", "Accept-Language": "en"}


@asynccontextmanager
async def a_front(database: Database, tmp_path: Path, rules: Rules = RULES) -> AsyncIterator[Front]:
    signer, bus = Signer(load_or_make_key(tmp_path / "key.pem"), PUBLIC), Bus("nats://127.0.0.1:1", "n")
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(a_desk(database, NOON, rules.rules, person))
        planning = desk.planning
        group = GroupMember(bus, FeedSource(bus, "projects"))
        group.organisation = planning.organisation
        settings = Settings(service="notifications", data_dir=tmp_path)
        nobody_reads = cast("Runner", None)
        jurors, accounts = Jurors(bus), Accounts(desk.engine)
        live = Live(bus, desk.engine, planning.organisation)
        parts = Parts(
            settings, desk.clock, desk.engine, nobody_reads, group, jurors, accounts, planning, live
        )
        state = {
            "parts": parts,
            "organisation": planning.organisation,
            "verifier": Verifier(signer.jwks(), PUBLIC),
        }
        http = await stack.enter_async_context(served("notifications", ROUTERS, {}, PUBLIC, **state))
        yield Front(desk, http, signer)
