"""A juror's inbox over HTTP: theirs by letter, as evaluation says; what is kept names nobody (0079, 0085)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from sqlalchemy import select

from services.evaluation import tables as of_evaluation
from services.evaluation.domain.review.panel import Command
from services.evaluation.domain.review.panel.checks import AskCheck
from services.evaluation.review.keys import ReviewKeys, seal_letters
from services.evaluation.review.streams import Streams
from services.evaluation.review.telling import telling
from services.notifications import tables
from services.notifications.api.routers import ROUTERS
from services.notifications.channels.accounts import Accounts
from services.notifications.jurors import SUBJECT, Jurors
from services.notifications.live import Live
from services.notifications.parts import Parts
from shared import checkpoints
from shared.auth import Signer, Verifier, load_or_make_key
from shared.bus import Bus
from shared.clock import SystemClock
from shared.domain import PersonId
from shared.engines import begin
from shared.group_member import GroupMember
from shared.settings import Settings
from shared.sources import FeedSource
from tests.evaluation.review import a_panel as a
from tests.evaluation.review import test_cycle as of_cycle
from tests.notifications.an_inbox import ORGANISATION, Office, planning
from tests.notifications.test_of_panels import FIX, OPEN, SCORED, THE_REVIEW, on_panel, on_review
from tests.projects.a_group import person
from tests.support.nats_server import NatsServer
from tests.support.served import served
from tests.support.waiting import eventually

PUBLIC = "http://localhost:8080"
WHO = {letter: person(f"juror {letter}") for letter in a.JURORS}


@dataclass
class Desk:
    """Notifications over HTTP, and evaluation beside it, which answers once it is asked to."""

    office: Office
    http: httpx.AsyncClient
    evaluation: Bus
    signer: Signer
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    async def opens(self, *commands: Command) -> None:
        """A panel whose jurors are known to evaluation alone."""
        engine = self.office.evaluation.engine
        async with begin(engine) as connection:
            await connection.run_sync(of_evaluation.metadata.create_all)
        key = await ReviewKeys(engine).give(str(THE_REVIEW))
        await on_review(self.office, of_cycle.OPEN)
        await on_panel(self.office, replace(FIX, sealed=seal_letters(key, WHO)), OPEN, *commands)

    async def answers(self) -> None:
        """Evaluation is there."""
        house = self.office.evaluation
        answer = telling(Streams(house.ledgers), ReviewKeys(house.engine))

        async def answered(payload: bytes) -> bytes:
            self.asked.append(msgspec.json.decode(payload))
            return await answer(payload)

        await self.evaluation.serve(SUBJECT, "evaluation", answered)

    async def todo(self, who: PersonId) -> dict[str, Any]:
        await self.office.reached()
        answer = await self.http.get("/api/notifications/inbox/todo", headers=self._headers(who))
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def reads(self, who: PersonId, entry: str) -> int:
        path = f"/api/notifications/inbox/{entry}/read"
        return (await self.http.post(path, headers=self._headers(who))).status_code

    def _headers(self, who: PersonId) -> dict[str, str]:
        token = self.signer.sign(who, str(UUID(int=1)), datetime.now(UTC))
        return {"Authorization": f"Bearer {token}", "Accept-Language": "en"}


@pytest.fixture
async def desk(office: Office, nats: NatsServer, tmp_path: Path) -> AsyncIterator[Desk]:
    signer = Signer(load_or_make_key(tmp_path / "key.pem"), PUBLIC)
    asking, evaluation = Bus(nats.url, "notifications"), Bus(nats.url, "evaluation")
    async with AsyncExitStack() as stack:
        for bus in (asking, evaluation):
            assert await bus.connect(10)
            stack.push_async_callback(bus.close)
        group = GroupMember(asking, FeedSource(asking, "projects"))
        group.organisation = ORGANISATION
        settings = Settings(service="notifications", data_dir=tmp_path)
        state: dict[str, Any] = {
            "parts": Parts(
                settings,
                SystemClock(),
                office.engine,
                office.runner,
                group,
                Jurors(asking),
                Accounts(office.engine),
                planning(),
                Live(asking, office.engine, ORGANISATION),
            ),
            "organisation": ORGANISATION,
            "verifier": Verifier(signer.jwks(), PUBLIC),
        }
        http = await stack.enter_async_context(served("notifications", ROUTERS, {}, PUBLIC, **state))
        yield Desk(office, http, evaluation, signer)


async def test_a_juror_finds_what_they_owe_and_nobody_else_does(desk: Desk) -> None:
    """With the panel and its day in their language, and neither a letter nor anybody's name."""
    await desk.answers()
    await desk.opens()
    shown = await desk.todo(WHO["A"])
    (entry,) = shown["entries"]
    said = "You are invited to judge (dossier review, safety and quality); first declare what ties you"
    assert entry["text"] == f"{said} to a project. Cards are due on 2026-11-14."
    assert (shown["todo"], entry["due"]) == (1, "2026-11-14")
    assert not {*entry} & {"occurrence", "recipient", "letter"}
    for other in (WHO[a.SPARE], person("hq")):
        assert (await desk.todo(other))["entries"] == []
    assert await desk.reads(WHO["B"], entry["id"]) == 404
    assert await desk.reads(WHO["A"], entry["id"]) == 204
    assert (await desk.todo(WHO["A"]))["entries"][0]["read_at"] is not None


async def test_what_is_owed_waits_while_evaluation_is_away_and_is_there_once_afterwards(desk: Desk) -> None:
    """Nothing else waits for it: the inboxes of others are as they were."""
    await desk.opens()
    assert (await desk.todo(WHO["A"]))["entries"] == []
    await desk.answers()

    async def found() -> bool:
        return bool((await desk.todo(WHO["A"]))["entries"])

    await eventually(found, "evaluation answers")
    assert (await desk.todo(WHO["A"]))["todo"] == 1


async def test_each_letter_is_asked_for_once(desk: Desk) -> None:
    """Whoever reads: no juror's letter ever changes."""
    await desk.answers()
    await desk.opens()
    for who in (WHO["A"], WHO["B"], person("hq")):
        await desk.todo(who)
    ((asked,),) = (one.values() for one in desk.asked)
    assert asked == ["A", "B", "C", "D", "E"]


async def test_nothing_that_notifications_keep_names_a_juror(desk: Desk) -> None:
    """Neither before nor after they have read, declared and scored, and were asked to look again."""
    await desk.answers()
    ask = AskCheck(a.as_juror("A"), 2, "C", asking="A", reason="远")
    await desk.opens(*SCORED, ask)
    for who in WHO.values():
        for entry in (await desk.todo(who))["entries"]:
            assert await desk.reads(who, entry["id"]) == 204
    kept: list[str] = []
    async with desk.office.engine.connect() as connection:
        for table in (*tables.metadata.sorted_tables, *checkpoints.metadata.sorted_tables):
            kept += map(str, (await connection.execute(select(table))).all())
    assert len(kept) > 10
    assert not [line for line in kept if any(who in line for who in WHO.values())]
