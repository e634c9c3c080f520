"""What every channel of chat keeps: told once, each failure an answer, nothing secret said, all ended."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifications.channels import Answer
from tests.notifications.channels.fakes.provider import Shown, told
from tests.notifications.channels.worlds import APPLICATIONS, ROBOTS, World, world
from tests.support.certificates import Authority
from tests.support.https_server import Told
from tests.support.waiting import eventually

ALL = (*APPLICATIONS, *ROBOTS)
CODES = [  # channel, code, outcome, whether of the channel as a whole
    *(("wecom", code, "never", False) for code in (81013, 60111, 40003, 45002)),
    *(("wecom", code, "later", True) for code in (-1, 45009, 45033, 40001, 40013, 60020, 50003)),
    *(("dingtalk", code, "never", False) for code in (33012, 40003, 60121, 34016)),
    *(("dingtalk", code, "later", True) for code in (-1, 90018, 60020, 40089, 60011)),
    *(("feishu", code, "never", False) for code in (230001, 230013, 230029, 99992351, 230025)),
    *(("feishu", code, "later", True) for code in (99991400, 230020, 10014, 230006, 99991672)),
    *(("robot of wecom", code, "later", True) for code in (-1, 45009, 93000)),
    *(("robot of dingtalk", code, "later", True) for code in (-1, 130101, 310000, 300001)),
    *(("robot of feishu", code, "later", True) for code in (11232, 19021, 19024)),
    *((name, 7_654_321, "later", False) for name in ALL),
]
NOT_ANSWERS = {
    "nothing": Told(200, b""),
    "a page": Told(200, b"<html>nginx</html>", {"Content-Type": "text/html"}),
    "a list": Told(200, b"[]"),
    "half an object": Told(200, b'{"errcode":0,"code":'),
    "no code": Told(200, b'{"ok":true}'),
    "a code that is none": Told(200, b'{"errcode":true,"code":null}'),
    "no text": Told(200, b"\xff\xfe"),
    "very deep": Told(200, b'{"code":' + b"[" * 30_000),
    "very large": Told(200, b'{"code":0,"errcode":0,"a":"' + b"a" * 100_000 + b'"}'),
    "a broken answer": Told(raw=b"HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n{"),
    "a broken protocol": Told(raw=b"SSH-2.0-OpenSSH_9\r\n\r\n"),
    "no such address": Told(404, b"not here"),
    "a gate that says no": Told(403, b'{"errcode":0,"code":0}'),
    "a redirect": Told(302, b"", {"Location": "https://127.0.0.1/"}),
    "a failure": Told(500, b'{"errcode":0,"code":0}'),
    "a failure of its gate": Told(502, b"<html>"),
}


@pytest.fixture
async def here(request: pytest.FixtureRequest, authority: Authority) -> AsyncIterator[World]:
    async with world(request.param, authority) as made:
        yield made


everywhere = pytest.mark.parametrize("here", ALL, indirect=True)
to_people = pytest.mark.parametrize("here", APPLICATIONS, indirect=True)
to_groups = pytest.mark.parametrize("here", ROBOTS, indirect=True)


@everywhere
async def test_a_message_arrives_with_its_title_its_lines_and_its_link(here: World) -> None:
    answer = await here.channel.send(here.message)
    assert (answer.outcome, answer.of_channel, answer.text) == ("sent", False, "")
    message = here.message
    assert here.fake.shown == [Shown(message.to, message.title, "\n".join(message.lines), message.link)]


@to_people
async def test_the_same_message_sent_again_is_shown_once(here: World) -> None:
    for _ in range(3):
        assert (await here.channel.send(here.message)).outcome == "sent"
        here.clock.time += timedelta(minutes=15)
    assert len(here.fake.shown) == 1


@pytest.mark.parametrize("name", ALL)
async def test_a_code_means_later_or_never(name: str, authority: Authority) -> None:
    async with world(name, authority) as here:
        for _, code, outcome, of_channel in (row for row in CODES if row[0] == name):
            here.fake.next.append(here.fake.refusal(code))
            answer = await here.channel.send(here.message)
            assert (answer.outcome, answer.of_channel) == (outcome, of_channel), answer
            assert (answer.code, answer.text) == (f"{here.fake.code} {code}", "said no")
        assert here.fake.shown == []


@everywhere
async def test_who_says_too_much_waits_as_long_as_asked(here: World) -> None:
    here.fake.per_minute = 1
    assert (await here.channel.send(here.message)).outcome == "sent"
    here.clock.time += timedelta(seconds=8)
    answer = await here.channel.send(replace(here.message, id="another", title="另一件事"))
    assert (answer.outcome, answer.of_channel) == ("later", True)
    assert answer.retry_after_seconds == here.limited_seconds
    here.clock.time += timedelta(seconds=answer.retry_after_seconds)
    assert (await here.channel.send(replace(here.message, id="another", title="另一件事"))).outcome == "sent"


@everywhere
async def test_what_is_no_answer_means_later_for_all(here: World) -> None:
    for what, answered in NOT_ANSWERS.items():
        here.fake.next.append(answered)
        answer = await here.channel.send(here.message)
        assert (answer.outcome, answer.of_channel) == ("later", True), (what, answer)
    assert here.fake.shown == []
    assert (await here.channel.send(here.message)).outcome == "sent"


@everywhere
async def test_a_failing_provider_says_when_to_come_again(here: World) -> None:
    here.fake.next.append(Told(503, b"", {"Retry-After": "90"}))
    answer = await here.channel.send(here.message)
    assert answer == Answer("later", "HTTP 503", "", of_channel=True, retry_after_seconds=90)
    here.fake.next.append(Told(503, b"", {"Retry-After": "9" * 400}))
    assert (await here.channel.send(here.message)).retry_after_seconds == 3600


@pytest.mark.parametrize("name", ALL)
async def test_a_provider_that_hangs_is_not_waited_for(name: str, authority: Authority) -> None:
    async with world(name, authority, seconds=0.3) as here:
        here.fake.next.append(Told(hangs=True))
        answer = await here.channel.send(here.message)
        assert answer == Answer("later", "timeout", "", of_channel=True)


@everywhere
async def test_a_provider_that_is_away_is_away_for_all(here: World) -> None:
    here.server.answer = lambda _asked: Told(raw=b"")
    answer = await here.channel.send(here.message)
    assert (answer.outcome, answer.of_channel) == ("later", True)


@everywhere
async def test_no_answer_repeats_a_secret_or_a_person(here: World) -> None:
    people = ("13812345678", "zhang.san@example.com")
    words = " | ".join((*here.secrets, *here.secrets, *people, here.message.to.upper() or "-"))
    for refusal in (here.fake.refusal(7_654_321, words), here.fake.refusal(7_654_321, words.lower())):
        here.fake.next.append(refusal)
        answer = await here.channel.send(here.message)
        assert answer.outcome == "later"
        shown = json.dumps([answer.code, answer.text]).lower()
        found = [secret for secret in (*here.secrets, *people) if secret.lower() in shown]
        assert not found, answer


@everywhere
async def test_an_answer_is_never_long(here: World) -> None:
    here.fake.next.append(told({here.fake.code: "9" * 5000, here.fake.words: "很长" * 5000}))
    answer = await here.channel.send(here.message)
    assert len(answer.code) <= 60
    assert len(answer.text) <= 500


@everywhere
async def test_closing_ends_the_connections(here: World) -> None:
    await here.channel.send(here.message)
    assert here.server.open
    await here.channel.close()
    await eventually(lambda: not here.server.open, "the connections are closed")


@everywhere
async def test_checking_tells_nobody(here: World) -> None:
    assert (await here.channel.check()).outcome == "sent"
    assert here.fake.shown == []


@to_people
@pytest.mark.parametrize(
    "to", ["", "@all", "zhangsan|lisi", "zhangsan,lisi", "张三", "zhangsan\n", "a" * 200]
)
async def test_an_address_is_one_person(here: World, to: str) -> None:
    assert await here.channel.send(replace(here.message, to=to)) == Answer("never", "no user id")
    assert here.server.asked == []


@to_people
async def test_who_is_not_in_the_tenant_is_never_told(here: World) -> None:
    answer = await here.channel.send(replace(here.message, to="wangwu"))
    assert (answer.outcome, answer.of_channel) == ("never", False)


@to_groups
async def test_a_group_is_told_nothing_that_is_addressed_to_somebody(here: World) -> None:
    """R79: to a group only what is public, and no duty of a person."""
    assert await here.channel.send(replace(here.message, to="zhangsan")) == Answer("never", "addressed")
    assert here.server.asked == []


@to_groups
async def test_a_signature_is_of_now(here: World) -> None:
    for _ in range(3):
        assert (await here.channel.send(here.message)).outcome == "sent"
        here.clock.time += timedelta(hours=2)


@pytest.mark.parametrize("name", ["robot of dingtalk", "robot of feishu"])
async def test_a_clock_that_is_wrong_is_said_for_the_whole_channel(name: str, authority: Authority) -> None:
    async with world(name, authority) as here:
        here.fake.clock = type(here.clock)(here.clock.now() + timedelta(minutes=61))
        answer = await here.channel.send(here.message)
        assert (answer.outcome, answer.of_channel) == ("later", True)
        assert here.fake.shown == []


async def test_whoever_wecom_left_out_of_an_accepted_message_was_not_told(authority: Authority) -> None:
    async with world("wecom", authority) as here:
        for name in ("invaliduser", "unlicenseduser"):
            here.fake.next.append(told({"errcode": 0, "errmsg": "ok", name: "zhangsan"}))
            assert await here.channel.send(here.message) == Answer("never", f"errcode 0 {name}")


async def test_a_sending_ends_within_five_seconds_however_slowly_it_goes(authority: Authority) -> None:
    async with world("wecom", authority) as here:
        here.fake.next.append(Told(hangs=True))
        began = asyncio.get_running_loop().time()
        assert (await here.channel.send(here.message)).code == "timeout"
        assert asyncio.get_running_loop().time() - began < 5
