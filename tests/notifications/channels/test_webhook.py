"""Webhooks are signed as Standard Webhooks says and count once; every answer of a receiver has a meaning."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as Published

from services.notifications.channels import Answer, Message, guarded
from services.notifications.channels.guarded import Limits
from services.notifications.channels.plain import one_line
from services.notifications.channels.webhook import Secret, Webhook, WebhookSettings, signature
from tests.notifications.channels.a_receiver import Receiver, new_secret
from tests.support.certificates import Authority
from tests.support.clocks import SetClock
from tests.support.https_server import Asked, HttpsServer, Told, https_server

OLD, NEW = new_secret(), new_secret()
MESSAGE = Message(
    id="01978a00-0000-7000-8000-000000000001",
    to="",
    title="待办：支部审议",
    lines=("项目：主运皮带夜班巡检零漏项", "时限：2026-12-04"),
    link="https://denggao.example/projects/1",
    language="zh-CN",
    thread="1",
    urgent=True,
)


@asynccontextmanager
async def receiving(
    authority: Authority, answer: Callable[[Asked], Told], *secrets: Secret, clock: SetClock | None = None
) -> AsyncIterator[tuple[HttpsServer, Webhook]]:
    """A receiver on this machine and the channel that leads to it."""
    async with https_server(authority.serves("127.0.0.1")) as server:
        server.answer = answer
        client = guarded.client(
            allowed=["127.0.0.1"],
            ports={server.port},
            authorities=authority.pem,
            limits=Limits(seconds=0.5),
        )
        settings = WebhookSettings(server.url("/in", "127.0.0.1"), secrets or (Secret(OLD),))
        channel = Webhook(settings, client, clock or SetClock(datetime.now(UTC)))
        yield server, channel
        await channel.close()


def test_the_published_signature_is_ours() -> None:
    # the example of the specification and of all of its libraries
    secret = Secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    made = signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert made == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@given(st.text(max_size=40), st.integers(0, 2**33), st.text(max_size=200))
def test_we_sign_as_the_published_library_does(id_: str, seconds: int, body: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert signature(Secret(OLD), id_, str(seconds), body.encode()) == Published(OLD).sign(id_, at, body)


async def test_a_faithful_receiver_takes_a_message_once(authority: Authority) -> None:
    receiver = Receiver(OLD)
    async with receiving(authority, receiver) as (server, channel):
        assert [await channel.send(MESSAGE) for _ in range(2)] == [Answer("sent", "HTTP 204")] * 2
        assert receiver.repeated == [MESSAGE.id]
        assert receiver.taken[MESSAGE.id] == {
            "type": "obligation.told",
            "timestamp": json.loads(server.asked[0].body)["timestamp"],
            "data": {
                "id": MESSAGE.id,
                "title": MESSAGE.title,
                "lines": list(MESSAGE.lines),
                "link": MESSAGE.link,
                "urgent": True,
                "language": "zh-CN",
                "happened_at": None,
            },
        }
        assert server.asked[0].headers["content-type"] == "application/json"


async def test_a_summary_says_that_it_is_one_and_when_the_latest_happened(authority: Authority) -> None:
    receiver, at = Receiver(OLD), datetime(2026, 3, 2, 4, tzinfo=UTC)
    async with receiving(authority, receiver) as (_, channel):
        await channel.send(replace(MESSAGE, summary=True, happened_at=at))
    taken = receiver.taken[MESSAGE.id]
    assert taken["type"] == "summary.told"
    assert datetime.fromisoformat(taken["data"]["happened_at"]) == at


async def test_the_same_message_at_the_same_moment_is_the_same_bytes(authority: Authority) -> None:
    async with receiving(authority, Receiver(OLD)) as (server, channel):
        for _ in range(2):
            await channel.send(MESSAGE)
        first, second = server.asked
        assert first.body == second.body
        assert (
            first.body
            == json.dumps(
                json.loads(first.body), sort_keys=True, separators=(",", ":"), ensure_ascii=False
            ).encode()
        )
        assert first.headers["webhook-signature"] == second.headers["webhook-signature"]


@pytest.mark.parametrize("off", [timedelta(minutes=-6), timedelta(minutes=6)])
async def test_a_receiver_refuses_what_was_signed_at_another_time(
    authority: Authority, off: timedelta
) -> None:
    receiver = Receiver(OLD)
    async with receiving(authority, receiver, clock=SetClock(datetime.now(UTC) + off)) as (_, channel):
        answer = await channel.send(MESSAGE)
        assert (answer.outcome, answer.code, answer.of_channel) == ("never", "HTTP 401", True)
        assert receiver.taken == {}


async def test_while_a_secret_is_changed_receivers_of_the_old_and_of_the_new_one_believe(
    authority: Authority,
) -> None:
    clock = SetClock(datetime.now(UTC))
    settings = WebhookSettings("https://receiver.example/", (Secret(OLD),)).rotated(NEW, clock.time)
    for only in (OLD, NEW):
        async with receiving(authority, Receiver(only), *settings.secrets, clock=clock) as (server, channel):
            assert (await channel.send(MESSAGE)).outcome == "sent"
            assert len(server.asked[0].headers["webhook-signature"].split(" ")) == 2


def test_an_old_secret_is_signed_with_for_one_more_day_however_often_it_changes() -> None:
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    first = WebhookSettings("https://receiver.example/", (Secret(OLD),)).rotated(NEW, now)
    assert first.secrets == (Secret(OLD, now + timedelta(days=1)), Secret(NEW))
    later = first.rotated(other := new_secret(), now + timedelta(hours=12))
    assert later.secrets == (
        Secret(OLD, now + timedelta(days=1)),
        Secret(NEW, now + timedelta(hours=36)),
        Secret(other),
    )
    assert [secret.value for secret in later.rotated(OLD, now + timedelta(days=3)).secrets] == [other, OLD]


async def test_a_retired_secret_signs_nothing(authority: Authority) -> None:
    clock = SetClock(datetime.now(UTC))
    ended = Secret(OLD, clock.time)
    async with receiving(authority, Receiver(OLD), ended, Secret(NEW), clock=clock) as (_, channel):
        assert (await channel.send(MESSAGE)).code == "HTTP 401"


@pytest.mark.parametrize(
    ("told", "outcome", "of_channel", "wait"),
    [
        (Told(200, b"thanks"), "sent", False, None),
        (Told(202), "sent", False, None),
        (Told(301, headers={"Location": "https://127.0.0.1/"}), "never", False, None),
        (Told(400), "never", False, None),
        (Told(401), "never", True, None),
        (Told(404), "never", True, None),
        (Told(408), "later", False, None),
        (Told(410), "never", True, None),
        (Told(422), "never", False, None),
        (Told(429), "later", True, None),
        (Told(429, headers={"Retry-After": "120"}), "later", True, 120.0),
        (Told(503, headers={"Retry-After": "0"}), "later", True, 0.0),
        (Told(503, headers={"Retry-After": "soon"}), "later", True, None),
        (Told(503, headers={"Retry-After": "-5"}), "later", True, None),
        (Told(503, headers={"Retry-After": "٣"}), "later", True, None),
        (Told(500), "later", False, None),
        (Told(502), "later", True, None),
        (Told(hangs=True), "later", True, None),
        (Told(raw=b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"), "later", True, None),
        (Told(raw=b"nonsense\r\n\r\n"), "later", True, None),
        (Told(body=b"x" * 70_000), "later", True, None),
    ],
    ids=lambda value: str(value.status) if isinstance(value, Told) else None,
)
async def test_what_a_receiver_answers(
    authority: Authority, told: Told, outcome: str, of_channel: bool, wait: float | None
) -> None:
    async with receiving(authority, lambda _asked: told) as (_, channel):
        answer = await channel.send(MESSAGE)
        assert (answer.outcome, answer.of_channel, answer.retry_after_seconds) == (outcome, of_channel, wait)


async def test_a_receiver_may_name_the_moment_to_try_again(authority: Authority) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    told = Told(503, headers={"Retry-After": format_datetime(now + timedelta(minutes=2), usegmt=True)})
    async with receiving(authority, lambda _asked: told, clock=SetClock(now)) as (_, channel):
        assert (await channel.send(MESSAGE)).retry_after_seconds == 120.0


async def test_a_receiver_is_taken_when_it_answers_the_challenge(authority: Authority) -> None:
    receiver = Receiver(OLD)
    async with receiving(authority, receiver) as (server, channel):
        assert (await channel.check()).outcome == "sent"
        receiver.echoes = False
        assert await channel.check() == Answer("never", "challenge", "{}", of_channel=True)
        first, second = (json.loads(asked.body) for asked in server.asked)
        assert first["type"] == "endpoint.verify"
        assert first["data"]["challenge"] != second["data"]["challenge"]
        assert receiver.taken == {}


@pytest.mark.parametrize(
    "body", [b"", b"no", b"[]", b'{"challenge":1}', b"[" * 60_000, b'{"challenge":"\\ud800"}']
)
async def test_whoever_says_yes_to_everything_is_no_receiver(authority: Authority, body: bytes) -> None:
    async with receiving(authority, lambda _asked: Told(body=body)) as (_, channel):
        assert (await channel.check()).code == "challenge"


async def test_what_a_receiver_says_is_kept_without_addresses_and_secrets(authority: Authority) -> None:
    said = f"no {OLD} for li@group.example at https://x.example/?k=1 \x00\n 13812345678 " + "y" * 900
    async with receiving(authority, lambda _asked: Told(500, said.encode())) as (_, channel):
        text = (await channel.send(MESSAGE)).text
        assert text.startswith("no … for … at … … y")
        assert len(text) == 500


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "http://receiver.example/", "secrets": [{"value": OLD}]},
        {"url": "https://a:b@receiver.example/", "secrets": [{"value": OLD}]},
        {"url": "https://receiver.example/", "secrets": []},
        {"url": "https://receiver.example/", "secrets": [{"value": OLD, "until": "2026-11-28T00:00:00Z"}]},
        {"url": "https://receiver.example/", "secrets": [{"value": "whsec_AAAA"}]},
        {"url": "https://receiver.example/", "secrets": [{"value": OLD[6:]}]},
        {"url": "https://receiver.example/", "secrets": [{"value": "whsec_" + "*" * 44}]},
        {"url": "https://receiver.example/", "secrets": [{"value": "whsec_" + "密" * 44}]},
        {"url": "https://receiver.example/", "secrets": [{"value": OLD}], "more": 1},
    ],
)
def test_settings_that_cannot_work_are_refused(settings: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(settings, WebhookSettings)


@given(st.text(), st.lists(st.text(), max_size=3))
async def test_any_text_arrives_as_what_can_be_seen_of_it(title: str, lines: list[str]) -> None:
    sent = replace(MESSAGE, title=title + "\ud800\r\n", lines=tuple(lines))
    posted: list[bytes] = []

    class Keeping(guarded.Client):
        def __init__(self) -> None:
            """Open nothing."""

        async def post(self, url: str, body: bytes, headers: object = None) -> guarded.Reply:
            posted.append(body)
            return guarded.Reply(200, {}, b"")

    settings = WebhookSettings("https://receiver.example/", (Secret(OLD),))
    await Webhook(settings, Keeping(), SetClock(datetime.now(UTC))).send(sent)
    data = json.loads(posted[0])["data"]
    assert "\n" not in data["title"]
    assert len(data["lines"]) == len(lines)
    assert one_line(data["title"]) == data["title"]
