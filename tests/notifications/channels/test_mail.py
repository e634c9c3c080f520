"""Mail leaves encrypted and once; every answer of a server, and every silence, has a meaning."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec
import pytest

from services.notifications.channels import Answer, Message
from services.notifications.channels.addresses import Reach
from services.notifications.channels.mail import Mail, MailSettings
from services.notifications.channels.smtp import CONNECTIONS
from tests.notifications.channels.a_mail_server import PASSWORD, USER, MailServer, mail_server, scripted
from tests.support.certificates import Authority
from tests.support.clocks import SetClock
from tests.support.waiting import eventually

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
HERE = Reach(["127.0.0.1", "::1"])
NOTICES = "https://denggao.example/me/notices"
MESSAGE = Message(
    id="01978a00-0000-7000-8000-000000000001",
    to="li.qiang@group.example",
    title="待办：支部审议",
    lines=("项目：主运皮带夜班巡检零漏项", "时限：2026-12-04"),
    link="https://denggao.example/projects/1",
    language="zh-CN",
    thread="01978a00-0000-7000-8000-0000000000aa",
)


def settings(port: int, authority: Authority | None = None, **more: Any) -> MailSettings:
    known = {
        "host": "localhost",
        "port": port,
        "sender": "denggao@group.example",
        "sender_name": "登高",
        "ca": Path(authority.pem).read_text() if authority else "",
        **more,
    }
    return msgspec.convert(known, MailSettings)


def channel(
    port: int,
    authority: Authority | None = None,
    seconds: float = 4.5,
    idle_seconds: float = 20.0,
    **more: Any,
) -> Mail:
    known = settings(port, authority, **more)
    return Mail(known, NOTICES, SetClock(NOW), HERE, seconds=seconds, idle_seconds=idle_seconds)


@asynccontextmanager
async def sending(
    authority: Authority, way: Literal["starttls", "implicit"] = "starttls", **more: Any
) -> AsyncIterator[tuple[MailServer, Mail]]:
    """A server, and the channel that leads to it."""
    async with mail_server(authority.serves("localhost"), way) as server:
        mail = channel(server.port, authority, tls=way, **more)
        yield server, mail
        await mail.close()


@pytest.mark.parametrize("way", ["starttls", "implicit"])
async def test_a_mail_arrives_encrypted(authority: Authority, way: Literal["starttls", "implicit"]) -> None:
    async with sending(authority, way) as (server, mail):
        assert await mail.send(MESSAGE) == Answer("sent", "250", "OK, kept")
        assert (server.senders, server.recipients) == (["denggao@group.example"], [[MESSAGE.to]])
        assert server.mails[0]["Subject"] == MESSAGE.title


async def test_mails_one_after_another_go_over_one_connection(authority: Authority) -> None:
    async with sending(authority, user=USER, password=PASSWORD) as (server, mail):
        for _ in range(5):
            assert (await mail.send(MESSAGE)).outcome == "sent"
        assert (server.connections, len(server.mails)) == (1, 5)


async def test_mails_side_by_side_go_over_a_few_connections(authority: Authority) -> None:
    async with sending(authority) as (server, mail):
        sent = [replace(MESSAGE, id=str(nth), to=f"p{nth}@group.example") for nth in range(40)]
        answers = await asyncio.gather(*(mail.send(message) for message in sent))
        assert {answer.outcome for answer in answers} == {"sent"}
        assert sorted(to for tos in server.recipients for to in tos) == sorted(message.to for message in sent)
        assert server.connections <= CONNECTIONS


@pytest.mark.parametrize("way", ["starttls", "implicit"])
async def test_a_server_with_the_certificate_of_another_gets_no_mail(
    authority: Authority, way: Literal["starttls", "implicit"]
) -> None:
    for context in (authority.serves("other.example"), authority.serves("localhost", expired=True)):
        async with mail_server(context, way) as server:
            mail = channel(server.port, authority, tls=way)
            assert await mail.send(MESSAGE) == Answer("later", "tls", of_channel=True)
            assert await mail.check() == Answer("later", "tls", of_channel=True)
            assert server.mails == []
            await mail.close()


async def test_an_authority_that_nobody_named_is_not_trusted(authority: Authority) -> None:
    async with mail_server(authority.serves("localhost")) as server:
        mail = channel(server.port)
        assert (await mail.send(MESSAGE)).code == "tls"
        await mail.close()


async def test_a_server_that_does_not_encrypt_gets_neither_mail_nor_password(authority: Authority) -> None:
    async with scripted(b"220 hello\r\n", b"250-mail\r\n250 AUTH PLAIN\r\n", hold=True) as (port, heard):
        mail = channel(port, authority, user=USER, password=PASSWORD)
        assert await mail.send(MESSAGE) == Answer("later", "tls", of_channel=True)
        assert [line.split()[0] for line in heard] == [b"EHLO"]
        await mail.close()


async def test_without_encryption_mail_goes_to_this_machine_only() -> None:
    async with mail_server(None, "none") as server:
        mail = channel(server.port, tls="none")
        assert (await mail.send(MESSAGE)).outcome == "sent"
        await mail.close()


@pytest.mark.parametrize(
    "wrong",
    [
        {"host": "mail.example", "tls": "none"},
        {"host": "10.0.0.1", "tls": "none"},
        {"host": "10.0.0.1", "tls": "none", "unencrypted_elsewhere": True, "user": "a", "password": "b"},
        {"tls": "perhaps"},
        {"host": ""},
        {"host": "mail.example\r\nX"},
        {"host": "mail example"},
        {"port": 0},
        {"port": 65536},
        {"sender": "nobody"},
        {"sender": "登高@group.example"},
        {"sender": "a@b\r\nBcc: c@d.example"},
        {"user": "a"},
        {"password": "b"},
        {"ca": "no certificate"},
        {"ca": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"},
        {"more": 1},
    ],
    ids=str,
)
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        settings(**{"port": 587, **wrong})


def test_the_installation_may_have_a_server_in_its_own_network_without_encryption() -> None:
    assert settings(25, host="10.0.0.1", tls="none", unencrypted_elsewhere=True).port == 25


async def test_a_check_signs_in_and_sends_nothing(authority: Authority) -> None:
    async with sending(authority, user=USER, password=PASSWORD) as (server, mail):
        assert await mail.check() == Answer("sent", "250")
        assert server.mails == []


async def test_a_wrong_password_is_tried_once_and_is_a_matter_of_the_channel(authority: Authority) -> None:
    async with sending(authority, user=USER, password="wrong-one") as (server, mail):
        for answer in (await mail.send(MESSAGE), await mail.check()):
            assert (answer.outcome, answer.code, answer.of_channel) == ("later", "535", True)
            assert "wrong-one" not in answer.text
            assert USER not in answer.text
        assert server.mails == []


async def test_a_server_that_takes_no_passwords_gets_none(authority: Authority) -> None:
    said = (b"220 hello\r\n", b"250-mail\r\n250 AUTH CRAM-MD5 GSSAPI\r\n")
    async with scripted(*said, hold=True) as (port, heard):
        mail = channel(port, tls="none", user=USER, password=PASSWORD)
        assert await mail.check() == Answer("later", "sign-in", of_channel=True)
        assert len(heard) == 1
        await mail.close()


@pytest.mark.parametrize(
    ("says", "outcome", "of_channel"),
    [
        ("450 4.2.0 greylisted, come back", "later", False),
        ("451 4.7.1 try again", "later", False),
        ("452 4.2.2 mailbox full", "later", False),
        ("421 4.3.2 closing", "later", True),
        ("550 5.1.1 no such user", "never", False),
        ("552 5.2.2 too much", "never", False),
        ("553 5.1.3 what an address", "never", False),
    ],
)
async def test_what_a_server_says_of_a_receiver(
    authority: Authority, says: str, outcome: str, of_channel: bool
) -> None:
    async with sending(authority) as (server, mail):
        server.recipient_says = {MESSAGE.to: says}
        answer = await mail.send(MESSAGE)
        assert (answer.outcome, answer.code, answer.of_channel) == (outcome, says[:3], of_channel)
        assert answer.text == says[4:]
        # the next one is not made to pay for it
        assert (await mail.send(replace(MESSAGE, to="other@group.example"))).outcome == "sent"


@pytest.mark.parametrize(
    ("says", "outcome"),
    [("451 4.3.0 later", "later"), ("552 too large", "never"), ("554 5.6.0 spam", "never")],
)
async def test_what_a_server_says_of_a_text(authority: Authority, says: str, outcome: str) -> None:
    async with sending(authority) as (server, mail):
        server.data_says = says
        answer = await mail.send(MESSAGE)
        assert (answer.outcome, answer.code, answer.of_channel) == (outcome, says[:3], False)


async def test_a_sender_that_is_refused_is_a_matter_of_the_channel(authority: Authority) -> None:
    async with sending(authority) as (server, mail):
        server.sender_says = "550 5.7.1 you may not be this"
        answer = await mail.send(MESSAGE)
        assert (answer.outcome, answer.code, answer.of_channel) == ("later", "550", True)


async def test_what_a_server_says_is_kept_without_the_address(authority: Authority) -> None:
    async with sending(authority) as (server, mail):
        server.recipient_says = {MESSAGE.to: f"550 <{MESSAGE.to}>: li.qiang unknown, ask root@mail.example"}
        assert (await mail.send(MESSAGE)).text == "<…>: … unknown, ask …"


@pytest.mark.parametrize("banner", [b"421 too many\r\n", b"554 not you\r\n"])
async def test_a_server_that_says_no_at_once_is_a_matter_of_the_channel(banner: bytes) -> None:
    async with scripted(banner, hold=True) as (port, _):
        mail = channel(port, tls="none")
        answer = await mail.send(MESSAGE)
        assert (answer.outcome, answer.code, answer.of_channel) == ("later", banner[:3].decode(), True)
        await mail.close()


TALK = (b"220 hello\r\n", b"250 mail\r\n", b"250 sender\r\n", b"250 receiver\r\n", b"354 go\r\n")


@pytest.mark.parametrize("upto", range(1, len(TALK) + 1))
async def test_a_server_that_hangs_at_any_point_costs_no_more_than_the_time(upto: int) -> None:
    async with scripted(*TALK[:upto], hold=True) as (port, _):
        mail = channel(port, tls="none", seconds=0.3)
        began = asyncio.get_running_loop().time()
        assert await mail.send(MESSAGE) == Answer("later", "timeout", of_channel=True)
        assert asyncio.get_running_loop().time() - began < 2
        await mail.close()


async def test_a_server_that_never_says_hello_costs_no_more_than_the_time() -> None:
    async with scripted(None, hold=True) as (port, _):
        mail = channel(port, tls="none", seconds=0.3)
        assert await mail.send(MESSAGE) == Answer("later", "timeout", of_channel=True)
        mail = channel(port, tls="implicit", seconds=0.3)
        assert await mail.send(MESSAGE) == Answer("later", "timeout", of_channel=True)
        await mail.close()


@pytest.mark.parametrize("upto", range(len(TALK) + 1))
async def test_a_server_that_goes_at_any_point_may_be_back_later(upto: int) -> None:
    async with scripted(*TALK[:upto]) as (port, _):
        mail = channel(port, tls="none")
        answer = await mail.send(MESSAGE)
        assert (answer.outcome, answer.of_channel) == ("later", True)
        assert answer.code in ("dropped", "connection")
        await mail.close()


@pytest.mark.parametrize(
    "nonsense", [b"hello\r\n", b"\xff\xfe\r\n", b"99\r\n", b"220 " + b"x" * 100_000 + b"\r\n", b"\r\n"]
)
async def test_nonsense_may_be_better_later(nonsense: bytes) -> None:
    async with scripted(nonsense, hold=True) as (port, _):
        mail = channel(port, tls="none", seconds=0.5)
        answer = await mail.send(MESSAGE)
        assert (answer.outcome, answer.of_channel) == ("later", True)
        await mail.close()


async def test_nobody_listening_may_be_better_later() -> None:
    async with scripted() as (port, _):
        pass
    mail = channel(port, tls="none")
    assert await mail.send(MESSAGE) == Answer("later", "connection", of_channel=True)
    await mail.close()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1", "::1", "0.0.0.0", "::ffff:127.0.0.1"])
async def test_a_server_within_is_not_connected_to_unless_the_installation_says_so(host: str) -> None:
    async with mail_server(None, "none") as server:
        known = settings(server.port, host=host)
        mail = Mail(known, NOTICES, SetClock(NOW), Reach())
        for answer in (await mail.check(), await mail.send(MESSAGE)):
            assert answer == Answer("later", "server address", of_channel=True)
        assert server.connections == 0
        await mail.close()


async def test_a_connection_that_the_server_left_meanwhile_is_not_used(authority: Authority) -> None:
    async with sending(authority) as (server, mail):
        for _ in range(3):
            assert (await mail.send(MESSAGE)).outcome == "sent"
            server.hang_up()
        assert (server.connections, len(server.mails)) == (3, 3)


async def test_a_connection_that_nobody_needs_is_closed(authority: Authority) -> None:
    async with mail_server(authority.serves("localhost")) as server:
        mail = channel(server.port, authority, idle_seconds=0.05)
        assert (await mail.send(MESSAGE)).outcome == "sent"
        await eventually(lambda: server.open == 0, "no connection is open")
        assert (await mail.send(MESSAGE)).outcome == "sent"
        await mail.close()


async def test_closing_ends_every_connection(authority: Authority) -> None:
    async with sending(authority) as (server, mail):
        await asyncio.gather(*(mail.send(replace(MESSAGE, id=str(nth))) for nth in range(4)))
        assert server.open
        await mail.close()
        await eventually(lambda: server.open == 0, "no connection is open")


@pytest.mark.parametrize(
    "to",
    [
        "",
        "nobody",
        "@group.example",
        "a@",
        "a@b@c.example\r\n",
        "a b@c.example",
        "a@c.example\r\nRCPT TO:<d@e>",
    ],
)
async def test_what_is_no_address_is_never_sent_to(authority: Authority, to: str) -> None:
    async with sending(authority) as (server, mail):
        assert await mail.send(replace(MESSAGE, to=to)) == Answer("never", "address")
        assert server.connections == 0


async def test_an_international_address_is_written_as_the_network_does(authority: Authority) -> None:
    async with sending(authority) as (server, mail):
        assert (await mail.send(replace(MESSAGE, to="li@集团.example"))).outcome == "sent"
        assert (await mail.send(replace(MESSAGE, to="李强@集团.example"))).outcome == "sent"
        assert server.recipients == [["li@xn--3bst00m.example"], ["李强@xn--3bst00m.example"]]


async def test_a_server_that_knows_no_international_addresses_never_will() -> None:
    async with scripted(*TALK, hold=True) as (port, heard):
        mail = channel(port, tls="none")
        assert await mail.send(replace(MESSAGE, to="李强@group.example")) == Answer("never", "smtputf8")
        assert len(heard) == 1
        await mail.close()
