"""What a parcel says and where it goes: as settings have it, and nothing of what may not leave."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert

from services.notifications import tables
from services.notifications.channels import Kind
from services.notifications.channels.accounts import Accounts, channels_of
from services.notifications.channels.settings import (
    ChannelSettings,
    DingTalkSettings,
    FeishuSettings,
    MailSettings,
    RobotSettings,
    WebhookSettings,
    WeComSettings,
)
from services.notifications.contacts import SUBJECT, Contact, ContactsOfProjects
from services.notifications.domain.known import Known
from services.notifications.telling import NOWHERE, address
from shared import roster
from shared.bus import Bus, Unanswered
from shared.clock import SystemClock
from shared.describing import examples
from shared.domain import PersonId
from shared.engines import begin
from shared.problems import FieldsWrong
from shared.settings import load
from shared.withdrawn import hash_of
from tests.notifications.a_channel import MAIL, PROJECT, Post
from tests.notifications.an_inbox import RULES, the_organisation
from tests.notifications.channels.a_receiver import new_secret
from tests.notifications.test_sending import sends_all
from tests.projects import a_project as p
from tests.support.nats_server import NatsServer
from tests.support.recorded import recorded
from tests.support.waiting import eventually

CONTACT = Contact("13800138000", "a@secret.example")
TITLE = "涂装返修率减半"


async def knows(post: Post, **more: Any) -> None:
    known = Known(title=TITLE, company=p.COMPANY, unit=p.BRANCH, **more)
    async with begin(post.engine) as connection:
        row = {"id": PROJECT, "facts": msgspec.json.encode(known).decode()}
        await connection.execute(insert(tables.known).values(row))


async def said(post: Post, **more: Any) -> str:
    await post.owes(**more)
    await sends_all(post)
    message = post.outside.received[-1]
    return "\n".join((message.title, *message.lines, message.link, message.thread))


async def test_a_message_has_the_rules_title_the_projects_and_its_link(post: Post) -> None:
    await knows(post)
    text = await said(post)
    assert "【待办】退回待修改" in text
    assert TITLE in text
    assert f"https://denggao.example/projects/{PROJECT}" in text


async def test_a_withdrawn_title_goes_out_no_more(post: Post) -> None:
    await knows(post, withdrawn=frozenset({hash_of(TITLE)}))
    assert TITLE not in await said(post)


@pytest.mark.parametrize("marked", [p.BRANCH, p.COMPANY])
async def test_of_an_overseas_unit_only_the_neutral_sentence_goes_out(post: Post, marked: Any) -> None:
    """R75: of its projects and to its people, also where the company is marked as a whole."""
    organisation = the_organisation()
    unit = organisation.units[marked]
    marks = roster.UnitMarked(marked, unit.kind, unit.organisation, ("境外",), unit.has_committee, 9)
    organisation.apply(recorded(organisation.position + 1, marks, datetime(2026, 1, 2, tzinfo=UTC)))
    post.organisation = organisation
    await knows(post)
    text = await said(post)
    assert text == "您有一项待办，请登录查看\nhttps://denggao.example/inbox/todo\n"


async def test_where_nobody_knows_whose_it_is_only_the_neutral_sentence_goes_out(post: Post) -> None:
    """The unit might be one overseas."""
    assert "登录查看" in await said(post, who="chair")


@pytest.mark.parametrize("rule", [rule.id for rule in RULES.rules if rule.sealed or rule.private])
async def test_of_what_is_sealed_or_is_somebodys_delay_only_the_neutral_sentence_goes_out(
    post: Post, rule: str
) -> None:
    """R79: nothing red."""
    await knows(post)
    text = await said(post, rule=rule)
    assert TITLE not in text
    assert "2026" not in text
    assert "登录查看" in text


@pytest.mark.parametrize(
    ("channel", "settings", "to"),
    [
        ("mail", MAIL, CONTACT.mail),
        ("wecom", WeComSettings(corp_id="c", agent_id=1), CONTACT.phone),
        ("feishu", FeishuSettings(app_id="c", user_id_from="mail"), CONTACT.mail),
        ("robot", RobotSettings(provider="wecom"), ""),
    ],
)
def test_where_somebody_is_told_is_as_the_settings_say(
    channel: Kind, settings: ChannelSettings, to: str
) -> None:
    assert address(channel, settings, CONTACT) == to
    assert address(channel, settings, NOWHERE) == (None if to else "")


async def test_what_is_set_up_as_the_guide_shows_makes_a_channel(post: Post) -> None:
    """And settings that are right one by one, and wrong together, make none."""
    accounts = Accounts(post.engine, channels_of(load("notifications"), SystemClock()))
    shown = MailSettings.model_validate_json(
        msgspec.json.encode(examples("notifications")["SetUp"]["settings"])
    )
    hook = WebhookSettings(url="https://hook.example/in", secret=new_secret())
    await accounts.refuse_unusable("mail", shown)
    robot = RobotSettings(provider="wecom", url="https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k")
    right: tuple[tuple[Kind, ChannelSettings], ...] = (
        ("webhook", hook),
        ("wecom", WeComSettings(corp_id="c", agent_id=1, secret="s")),
        ("dingtalk", DingTalkSettings(app_key="k", agent_id=1, app_secret="s")),
        ("feishu", FeishuSettings(app_id="a", app_secret="s", user_id_from="mail")),
        ("robot", robot),
    )
    for kind, settings in right:
        await accounts.refuse_unusable(kind, settings)
    wrong: tuple[tuple[Kind, ChannelSettings], ...] = (
        ("mail", shown.model_copy(update={"ca": "no certificate"})),
        ("mail", shown.model_copy(update={"user": ""})),
        ("webhook", hook.model_copy(update={"secret": "short"})),
    )
    for kind, settings in wrong:
        with pytest.raises(FieldsWrong):
            await accounts.refuse_unusable(kind, settings)


async def test_addresses_are_asked_of_projects(nats: NatsServer) -> None:
    asking, projects = Bus(nats.url, "notifications"), Bus(nats.url, "projects")
    for bus in (asking, projects):
        assert await bus.connect(10)
    contacts, asked = ContactsOfProjects(asking), list[Any]()
    with pytest.raises(Unanswered):
        await contacts.of([PersonId("a")])

    async def answer(payload: bytes) -> bytes:
        asked.append(msgspec.json.decode(payload))
        return msgspec.json.encode({"a": {"phone": CONTACT.phone, "mail": CONTACT.mail}})

    await projects.serve(SUBJECT, "projects", answer)

    async def answered() -> bool:
        try:
            return bool(await contacts.of([PersonId("a")]))
        except Unanswered:
            return False

    await eventually(answered, "projects are heard")
    asked.clear()
    assert await contacts.of([PersonId("b"), PersonId("a"), PersonId("b")]) == {"a": CONTACT}
    assert await contacts.of([]) == {}
    assert asked == [["a", "b"]]
    for bus in (asking, projects):
        await bus.close()
