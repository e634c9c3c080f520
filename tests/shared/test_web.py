"""The edge of every service: keys, versions, correlation, health, metrics, what the API tells of itself."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
import structlog

from shared.web import create_app
from tests.shared.a_service import JSON, knocking, says
from tests.support.measured import grows


async def _sick() -> dict[str, Any]:
    raise ConnectionError("password=hunter2")


async def _late() -> dict[str, Any]:
    return {"complete_to": datetime(2026, 3, 31, 8, tzinfo=UTC)}


async def _away() -> dict[str, Any]:
    return {"ok": False, "nats": "away"}


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """Also much faster than the traceback that structlog would draw."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with knocking() as client:
        yield client


# Keys, versions, correlation


async def test_a_command_needs_a_key(client: httpx.AsyncClient) -> None:
    for key in (b"", b"with space", b"k" * 129, "钥".encode()):
        answer = await client.post("/acts", headers={b"Idempotency-Key": key})
        assert says(answer) == (400, "KeyMissing")
    del client.headers["Idempotency-Key"]
    assert says(await client.post("/acts")) == (400, "KeyMissing")


async def test_a_command_may_come_without_a_body(client: httpx.AsyncClient) -> None:
    assert (await client.post("/acts")).status_code == 204


async def test_a_repeat_is_told_from_another_request_by_its_hash(client: httpx.AsyncClient) -> None:
    async def request(body: bytes) -> str:
        return str((await client.post("/drafts", content=body, headers=JSON)).json()["request"])

    assert await request(b'{"title": "x"}') == await request(b'{"title": "x"}')
    assert await request(b'{"title": "x"}') != await request(b'{"title": "y"}')


async def test_two_people_with_the_same_key_give_two_commands(client: httpx.AsyncClient) -> None:
    from shared.web import Sent

    sent = Sent("k1", "hash", "correlation", None)
    assert sent.command_id("anna") == sent.command_id("anna")
    assert sent.command_id("anna") != sent.command_id("bert")


@pytest.mark.parametrize(("header", "version"), [('"3"', 3), ("*", None), (' "12" ', 12)])
async def test_the_etag_is_the_version(client: httpx.AsyncClient, header: str, version: int | None) -> None:
    answer = await client.get("/versions", headers={"If-Match": header})
    assert answer.json() == version
    assert answer.headers["etag"] == '"3"'


@pytest.mark.parametrize("header", ["3", 'W/"3"', '"x"', '"3", "4"', '"9999999999999999"', '"-1"'])
async def test_what_is_no_etag_of_ours_is_refused(client: httpx.AsyncClient, header: str) -> None:
    assert says(await client.get("/versions", headers={"If-Match": header})) == (400, "NoETag")


async def test_a_request_keeps_the_correlation_that_it_came_with(client: httpx.AsyncClient) -> None:
    kept = await client.get("/nothing", headers={"X-Request-Id": "order-4711.a"})
    made = await client.get("/nothing", headers={"X-Request-Id": "bad id\ttoo"})

    assert kept.json()["correlation"] == "order-4711.a"
    assert UUID(made.json()["correlation"]).version == 4


async def test_every_answer_forbids_what_an_api_has_no_use_for(client: httpx.AsyncClient) -> None:
    for path in ("/health", "/nothing", "/refused/bug"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers


# Health, metrics, docs


async def ask(health: Any, path: str = "/api/evaluation/health") -> httpx.Response:
    app = create_app("evaluation", health=health)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://own") as client:
        return await client.get(path)


async def test_health_is_200_only_while_it_is_well() -> None:
    assert (await ask(None)).json() == {"service": "evaluation", "ok": True}
    away = await ask(_away)
    assert (away.status_code, away.json()["nats"]) == (503, "away")
    assert (await ask(_late)).json()["complete_to"] == "2026-03-31T08:00:00Z"
    sick = await ask(_sick)
    assert sick.status_code == 503
    assert sick.json() == {"service": "evaluation", "ok": False}
    within = await ask(_sick, "/health")
    assert (within.status_code, within.json()["cause"]) == (503, "ConnectionError")


async def test_everybody_reads_how_many_are_held_and_only_the_operator_which_and_why() -> None:
    held = {"held": str(UUID(int=7)), "event": "projects/group/4", "cause": "KeyError('x')"}
    view = {"parked": [held], "parked_in_all": 130, "forked": [f"projects/{UUID(int=8)}"], "behind": {"p": 2}}
    view |= {"unknown": {"projects/Unheard": 2}}

    async def health() -> dict[str, Any]:
        return {"views": {"scores": view}}

    outside = await ask(health)
    assert outside.json()["views"]["scores"] == {"parked": 130, "forked": 1, "behind": {"p": 2}, "unknown": 1}
    assert (await ask(health, "/health")).json()["views"]["scores"] == view


async def test_metrics_count_by_route_not_by_path(client: httpx.AsyncClient) -> None:
    labels = {"service": "projects", "method": "GET", "route": "/refused/{how}", "status": "409"}
    with grows("denggao_http_answers_total", **labels), grows("denggao_refusals_total", rule="OnlyOnSundays"):
        await client.get("/refused/sunday")
    assert "denggao_http_answers_total" in (await client.get("http://own/metrics")).text


async def test_the_docs_need_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/docs")
    assert "http" not in page.text
    assert "script-src 'self';" in page.headers["content-security-policy"]
    for part in ("/docs/start.js", "/docs/files/swagger-ui.css", "/docs/files/swagger-ui-bundle.js"):
        assert f"/api/projects{part}" in page.text
        assert (await client.get(part)).status_code == 200


async def test_the_api_describes_its_bodies_keys_and_problems(client: httpx.AsyncClient) -> None:
    described = (await client.get("/openapi.json")).json()
    post = described["paths"]["/api/projects/drafts"]["post"]

    assert post["requestBody"]["content"]["application/json"]["schema"] == {
        "$ref": "#/components/schemas/Draft"
    }
    assert described["components"]["schemas"]["Draft"]["additionalProperties"] is False
    assert {"idempotency-key"} == {p["name"] for p in post["parameters"] if p["required"]}
    assert post["responses"]["422"] == {"$ref": "#/components/responses/Refused422"}
    refused = described["components"]["responses"]["Refused400"]["content"]
    assert list(refused) == ["application/problem+json"]
    assert "KeyMissing" in refused["application/problem+json"]["schema"]["properties"]["code"]["enum"]
    assert "HTTPValidationError" not in json.dumps(described)
