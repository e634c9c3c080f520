"""Was the secretary told in time? Who was told what, as a list, and as the part of a project's dossier."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import insert, update

from services.notifications import tables
from services.notifications.api.routers import ROUTERS
from services.notifications.channels import Answer
from services.notifications.channels.accounts import Accounts
from services.notifications.domain.recipients import JUROR
from services.notifications.jurors import Jurors
from services.notifications.live import Live
from services.notifications.parts import Parts
from services.notifications.timers import see_to_due
from services.notifications.told import told_of
from services.notifications.told_document import Record, document
from services.projects.domain.project.approval import ReturnProposal
from services.projects.domain.project.route import Wanted
from shared import roster
from shared.auth import Signer, load_or_make_key
from shared.bus import Bus
from shared.domain import OfficeId, PersonId
from shared.dossier import LANGUAGES, unpack
from shared.dossier_cut import HEADER
from shared.engines import begin
from shared.envelope import micros
from shared.group_member import GroupMember
from shared.organisation import Organisation
from shared.sentences import Language, word
from shared.settings import Settings
from shared.sources import FeedSource
from tests.notifications.a_channel import PUBLIC, Outside, Post
from tests.notifications.an_inbox import (
    BOOK,
    RULES,
    SHANGHAI,
    SUBMITTED,
    TITLE,
    Office,
    planning,
    the_organisation,
)
from tests.notifications.test_channels_api import GONE, NATS_AWAY, ByName, Front
from tests.notifications.test_sending import sends_all
from tests.projects import a_project as p
from tests.support.clocks import SetClock
from tests.support.living import THE_PROJECT
from tests.support.recorded import recorded
from tests.support.served import served

LIST = f"deliveries/project/{THE_PROJECT}"
DOSSIER = f"{LIST}/dossier"
RETURNS = ReturnProposal(p.PRECHECKER, 0, (Wanted("补充数据", "problem"),), rerun=True, seat=p.PRECHECK_SEAT)
RETURNED = (*SUBMITTED, RETURNS)
FILES = {"told.json", "told.zh-CN.pdf", "told.en.pdf", "cut-notifications.json"}


class Called(GroupMember):
    """Everybody is called after their id, until they are erased."""

    erased = frozenset[PersonId]()

    async def names(self, persons: Iterable[PersonId]) -> dict[PersonId, str]:
        return {one: f"Name of {one}" for one in persons if one not in self.erased}


@dataclass
class Told:
    """A project that lives, those who are told of it, and whoever asks whether they were."""

    office: Office
    post: Post
    front: Front
    parts: Parts

    async def lives(self, *commands: Any) -> None:
        """It goes on, and what follows is sent."""
        await self.office.does(*commands)
        await self.passes()

    async def passes(self, **time: int) -> None:
        """Time goes by; reminders are told, and messages sent."""
        await self.office.reached()
        clock = self.office.projects.clock
        clock.set(clock.now() + timedelta(**time))
        self.post.clock.time = clock.now()
        while await see_to_due(self.office.engine, planning(clock, self.parts.group.organisation)):
            pass
        await sends_all(self.post)

    async def list(self, who: str = "auditor", language: str = "en") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self.front.get(who, LIST, language=language))["told"]
        return found

    async def of(self, person: str, rule: str = "n02", told_as: str = "notice") -> dict[str, Any]:
        which = (rule, person, told_as)
        (found,) = [one for one in await self.list() if (one["rule"], one["person"], one["told_as"]) == which]
        return found

    async def asked(self, query: str = "", who: str = "auditor") -> httpx.Response:
        headers = self.front._headers(who, "en")
        return await self.front.http.get(f"/api/notifications/{DOSSIER}{query}", headers=headers)

    async def taken(self, query: str = "", who: str = "auditor") -> bytes:
        answer = await self.asked(query, who)
        assert answer.status_code == 200, answer.text
        return answer.content


def appointed(organisation: Organisation, who: str, office: str, *, mandate: bool = False) -> None:
    term = roster.OfficeAppointed(
        OfficeId(f"term-{who}"),
        PersonId(who),
        office,
        p.GROUP,
        date(2026, 1, 1),
        None,
        False,
        False,
        PersonId("hq"),
        opened_in=p.GROUP if mandate else None,
    )
    organisation.apply(recorded(organisation.position + 1, term, datetime(2026, 1, 2, tzinfo=UTC)))


@pytest.fixture
async def told(office: Office, tmp_path: Path) -> AsyncIterator[Told]:
    signer, organisation = Signer(load_or_make_key(tmp_path / "key.pem"), PUBLIC), the_organisation()
    appointed(organisation, "auditor", "auditor")
    appointed(organisation, "outsider", "auditor", mandate=True)
    bus, clock = Bus(NATS_AWAY, "notifications"), office.projects.clock
    group = Called(bus, FeedSource(bus, "projects"))
    group.organisation = organisation
    post = Post(office.engine, SetClock(clock.now()), Outside(), organisation=organisation)
    await post.sets_up()
    settings = Settings(service="notifications", data_dir=tmp_path)
    parts = Parts(
        settings,
        clock,
        office.engine,
        office.runner,
        group,
        Jurors(bus),
        Accounts(office.engine, {"mail": lambda _: post.outside}),
        planning(clock, organisation),
        Live(bus, office.engine, organisation),
    )
    state: dict[str, Any] = {"parts": parts, "organisation": organisation}
    state["verifier"] = ByName(signer.jwks(), PUBLIC)
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(served("notifications", ROUTERS, {}, PUBLIC, **state))
        yield Told(office, post, Front(post, http, signer), parts)


async def test_an_auditor_sees_that_the_secretary_was_told_outside_too_and_did_it_in_time(told: Told) -> None:
    await told.lives(*RETURNED)
    waits = await told.of("secretary", "n06")
    assert (waits["done_at"], waits["done_before_due"], waits["told_before_due"]) == (None, None, True)
    (mail,) = waits["deliveries"]
    assert (mail["state"], mail["before_due"], mail["channel_label"]) == ("sent", True, "mail")
    assert [one["outcome"] for one in mail["attempts"]] == ["sent"]
    await told.lives(p.SUBMIT)
    done = await told.of("secretary", "n06")
    assert (done["done_by_recipient"], done["done_before_due"]) == (True, True)
    assert done["done_by_event"] == "projects/company/6"


async def test_whoever_was_asked_in_an_office_shows_with_it_and_who_of_them_did_it(told: Told) -> None:
    await told.lives(*SUBMITTED, p.PRECHECK)
    done, colleague = await told.of("prechecker"), await told.of("colleague")
    assert (done["done_by_recipient"], colleague["done_by_recipient"]) == (True, False)
    assert done["name"] == "Name of prechecker"
    step = await told.of("quality", "n03")
    assert (step["office"], step["unit_name"]) == ("source_department", "长河机电")
    assert step["office_label"] == word("office", "source_department", "en")


async def test_what_reached_nobody_shows_with_its_cause_and_who_then_had_to_tell_them(told: Told) -> None:
    del told.post.book.contacts["secretary"]
    await told.lives(*RETURNED)
    (never,) = (await told.of("secretary", "n06"))["deliveries"]
    assert (never["state"], never["cause"], never["before_due"]) == ("dead", "no_address", None)
    assert never["cause_label"] == "the person has no address in this channel"
    assert [one["kind"] for one in await told.list() if one["rule"] == "n45"] == ["todo"]
    await told.passes(days=30)
    (never,) = (await told.of("secretary", "n06"))["deliveries"]
    assert never["before_due"] is False


async def test_what_was_not_done_by_its_date_shows_with_its_reminder_and_escalation(told: Told) -> None:
    await told.lives(*SUBMITTED)
    for days in (6, 9):
        await told.passes(days=days)
    late = await told.of("prechecker")
    assert (late["done_at"], late["done_before_due"], late["told_before_due"]) == (None, False, True)
    reminder = await told.of("prechecker", told_as="reminder")
    assert reminder["told_as_label"] == "reminded"
    assert late["told_at"] < reminder["told_at"] < f"{late['due']}T23:59"
    escalation = await told.of("overseer", told_as="escalation")
    assert (escalation["event"], escalation["told_before_due"]) == (late["event"], False)
    await told.office.does(p.PRECHECK)
    await told.office.reached()
    assert (await told.of("prechecker"))["done_before_due"] is False


async def test_it_is_said_in_the_readers_language_a_page_at_a_time(told: Told) -> None:
    await told.lives(*SUBMITTED)
    said = {one["rule"]: one["title"] for one in await told.list(language="zh-CN")}
    assert said["n02"] == "立项待初审"
    assert {one["told_as_label"] for one in await told.list(language="zh-CN")} == {"通知"}
    first = await told.front.get("auditor", f"{LIST}?limit=1")
    rest = await told.front.get("auditor", f"{LIST}?after={first['next']}")
    assert [*first["told"], *rest["told"]] == await told.list()
    assert rest["next"] is None


async def test_the_same_request_gives_the_same_bytes_and_with_its_cut_whatever_was_done_since(
    told: Told,
) -> None:
    told.post.outside.answers = lambda _: Answer("later", "450", "busy")
    await told.lives(*RETURNED)
    answer = await told.asked()
    first, cut = answer.content, answer.headers[HEADER]
    assert await told.taken() == first
    o = tables.obligations
    async with begin(told.office.engine) as connection:
        after = micros(told.parts.clock.now() + timedelta(seconds=1))
        await connection.execute(update(o).where(o.c.recipient == "secretary").values(read_at=after))
    told.post.outside.answers = lambda _: Answer("sent", "250")
    await told.passes(days=3)
    await told.lives(p.SUBMIT)
    now = await told.of("secretary", "n06")
    assert None not in (now["read_at"], now["done_at"])
    assert now["deliveries"][0]["state"] == "sent"
    assert await told.taken() != first
    assert await told.taken(f"?cut={cut}") == first


async def test_it_holds_what_was_told_as_data_and_to_read_and_its_hashes(told: Told) -> None:
    await told.lives(*RETURNED)
    files = {name: file.read() for name, file in unpack(io.BytesIO(await told.taken())).items()}
    assert files.keys() == FILES
    cut = json.loads(files["cut-notifications.json"])
    assert cut["sha256"] == {
        name: sha256(files[name]).hexdigest() for name in FILES - {"cut-notifications.json"}
    }
    data = json.loads(files["told.json"])
    assert [one["rule"] for one in data["told"]] == ["n02", "n02", "n06"]
    assert len(data["told"][2]["deliveries"][0]["attempts"]) == 1
    assert all(files[f"told.{language}.pdf"].startswith(b"%PDF-") for language in LANGUAGES)


async def test_neither_an_address_nor_what_somebody_wrote_is_in_it(told: Told) -> None:
    """R79: the rule's own words, and the event from which it follows."""
    told.post.outside.answers = lambda message: Answer("never", "550", f"no such user {message.to}")
    await told.lives(*RETURNED)
    for language in LANGUAGES:
        text = await printed(told, language)
        assert "no such user …" in text
        assert "{title}" in text
        assert not [one for one in (TITLE, "补充数据", "secret.example") if one in text]
    data = unpack(io.BytesIO(await told.taken()))["told.json"].read().decode()
    assert not [one for one in (TITLE, "补充数据", "secret.example") if one in data]


@pytest.mark.parametrize(
    ("who", "query", "status", "code"),
    [
        ("secretary", "", 403, "OnlyAuditTakesDossiers"),
        ("hq", "", 403, "OnlyAuditTakesDossiers"),
        ("welder", "", 404, "NotKnown"),
        ("discipline", "?cut=20991231T000000000000Z", 404, "NoSuchDossierCut"),
        ("discipline", "?cut=20261399T000000000000Z", 404, "NoSuchDossierCut"),
        ("discipline", "?cut=yesterday", 422, "FieldsWrong"),
    ],
)
async def test_it_is_given_to_audit_and_discipline_up_to_a_moment_that_is_over(
    told: Told, who: str, query: str, status: int, code: str
) -> None:
    """R67."""
    await told.lives(*SUBMITTED)
    await told.taken(who="discipline")
    answer = await told.asked(query, who)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_who_audits_under_a_mandate_alone_is_given_it_without_names(told: Told) -> None:
    """R74."""
    await told.lives(*SUBMITTED)
    assert "Name of prechecker" in await printed(told, "en")
    assert "Name of" not in await printed(told, "en", names={})
    assert await told.taken(who="outsider") != await told.taken()
    Called.erased = frozenset({PersonId("outsider"), PersonId("prechecker")})
    try:
        one = await told.taken(who="outsider")
    finally:
        Called.erased = frozenset()
    assert one == await told.taken(who="outsider")


async def test_nothing_of_a_juror_or_of_what_is_sealed_is_in_it(told: Told) -> None:
    """R68: reviews and panels have no part at all."""
    await told.lives(*SUBMITTED)
    before = await told.taken()
    sealed = next(rule.id for rule in RULES.rules if rule.sealed)
    await told.post.owes(str(JUROR), rule="n36", occurrence="A", project=str(THE_PROJECT))
    await told.post.owes("discipline", rule=sealed, project=str(THE_PROJECT))
    o = tables.obligations
    async with begin(told.office.engine) as connection:
        early = micros(told.parts.clock.now())
        await connection.execute(update(o).values(created_at=early).where(o.c.rule.in_(["n36", sealed])))
        panel = {"id": str(uuid4()), "facts": "{}"}
        await connection.execute(insert(tables.known).values(panel))
    assert await told.taken() == before
    await told.front.get("auditor", f"deliveries/project/{panel['id']}", 404)
    await told.front.get("auditor", f"deliveries/project/{panel['id']}/dossier", 404)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_everything_in_it_is_said_in_words(told: Told, language: Language) -> None:
    told.post.outside.answers = lambda _: GONE
    await told.lives(*RETURNED)
    for days in (6, 9):
        await told.passes(days=days)
    text = await printed(told, language)
    assert "told_" not in text
    assert {"en": "not done, and the date is over", "zh-CN": "逾期未办"}[language] in text
    assert {"en": "refused by the receiver", "zh-CN": "对方拒收"}[language] in text


async def printed(told: Told, language: Language, names: dict[PersonId, str] | None = None) -> str:
    """All texts of the document, as they are given to the printer."""
    async with told.office.engine.connect() as connection:
        found = await told_of(connection, THE_PROJECT, BOOK, told.parts.clock.now(), lambda _: SHANGHAI)
    called = await told.parts.group.names(one.person for one in found) if names is None else names
    record = Record(
        str(THE_PROJECT),
        found,
        told.parts.clock.now(),
        RULES,
        told.parts.group.organisation,
        called,
        p.by("auditor", "auditor", p.GROUP),
        SHANGHAI,
    )
    return str(document(record, language))
