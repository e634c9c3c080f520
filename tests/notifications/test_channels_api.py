"""Channels over HTTP: set up by their operator alone, with secrets that go in and never come out (R80)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID, uuid4

import httpx
import msgspec
import pytest
from sqlalchemy import insert, update

from services.notifications import tables
from services.notifications.api.routers import ROUTERS
from services.notifications.channels import Answer
from services.notifications.channels.accounts import Accounts
from services.notifications.channels.settings import WebhookSettings
from services.notifications.domain.known import Known
from services.notifications.jurors import Jurors
from services.notifications.live import Live
from services.notifications.parts import Parts
from services.notifications.planning import Planning
from shared import roster
from shared.auth import SignedIn, Signer, Verifier, load_or_make_key
from shared.bus import Bus
from shared.domain import OfficeId, PersonId
from shared.engines import begin
from shared.group_member import GroupMember
from shared.reading import Runner
from shared.settings import Settings
from shared.sources import FeedSource
from tests.notifications.a_channel import NOON, PROJECT, SENT, Post
from tests.notifications.an_inbox import BOOK, RULES, reaction, the_organisation
from tests.notifications.channels.a_receiver import new_secret
from tests.notifications.test_sending import sends_all
from tests.projects import a_project as p
from tests.projects.a_group import person
from tests.support.recorded import recorded
from tests.support.served import served

PUBLIC = "http://localhost:8080"
NATS_AWAY = "nats://127.0.0.1:9"
HOLDERS = (
    ("operator", "company_operator", p.COMPANY),
    ("group operator", "group_operator", p.GROUP),
    ("auditor", "auditor", p.GROUP),
    ("officer", "publicity_member", p.BRANCH),
)
SETTINGS = {"host": "smtp.example", "sender": "d@denggao.example", "password": "open sesame"}
GONE = Answer("never", "550", "no such user")


class ByName(Verifier):
    """People here are called by their names, and tokens speak of ids."""

    names: ClassVar[dict[str, str]] = {}

    def verify(self, token: str, now: datetime) -> SignedIn:
        said = super().verify(token, now)
        return replace(said, person=PersonId(self.names[said.person]))


@dataclass
class Front:
    """Notifications over HTTP, and the post behind it."""

    post: Post
    http: httpx.AsyncClient
    signer: Signer

    async def get(self, who: str, path: str, status: int = 200, language: str = "en") -> Any:
        answer = await self.http.get(f"/api/notifications/{path}", headers=self._headers(who, language))
        assert answer.status_code == status, answer.text
        return answer.json()

    async def does(self, who: str, path: str, body: Any = None, status: int = 200) -> Any:
        headers = self._headers(who, "en") | {"Idempotency-Key": str(uuid4())}
        content = b"" if body is None else msgspec.json.encode(body)
        if body is not None:
            headers["Content-Type"] = "application/json"
        answer = await self.http.post(f"/api/notifications/{path}", content=content, headers=headers)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def _headers(self, who: str, language: str) -> dict[str, str]:
        ByName.names[person(who)] = who
        token = self.signer.sign(person(who), str(UUID(int=1)), datetime.now(UTC))
        return {"Authorization": f"Bearer {token}", "Accept-Language": language}


@pytest.fixture
async def front(post: Post, tmp_path: Path) -> AsyncIterator[Front]:
    signer, organisation = Signer(load_or_make_key(tmp_path / "key.pem"), PUBLIC), the_organisation()
    for place, (who, office, unit) in enumerate(HOLDERS, organisation.position + 1):
        term = roster.OfficeAppointed(
            OfficeId(f"term-{who}"),
            PersonId(who),
            office,
            unit,
            date(2026, 1, 1),
            None,
            False,
            False,
            PersonId("hq"),
        )
        organisation.apply(recorded(place, term, datetime(2026, 1, 2, tzinfo=UTC)))
    bus = Bus(NATS_AWAY, "notifications")
    group = GroupMember(bus, FeedSource(bus, "projects"))
    group.organisation = post.organisation = organisation
    accounts = Accounts(post.engine, {"mail": lambda _: post.outside, "webhook": lambda _: post.outside})
    settings = Settings(service="notifications", data_dir=tmp_path)
    runner = Runner(reaction(), post.engine, [FeedSource(bus, s) for s in ("projects", "evaluation")])
    planning = Planning(BOOK, organisation, post.clock, settings.time_zone)
    jurors, live = Jurors(bus), Live(bus, post.engine, organisation)
    parts = Parts(settings, post.clock, post.engine, runner, group, jurors, accounts, planning, live)
    known = Known(title="涂装返修率", company=p.COMPANY, unit=p.BRANCH, leader="党支部", lead="secretary")
    async with begin(post.engine) as connection:
        row = {"id": PROJECT, "facts": msgspec.json.encode(known).decode()}
        await connection.execute(insert(tables.known).values(row))
    state: dict[str, Any] = {"parts": parts, "organisation": organisation}
    state["verifier"] = ByName(signer.jwks(), PUBLIC)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(served("notifications", ROUTERS, {}, PUBLIC, **state))
        yield Front(post, http, signer)


CHANNELS = f"channels/{p.COMPANY}"
MAIL = f"{CHANNELS}/mail"


async def test_a_channel_is_set_up_turned_on_checked_and_shown_without_its_secrets(front: Front) -> None:
    set_up = await front.does("operator", MAIL, {"settings": SETTINGS})
    assert set_up["settings"]["password_is_set"] is True
    assert (await front.does("operator", f"{MAIL}/enabled", {"enabled": False}))["enabled"] is False
    assert (await front.does("operator", f"{MAIL}/enabled", {"enabled": True}))["enabled"] is True
    assert (await front.does("operator", f"{MAIL}/check"))["ok"] is True
    shown = {one["channel"]: one for one in await front.get("operator", CHANNELS)}
    assert shown["mail"]["settings"]["host"] == "smtp.example"
    assert (shown["wecom"]["set_up"], shown["wecom"]["settings"]) == (False, None)
    changes = await front.get("operator", f"{MAIL}/changes")
    assert [change["number"] for change in changes] == [3, 2, 1]
    assert {change["by"] for change in changes} == {"operator"}
    kept = [str(row) for table in tables.metadata.sorted_tables for row in await front.post.rows(table)]
    assert not [text for text in (*kept, str(shown), str(changes), str(set_up)) if "open sesame" in text]


async def test_a_new_channel_is_off_until_it_is_turned_on(front: Front) -> None:
    new = {"settings": {"corp_id": "ww1", "agent_id": 7, "secret": "open sesame"}}
    assert (await front.does("operator", f"{CHANNELS}/wecom", new))["enabled"] is False


async def test_a_secret_left_empty_stays_and_the_same_again_changes_nothing(front: Front) -> None:
    for _ in range(2):
        await front.does("operator", MAIL, {"settings": SETTINGS})
    without = {key: value for key, value in SETTINGS.items() if key != "password"}
    again = await front.does("operator", MAIL, {"settings": without})
    assert again["settings"]["password_is_set"] is True
    assert len(await front.get("operator", f"{MAIL}/changes")) == 1


HOOK = f"{CHANNELS}/webhook"


async def test_a_receiver_is_told_only_once_it_has_answered_its_challenge(front: Front) -> None:
    """And one at another address has to answer its own."""
    settings = {"url": "https://hook.example/in", "secret": new_secret()}
    await front.does("operator", HOOK, {"settings": settings})
    front.post.outside.answers = lambda _: Answer("never", "challenge", of_channel=True)
    refused = await front.does("operator", f"{HOOK}/enabled", {"enabled": True}, 409)
    assert refused["code"] == "ReceiverDoesNotConfirm"

    front.post.outside.answers = lambda _: Answer("sent", "HTTP 200")
    assert (await front.does("operator", f"{HOOK}/enabled", {"enabled": True}))["enabled"] is True
    same = await front.does("operator", HOOK, {"settings": settings | {"a_minute": 6}})
    assert same["enabled"] is True
    moved = await front.does("operator", HOOK, {"settings": settings | {"url": "https://other.example/"}})
    assert moved["enabled"] is False


async def test_of_a_changed_secret_the_one_before_is_signed_with_for_another_day(front: Front) -> None:
    old, new, shown = new_secret(), new_secret(), ""
    for secret in (old, new, "", new):  # what is left empty, or said again, changes nothing
        settings = {"url": "https://hook.example/in", "secret": secret}
        shown += str(await front.does("operator", HOOK, {"settings": settings}))
    (row,) = [row for row in await front.post.rows(tables.channels) if row.channel == "webhook"]
    kept = await Accounts(front.post.engine).opened(row)
    assert isinstance(kept, WebhookSettings)
    before, now = kept.signing().secrets
    assert (before.value, now.value, now.until) == (old, new, None)
    assert before.until is not None
    assert timedelta(0) < before.until - datetime.now(UTC) <= timedelta(days=1)
    assert old not in str(row)
    assert old not in shown
    assert len(await front.get("operator", f"{HOOK}/changes")) == 2


async def test_secrets_that_retire_are_nothing_to_enter(front: Front) -> None:
    settings = {"url": "https://hook.example/in", "secret": new_secret(), "retiring": "[]"}
    refused = await front.does("operator", HOOK, {"settings": settings}, 422)
    assert "settings.retiring" in refused["detail"]


@pytest.mark.parametrize(
    ("channel", "settings", "field"),
    [
        ("mail", {"host": "h", "sender": "no address"}, "settings.sender"),
        ("mail", {"host": "a\r\nb", "sender": "a@b.example"}, "settings.host"),
        ("mail", {"host": "h", "sender": "a@b.example", "port": 70000}, "settings.port"),
        ("mail", {"host": "h", "sender": "a@b.example", "more": 1}, "settings.more"),
        ("wecom", {"corp_id": "c", "agent_id": 1}, "settings.secret"),
        ("webhook", {"url": "http://example.com/hook", "secret": "s"}, "settings.url"),
        ("robot", {"provider": "wecom"}, "settings.url"),
    ],
)
async def test_settings_that_cannot_be_used_are_refused_by_field(
    front: Front, channel: str, settings: dict[str, Any], field: str
) -> None:
    refused = await front.does("operator", f"{CHANNELS}/{channel}", {"settings": settings}, 422)
    assert refused["code"] == "FieldsWrong"
    assert field in refused["detail"]


@pytest.mark.parametrize("who", ["group operator", "secretary", "prechecker", "auditor", "nobody known"])
async def test_nobody_but_the_companys_operator_sees_or_touches_its_channels(front: Front, who: str) -> None:
    """R80: the group's operator neither."""
    await front.get(who, CHANNELS, 403)
    await front.get(who, f"dead-letters/{p.COMPANY}", 403)
    await front.does(who, MAIL, {"settings": SETTINGS}, 403)
    await front.does(who, f"{MAIL}/enabled", {"enabled": True}, 403)
    await front.does(who, f"{MAIL}/check", None, 403)
    await front.does(who, f"dead-letters/{p.COMPANY}/resend", {}, 403)


async def test_the_groups_operator_has_the_channels_of_the_group_alone(front: Front) -> None:
    await front.get("group operator", f"channels/{p.GROUP}")
    await front.get("operator", f"channels/{p.GROUP}", 403)
    await front.get("operator", f"channels/{p.BRANCH}", 403)


async def test_a_channel_that_is_not_there_says_so(front: Front) -> None:
    missing = await front.does("operator", f"{CHANNELS}/feishu/check", None, 404)
    assert missing["code"] == "ChannelNotSetUp"
    new = {"settings": {"corp_id": "ww1", "agent_id": 7, "secret": "s"}}
    await front.does("operator", f"{CHANNELS}/wecom", new)
    refused = await front.does("operator", f"{CHANNELS}/wecom/check", None, 409)
    assert refused["code"] == "ChannelNotInstalled"


# dead letters


async def dies(front: Front, who: str = "secretary") -> UUID:
    delivery = await front.post.owes(who)
    front.post.outside.answers = lambda _: GONE
    await sends_all(front.post)
    return delivery


async def test_the_operator_sees_why_and_not_what_and_has_it_sent_again(front: Front) -> None:
    delivery = await dies(front)
    page = await front.get("operator", f"dead-letters/{p.COMPANY}")
    (letter,) = page["deliveries"]
    assert (letter["id"], letter["cause"], letter["state"]) == (str(delivery), "refused", "dead")
    assert letter["attempts"][0]["answer"] == "no such user"
    assert "涂装返修率" not in str(page)
    assert "secret.example" not in str(page)
    front.post.outside.answers = lambda _: Answer("sent", "250")
    body = {"delivery": str(delivery)}
    assert await front.does("operator", f"dead-letters/{p.COMPANY}/resend", body) == {
        "resent": 1,
        "more": False,
    }
    assert await front.does("operator", f"dead-letters/{p.COMPANY}/resend", body) == {
        "resent": 0,
        "more": False,
    }
    await sends_all(front.post)
    assert front.post.outside.ids == [str(delivery)]
    row = await front.post.delivery(delivery)
    of = await front.get("secretary", f"deliveries/of/{row.obligation}")
    attempts = of["deliveries"][0]["attempts"]
    assert [one["outcome"] for one in attempts] == ["never", "resent", "sent"]
    assert [one["by"] for one in attempts] == [None, "operator", None]


async def test_what_is_sent_again_at_night_goes_in_the_morning_unless_it_is_urgent(
    front: Front,
) -> None:
    quiet, urgent = [await dies(front, "secretary") for _ in range(2)]
    async with begin(front.post.engine) as connection:
        of = update(tables.deliveries).where(tables.deliveries.c.id == urgent)
        await connection.execute(of.values(urgent=0))
    front.post.clock.time = NOON + timedelta(hours=10)  # 22:00 on a Monday
    front.post.outside.answers = lambda _: SENT
    assert (await front.does("operator", f"dead-letters/{p.COMPANY}/resend", {}))["resent"] == 2
    await sends_all(front.post)
    assert front.post.outside.ids == [str(urgent)]
    front.post.clock.time = NOON + timedelta(hours=20)  # 08:00
    await sends_all(front.post)
    assert front.post.outside.ids == [str(urgent), str(quiet)]


async def test_all_of_a_cause_are_sent_again_and_no_others(front: Front) -> None:
    for who in ("secretary", "deputy", "fitter"):
        await dies(front, who)
    body = {"cause": "no_address"}
    assert (await front.does("operator", f"dead-letters/{p.COMPANY}/resend", body))["resent"] == 1
    left = await front.get("operator", f"dead-letters/{p.COMPANY}?cause=refused&limit=1")
    assert len(left["deliveries"]) == 1
    rest = await front.get("operator", f"dead-letters/{p.COMPANY}?cause=refused&after={left['next']}")
    assert (len(rest["deliveries"]), rest["next"]) == (1, None)


async def test_causes_are_said_in_the_readers_language(front: Front) -> None:
    await dies(front, "fitter")
    said = [
        (await front.get("operator", f"dead-letters/{p.COMPANY}", language=tongue))["deliveries"][0]
        for tongue in ("en", "zh-CN")
    ]
    assert [one["cause_label"] for one in said] == [
        "the person has no address in this channel",
        "收件人无此渠道的联系方式",
    ]


# was the secretary told in time?


@pytest.mark.parametrize("who", ["secretary", "chair", "prechecker", "hq", "auditor", "discipline"])
async def test_whoever_is_told_leads_or_oversees_the_project_sees_what_became_of_it(
    front: Front, who: str
) -> None:
    await front.post.owes("deputy")
    row = await front.post.delivery(await front.post.owes("secretary"))
    await sends_all(front.post)
    (one,) = (await front.get(who, f"deliveries/of/{row.obligation}"))["deliveries"]
    assert (one["state"], one["person"], len(one["attempts"])) == ("sent", "secretary", 1)
    assert len((await front.get(who, f"deliveries/project/{PROJECT}"))["told"]) == 2


@pytest.mark.parametrize("who", ["welder", "officer", "operator", "group operator", "nobody known"])
async def test_nobody_else_does(front: Front, who: str) -> None:
    """Neither members and officers of the same branch, nor those who operate the system (R67, R80)."""
    row = await front.post.delivery(await front.post.owes("secretary"))
    await front.get(who, f"deliveries/of/{row.obligation}", 404)
    await front.get(who, f"deliveries/project/{PROJECT}", 404)
    await front.get(who, f"deliveries/of/{uuid4()}", 404)


async def test_of_what_is_sealed_only_its_recipient_sees_it(front: Front) -> None:
    sealed = next(rule.id for rule in RULES.rules if rule.sealed)
    row = await front.post.delivery(await front.post.owes("discipline", rule=sealed))
    assert len((await front.get("discipline", f"deliveries/of/{row.obligation}"))["deliveries"]) == 1
    await front.get("chair", f"deliveries/of/{row.obligation}", 404)
    assert (await front.get("chair", f"deliveries/project/{PROJECT}"))["told"] == []


async def test_reading_makes_no_notice(front: Front) -> None:
    """R76."""
    row = await front.post.delivery(await front.post.owes("secretary"))
    before = [len(await front.post.rows(table)) for table in tables.metadata.sorted_tables]
    await front.get("discipline", f"deliveries/of/{row.obligation}")
    await front.get("auditor", f"deliveries/project/{PROJECT}")
    assert [len(await front.post.rows(table)) for table in tables.metadata.sorted_tables] == before


async def test_the_office_above_registers_that_it_has_told_by_word(front: Front) -> None:
    delivery = await dies(front, "fitter")
    (owed,) = [row for row in await front.post.rows(tables.obligations) if row.rule == "n45"]
    await front.does("secretary", f"deliveries/{delivery}/told", None, 404)
    for _ in range(2):
        await front.does(owed.recipient, f"deliveries/{delivery}/told", None, 204)
    (owed,) = [row for row in await front.post.rows(tables.obligations) if row.rule == "n45"]
    assert owed.done_by_recipient
    assert owed.changed > 1, "whoever has the inbox open sees it end"
