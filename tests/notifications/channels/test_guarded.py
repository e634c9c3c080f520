"""What users enter as an address leads to public machines only, and costs no more than the limits say."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.channels import guarded
from services.notifications.channels.addresses import Reach
from services.notifications.channels.guarded import Client, Limits, NoReply, Reply
from tests.support.certificates import Authority
from tests.support.https_server import HttpsServer, Told, https_server
from tests.support.waiting import eventually

HERE = ("127.0.0.1/32",)
NOT_PUBLIC = [
    *(
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
    ),
    *("100.64.0.1", "100.100.100.200", "169.254.169.254", "168.63.129.16", "192.0.0.192", "192.0.2.1"),
    *("192.88.99.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
    *("255.255.255.255", "::", "::1", "::127.0.0.1", "fe80::1", "fe80::1%lo", "fec0::1", "fc00::1"),
    *("fd00:ec2::254", "ff02::1", "2001:db8::1", "3fff::1", "2001::1", "64:ff9b:1::a00:1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::"),
    *("2002:808:808::1", "2001:0:0:0::7f00:1", "", "localhost", "127.1", "0x7f.1", "1.1.1.1/0"),
]
PUBLIC = ["1.1.1.1", "114.114.114.114", "2400:3200::1", "::ffff:1.1.1.1", "64:ff9b::101:101"]


@asynccontextmanager
async def serving(
    authority: Authority, names: Iterable[str] = ("localhost",)
) -> AsyncIterator[tuple[HttpsServer, Client]]:
    """A server of this machine, and a client that may reach it, by whatever name."""
    async with https_server(authority.serves(*names)) as server:
        client = a_client(server, authority)
        yield server, client
        await client.close()


def a_client(
    server: HttpsServer,
    authority: Authority,
    addresses: Iterable[str] = ("127.0.0.1",),
    allowed: Iterable[str] = HERE,
    limits: Limits | None = None,
) -> Client:
    async def resolve(_host: str, _port: int) -> Iterable[str]:
        return addresses

    return guarded.client(
        allowed=allowed, ports={server.port}, authorities=authority.pem, resolve=resolve, limits=limits
    )


async def refused(client: Client, url: str) -> NoReply:
    with pytest.raises(NoReply) as refusal:
        await client.get(url)
    return refusal.value


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_public_is_not_reached(address: str) -> None:
    assert not Reach().admits(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_is_reached(address: str) -> None:
    assert Reach().admits(address)


@given(st.ip_addresses(v=4))
def test_an_address_of_the_old_kind_in_one_of_the_new_kind_leads_no_further(
    address: ipaddress.IPv4Address,
) -> None:
    for form in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert Reach().admits(form) == Reach().admits(str(address))
    assert not Reach().admits(f"::{address}")


def test_the_installation_may_allow_a_network_of_its_own() -> None:
    assert Reach(["10.8.0.0/16"]).admits("10.8.1.2")
    assert Reach(["10.8.0.0/16"]).admits("::ffff:10.8.1.2")
    assert not Reach(["10.8.0.0/16"]).admits("10.9.1.2")


async def test_a_receiver_answers_over_one_connection(authority: Authority) -> None:
    async with serving(authority) as (server, client):
        server.answer = lambda asked: Told(201, asked.body[::-1], {"X-Said": "yes"})
        replies = [await client.post(server.url("/in?a=1"), b"abc", {"X-Ours": "1"}) for _ in range(3)]
        assert [(reply.status, reply.body, reply.headers["x-said"]) for reply in replies] == [
            (201, b"cba", "yes")
        ] * 3
        assert server.connections == 1
        asked = server.asked[0]
        assert (asked.method, asked.path, asked.headers["x-ours"]) == ("POST", "/in?a=1", "1")
        assert asked.headers["host"] == f"localhost:{server.port}"


async def test_without_leave_this_machine_is_not_even_connected_to(authority: Authority) -> None:
    async with https_server(authority.serves("localhost")) as server:
        for host in (
            "localhost",
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "[::1]",
            "[::ffff:127.0.0.1]",
        ):
            client = guarded.client(ports={server.port}, authorities=authority.pem)
            refusal = await refused(client, server.url(host=host))
            assert refusal.answer().outcome == "never" or refusal.code == "name unknown", host
            await client.close()
        assert server.connections == 0


async def test_one_bad_address_among_good_ones_is_enough_to_refuse(authority: Authority) -> None:
    async with https_server(authority.serves("localhost")) as server:
        client = a_client(server, authority, addresses=["127.0.0.1", "10.0.0.1"])
        refusal = await refused(client, server.url())
        assert (refusal.code, refusal.later) == ("address", False)
        assert server.connections == 0
        await client.close()


async def test_a_name_is_resolved_once_and_what_was_checked_is_connected_to(authority: Authority) -> None:
    turns: list[str] = []

    async def rebinding(host: str, _port: int) -> list[str]:
        turns.append(host)
        return ["127.0.0.1"] if len(turns) == 1 else ["10.0.0.1"]

    async with https_server(authority.serves("receiver.example")) as server:
        client = guarded.client(
            allowed=HERE, ports={server.port}, authorities=authority.pem, resolve=rebinding
        )
        server.answer = lambda _asked: Told(headers={"Connection": "close"})
        reply = await client.get(server.url(host="receiver.example"))
        assert (reply.status, turns) == (200, ["receiver.example"])
        # the next connection asks again, finds an address of ours and is not made
        assert (await refused(client, server.url(host="receiver.example"))).code == "address"
        assert (len(turns), server.connections) == (2, 1)
        await client.close()


async def test_the_certificate_is_checked_against_the_name_and_not_the_address(authority: Authority) -> None:
    async with https_server(authority.serves("other.example", "127.0.0.1")) as server:
        client = a_client(server, authority)
        assert (await refused(client, server.url(host="receiver.example"))).code == "tls"
        assert (await client.get(server.url(host="other.example"))).status == 200
        await client.close()
        assert len(server.asked) == 1


async def test_a_certificate_of_nobody_or_of_yesterday_is_refused(authority: Authority) -> None:
    async with https_server(authority.serves("localhost", expired=True)) as server:
        client = a_client(server, authority)
        assert (await refused(client, server.url())).code == "tls"
        await client.close()
    async with https_server(authority.serves("localhost")) as server:
        stranger = guarded.client(allowed=HERE, ports={server.port})
        assert (await refused(stranger, server.url(host="127.0.0.1"))).code == "tls"
        await stranger.close()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(authority: Authority, status: int) -> None:
    async with serving(authority) as (server, client), https_server(authority.serves("localhost")) as inner:
        server.answer = lambda _asked: Told(status, headers={"Location": inner.url("/metadata")})
        reply = await client.post(server.url(), b"x")
        assert isinstance(reply, Reply)
        assert reply.status == status
        assert (len(server.asked), inner.connections) == (1, 0)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "ftp://localhost/",
        "file:///etc/passwd",
        "//localhost/",
        "localhost",
        "",
        "https://",
        "https:///path",
        "https://localhost:22/",
        "https://localhost:80/",
        "https://localhost:99999/",
        "https://localhost:x/",
        "https://user@localhost/",
        "https://user:secret@localhost/",
        "https://@localhost/",
        "https://good.example\\@localhost/",
        "https://local host/",
        "https://localhost/a b",
        "https://localhost/\r\nX: y",
        "https://local\thost/",
        "https://localhost\x00.example/",
        "https://localhost/路",
        "https://[::1/",
        "https://[localhost]/",
        "https://a..b/",
        "https://-a.example/",
        "https://a_b.example/",
        "https://a%2eexample/",
        "https://\ud800.example/",
        "https://" + "a" * 64 + ".example/",
        "https://localhost/" + "a" * 2048,
    ],
)
async def test_an_address_that_is_no_plain_https_address_is_refused(url: str) -> None:
    client = guarded.client()
    refusal = await refused(client, url)
    assert (refusal.code, refusal.later) == ("address", False)
    await client.close()


def test_an_international_name_is_asked_for_as_the_network_writes_it() -> None:
    assert guarded.read("https://通知.示例/in?x=1").host == "xn--k7y792c.xn--fsq092h"
    assert guarded.read("https://EXAMPLE.com").path == "/"
    assert guarded.read("https://example.com:8443/a#b") == guarded.Target("example.com", 8443, "/a")


@given(st.text(max_size=60))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    for url in (text, f"https://{text}", f"https://a.example/{text}", f"https://a.example:{text}"):
        try:
            target = guarded.read(url)
        except NoReply:
            continue
        assert target.port in guarded.PORTS
        assert target.host.isascii()
        assert not {"@", "/", "\\", " ", "\r", "\n", "\x00"} & set(target.host)
        assert target.path.isascii()
        assert target.path.isprintable()


async def test_a_receiver_that_hangs_costs_no_more_than_the_time_limit(authority: Authority) -> None:
    async with https_server(authority.serves("localhost")) as server:
        server.answer = lambda _asked: Told(hangs=True)
        client = a_client(server, authority, limits=Limits(seconds=0.3))
        assert (await refused(client, server.url())).answer().outcome == "later"
        server.answer = lambda _asked: Told()
        assert (await client.get(server.url())).status == 200
        await client.close()


async def test_an_answer_that_does_not_end_is_cut_off(authority: Authority) -> None:
    async with https_server(authority.serves("localhost")) as server:
        client = a_client(server, authority, limits=Limits(answer_bytes=1000))
        server.answer = lambda _asked: Told(body=b"x" * 1000)
        assert len((await client.get(server.url())).body) == 1000
        server.answer = lambda _asked: Told(body=b"x" * 1001)
        assert (await refused(client, server.url())).code == "too large"
        endless = (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"3e8\r\n" + b"x" * 1000 + b"\r\n"
        )
        server.answer = lambda _asked: Told(raw=endless + b"1\r\ny\r\n")
        assert (await refused(client, server.url())).code == "too large"
        await client.close()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf",
        b"HTTP/1.1 200",
        b"hello\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"a: " + b"b" * 200_000 + b"\r\n\r\n",
        b"\x00" * 1000,
    ],
)
async def test_half_an_answer_and_nonsense_may_be_better_later(authority: Authority, raw: bytes) -> None:
    async with serving(authority) as (server, client):
        server.answer = lambda _asked: Told(raw=raw)
        answer = (await refused(client, server.url())).answer()
        assert (answer.outcome, answer.of_channel) == ("later", True)
        assert answer.code in ("protocol", "connection")


async def test_nobody_listening_and_a_name_of_nobody_may_be_better_later(authority: Authority) -> None:
    async with serving(authority) as (server, _):
        nobody = a_client(server, authority, addresses=())
        assert (await refused(nobody, server.url())).code == "name unknown"
        await nobody.close()
        gone = a_client(server, authority)
    assert (await refused(gone, server.url())).answer().outcome == "later"
    await gone.close()


async def test_the_next_address_of_a_name_is_tried_when_one_does_not_answer(authority: Authority) -> None:
    async with https_server(authority.serves("localhost")) as server:
        client = a_client(server, authority, addresses=["127.0.0.2", "127.0.0.1"], allowed=["127.0.0.0/8"])
        assert (await client.get(server.url())).status == 200
        await client.close()


async def test_closing_ends_every_connection(authority: Authority) -> None:
    async with serving(authority) as (server, client):
        await asyncio.gather(*(client.get(server.url()) for _ in range(3)))
        assert server.open
        await client.close()
        await eventually(lambda: not server.open, "no connection is open")


async def test_no_header_breaks_out_of_its_line(authority: Authority) -> None:
    async with serving(authority) as (server, client):
        with pytest.raises(NoReply):
            await client.post(server.url(), b"", {"X-Id": "a\r\nX-Other: b"})
        assert server.asked == []
