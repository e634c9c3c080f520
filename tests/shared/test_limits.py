"""Who asks too much waits, nobody else does; who counts forgets; what stalls is given up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Request
from joserfc.jwk import OKPKey
from starlette.responses import StreamingResponse

from shared import edge, limits
from shared.auth import Signer, Verifier
from shared.domain import PersonId
from shared.limits import BURST_SECONDS, Limits, neighbourhood
from shared.problems import TooManyRequests
from shared.settings import Settings
from shared.web import create_app
from tests.support.waiting import eventually

ISSUER = "http://localhost:8080"
SIGNER = Signer(OKPKey.generate_key("Ed25519"), ISSUER)
EACH = 30  # what a bucket of one a second takes at once

router = APIRouter()
reached: list[str] = []


@router.get("/thing")
async def thing() -> str:
    reached.append("thing")
    return "here"


@pytest.fixture(autouse=True)
def time_stands(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that have gone by, as a test says."""
    gone = [1000.0]
    monkeypatch.setattr("shared.limits.monotonic", lambda: gone[0])
    reached.clear()
    return gone


def app_with(some: Limits) -> FastAPI:
    app = create_app("projects", routers=[router], limits=some)
    app.state.verifier = Verifier(SIGNER.jwks(), ISSUER)
    return app


def client_of(app: FastAPI, address: str = "10.0.0.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://test/api/projects")


def signed_in(person: str | None = None) -> dict[str, str]:
    token = SIGNER.sign(PersonId(person or str(uuid4())), str(uuid4()), datetime.now(UTC))
    return {"Authorization": f"Bearer {token}"}


async def test_who_asks_too_much_is_told_how_long_to_wait_in_their_language(time_stands: list[float]) -> None:
    client, headers = client_of(app_with(Limits(person_per_second=1))), signed_in()
    for _ in range(EACH):
        assert (await client.get("/thing", headers=headers)).status_code == 200

    for language, said in (("en", "Too many requests"), ("zh-CN", "请求过于频繁")):
        answer = await client.get("/thing", headers=headers | {"Accept-Language": language})
        assert (answer.status_code, answer.json()["code"]) == (429, "TooManyRequests")
        assert answer.headers["retry-after"] == "1"
        assert said in answer.json()["detail"]
    assert len(reached) == EACH

    time_stands[0] += 1
    assert (await client.get("/thing", headers=headers)).status_code == 200
    assert (await client.get("/thing", headers=headers)).status_code == 429


async def test_a_person_is_counted_wherever_they_sit_and_nobody_else_with_them() -> None:
    app, person = app_with(Limits(person_per_second=1, address_per_second=1)), str(uuid4())
    for n in range(EACH):  # each time from elsewhere, and with a token of its own
        assert (await client_of(app, f"10.0.0.{n}").get("/thing", headers=signed_in(person))).is_success
    there = client_of(app, "10.0.0.99")
    assert (await there.get("/thing", headers=signed_in(person))).status_code == 429
    assert (await there.get("/thing", headers=signed_in())).is_success
    assert (await there.get("/thing")).is_success


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer e30.e30.e30"},
        {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer " + "x" * 9000},
        {"Authorization": "Bearer é"},
    ],
    ids=["no token", "forged", "no bearer", "endless", "no ASCII"],
)
async def test_without_a_token_of_ours_the_address_is_counted(headers: dict[str, str]) -> None:
    app = app_with(Limits(address_per_second=1))
    sent = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
    for _ in range(EACH):
        assert (await client_of(app).get("/thing", headers=sent)).is_success
    assert (await client_of(app).get("/thing", headers=sent)).status_code == 429
    assert (await client_of(app, "10.0.0.2").get("/thing", headers=sent)).is_success


async def test_a_token_that_is_over_does_not_use_up_what_its_person_may_ask() -> None:
    app, person = app_with(Limits(person_per_second=1)), str(uuid4())
    long_ago = SIGNER.sign(PersonId(person), str(uuid4()), datetime(2026, 1, 1, tzinfo=UTC))
    for _ in range(2 * EACH):
        await client_of(app).get("/thing", headers={"Authorization": f"Bearer {long_ago}"})
    assert (await client_of(app).get("/thing", headers=signed_in(person))).is_success


def test_of_very_many_the_latest_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "REMEMBERED_AT_MOST", 100)
    some = Limits(address_per_second=1)

    def asks(address: str) -> None:
        some.check({"headers": [], "client": (address, 1)})

    for _ in range(EACH):
        asks("10.9.9.9")
    for n in range(1000):
        asks(f"10.1.{n // 250}.{n % 250}")
        if n % 50 == 0:  # who goes on asking is not forgotten
            with pytest.raises(TooManyRequests):
                asks("10.9.9.9")
    assert len(some._full_at) == 100


def test_a_house_has_one_address_however_many_it_draws() -> None:
    assert neighbourhood("2001:db8:1:2::1") == neighbourhood("2001:db8:1:2:ffff::9")
    assert neighbourhood("2001:db8:1:2::1") != neighbourhood("2001:db8:1:3::1")
    assert neighbourhood("10.0.0.1") != neighbourhood("10.0.0.2")
    assert neighbourhood("") == ""


def test_a_bucket_refills_as_time_goes_by_and_never_beyond(time_stands: list[float]) -> None:
    some = Limits(address_per_second=2)
    scope: dict[str, Any] = {"headers": [], "client": ("10.0.0.1", 1)}
    for pause in (0, 10_000):
        time_stands[0] += pause
        for _ in range(2 * BURST_SECONDS):
            some.check(scope)
        with pytest.raises(TooManyRequests):
            some.check(scope)


def test_the_example_lives_its_year_without_waiting(time_stands: list[float]) -> None:
    scope: dict[str, Any] = {"headers": [], "client": ("10.0.0.1", 1)}
    usual, example = (
        Limits.of(Settings(service="projects", clock=clock, address_requests_per_second=1))
        for clock in ("system", "example")
    )
    for _ in range(EACH):
        usual.check(scope)
    with pytest.raises(TooManyRequests):
        usual.check(scope)
    for _ in range(100 * EACH):
        example.check(scope)


async def test_of_too_many_at_once_the_last_are_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SERVED_AT_MOST", 3)
    go_on = asyncio.Event()
    slow = APIRouter()

    @slow.get("/slow")
    async def slowly() -> None:
        await go_on.wait()

    app = create_app("projects", routers=[slow, router])
    client = client_of(app)
    served = [asyncio.create_task(client.get("/slow")) for _ in range(3)]
    await asyncio.sleep(0)
    answer = await client.get("/slow", headers={"Accept-Language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (503, "TryLater")
    assert answer.headers["retry-after"] == "2"

    go_on.set()
    assert {one.status_code for one in await asyncio.gather(*served)} == {200}
    assert (await client.get("/thing")).is_success


async def test_a_stream_of_events_stays_open_and_is_not_one_of_those_that_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is worked at until it begins; else the streams of a few hundred people would shut all others out."""
    monkeypatch.setattr(limits, "SERVED_AT_MOST", 1)
    go_on, begun, streams = asyncio.Event(), 0, APIRouter()

    async def events() -> AsyncIterator[bytes]:
        nonlocal begun
        begun += 1
        yield b": \n\n"
        await go_on.wait()

    @streams.get("/stream")
    async def stream() -> StreamingResponse:
        return StreamingResponse(events(), media_type="text/event-stream")

    def has_begun(streams: int) -> bool:
        return begun == streams

    client = client_of(create_app("projects", routers=[streams, router]))
    held = []
    for number in range(1, 4):
        held.append(asyncio.create_task(client.get("/stream")))
        await eventually(partial(has_begun, number), "it has begun")
    assert (await client.get("/thing")).is_success
    go_on.set()
    assert {one.status_code for one in await asyncio.gather(*held)} == {200}
    assert (await client.get("/thing")).is_success


@pytest.mark.parametrize("streamed", [{}, {"/api/projects/files": 1}], ids=["JSON", "a file"])
async def test_a_body_that_stalls_is_given_up(
    monkeypatch: pytest.MonkeyPatch, streamed: dict[str, int]
) -> None:
    monkeypatch.setattr(edge, "BODY_SECONDS", 0.05)
    files = APIRouter()

    @files.post("/files")
    async def take(request: Request) -> None:
        await request.body()

    app = create_app("projects", routers=[files], streamed=streamed)
    pieces = [{"type": "http.request", "body": b"{", "more_body": True}]

    async def receive() -> Any:
        if pieces:
            return pieces.pop()
        return await asyncio.Event().wait()

    told: list[Any] = []

    async def send(message: Any) -> None:
        told.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/projects/files",
        "headers": [],
        "query_string": b"",
    }
    await app(scope, receive, send)
    assert told[0]["status"] == 408
    assert b"TooSlow" in told[1]["body"]
