"""The edge of every service: what is taken, what is refused, and how the refusal reads."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
import structlog
from asyncpg.exceptions import CannotConnectNowError, CheckViolationError, DiskFullError
from fastapi import APIRouter, Depends, Response
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from shared.auth import BadToken
from shared.decision import KeyUsedForAnother, WrittenByNewerCode
from shared.domain import Incomplete, NotAllowed, NotKnown, Refusal, Stale
from shared.passing import Unavailable
from shared.problems import MEANS, STATUS, TooManyTries
from shared.web import Body, Posted, Sending, create_app, etag, expected_version
from tests.support.measured import grows

taken: list[Draft] = []
router = APIRouter()


class Milestone(Body):
    title: str
    due: date


class Draft(Body):
    title: str
    budget: Decimal | None = None
    number: int = 0
    urgent: bool = False
    lead: UUID | None = None
    milestones: tuple[Milestone, ...] = ()
    words: tuple[str, ...] = ()


class OnlyOnSundays(Refusal):
    """{day} is no Sunday.

    Come on Sunday."""


@router.post("/drafts")
async def draft(body: Posted[Draft], sent: Sending) -> dict[str, Any]:
    taken.append(body)
    return {"key": sent.key, "request": sent.request, "version": sent.expected_version}


@router.post("/acts", status_code=204)
async def act(sent: Sending) -> None:
    """A command without a body."""


@router.get("/versions")
async def version(response: Response, seen: Annotated[int | None, Depends(expected_version)]) -> int | None:
    response.headers["ETag"] = etag(3)
    return seen


REFUSED: dict[str, Exception] = {
    "sunday": OnlyOnSundays(day="Monday"),
    "not-allowed": NotAllowed(),
    "not-known": NotKnown(),
    "incomplete": Incomplete(missing=["plan", "targets"]),
    "stale": Stale(),
    "used": KeyUsedForAnother(),
    "token": BadToken("expired at 12:00"),
    "tries": TooManyTries(seconds=30),
    "away": Unavailable("password=hunter2"),
    "newer": WrittenByNewerCode("projects/group/7"),
    "refuses-connections": ConnectionRefusedError("password=hunter2"),
    "recovers": DBAPIError("SELECT hunter2", None, CannotConnectNowError("recovering")),
    "full": DBAPIError("INSERT hunter2", None, DiskFullError("No space left on device")),
    "bug": RuntimeError("password=hunter2"),
    "refuses-values": DBAPIError("INSERT hunter2", None, CheckViolationError("no")),
}


@router.get("/refused/{how}")
async def refused(how: str) -> None:
    raise REFUSED[how]


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
    taken.clear()
    app = create_app("projects", routers=[router])
    headers = {"Idempotency-Key": "k1", "Accept-Language": "en"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://front/api/projects", headers=headers
    ) as client:
        yield client


def says(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of a problem that is complete."""
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["type"] == f"urn:denggao:problem:{told['code']}"
    assert told["status"] == answer.status_code
    assert told["correlation"] == answer.headers["x-request-id"]
    assert told["title"]
    assert told["detail"]
    assert told["advice"]
    return answer.status_code, told["code"]


# Refusals


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ("sunday", 409, "OnlyOnSundays"),
        ("not-allowed", 403, "NotAllowed"),
        ("not-known", 404, "NotKnown"),
        ("incomplete", 422, "Incomplete"),
        ("stale", 412, "Stale"),
        ("used", 422, "KeyUsedForAnother"),
        ("token", 401, "NotSignedIn"),
        ("tries", 429, "TooManyTries"),
        ("away", 503, "TryLater"),
        ("newer", 503, "TryLater"),
        ("refuses-connections", 503, "TryLater"),
        ("recovers", 503, "TryLater"),
        ("full", 503, "TryLater"),
        ("bug", 500, "Unexpected"),
        ("refuses-values", 500, "Unexpected"),
    ],
)
async def test_every_no_is_a_problem_with_its_status(
    client: httpx.AsyncClient, how: str, status: int, code: str
) -> None:
    answer = await client.get(f"/refused/{how}")

    assert says(answer) == (status, code)
    assert "hunter2" not in answer.text


async def test_what_went_wrong_is_in_the_log_and_not_in_the_answer(
    client: httpx.AsyncClient, logged: list[Any]
) -> None:
    await client.get("/refused/bug")

    (line,) = logged
    assert line["event"] == "unexpected"
    assert isinstance(line["exc_info"], RuntimeError)


async def test_the_rule_speaks_its_own_sentence(client: httpx.AsyncClient) -> None:
    told = (await client.get("/refused/sunday")).json()
    assert (told["detail"], told["advice"]) == ("Monday is no Sunday.", "Come on Sunday.")


async def test_what_is_missing_is_listed(client: httpx.AsyncClient) -> None:
    assert (await client.get("/refused/incomplete")).json()["missing"] == ["plan", "targets"]


async def test_chinese_is_spoken_unless_english_is_asked_for(client: httpx.AsyncClient) -> None:
    chinese = await client.get("/refused/stale", headers={"Accept-Language": "fr"})
    assert chinese.json()["detail"] == "您上次读取之后，内容已有变化。"
    assert chinese.headers["content-language"] == "zh-CN"


async def test_who_is_not_signed_in_is_told_how(client: httpx.AsyncClient) -> None:
    assert (await client.get("/refused/token")).headers["www-authenticate"] == "Bearer"


async def test_who_must_wait_is_told_how_long(client: httpx.AsyncClient) -> None:
    assert (await client.get("/refused/tries")).headers["retry-after"] == "30"
    assert (await client.get("/refused/away")).headers["retry-after"] == "2"


def test_every_status_in_the_table_has_a_title_in_both_languages() -> None:
    from shared.sentences import word

    for status in set(STATUS.values()):
        assert word("titles", str(status), "en") != str(status)
        assert word("titles", str(status), "zh-CN") != word("titles", str(status), "en")
    assert set(MEANS.values()) <= STATUS.keys()


async def test_an_unknown_address_and_method_are_problems_too(client: httpx.AsyncClient) -> None:
    assert says(await client.get("/nothing")) == (404, "NoSuchAddress")
    assert says(await client.get("http://front/")) == (404, "NoSuchAddress")
    answer = await client.delete("/drafts")
    assert says(answer) == (405, "NoSuchMethod")
    assert answer.headers["allow"] == "POST"


# Bodies

GOOD = {"title": "减少等工"}


async def test_a_body_arrives_typed_trimmed_and_in_nfc(client: httpx.AsyncClient) -> None:
    body = {
        "title": "  cafe\u0301 ",
        "budget": "12.50",
        "lead": "a2d1be8c-0000-4000-8000-000000000000",
        "milestones": [{"title": "one", "due": "2026-03-31"}],
        "words": ["e\u0301"],
    }

    answer = await client.post("/drafts", json=body)

    assert answer.status_code == 200
    assert taken == [
        Draft(
            title="café",
            budget=Decimal("12.50"),
            lead=UUID("a2d1be8c-0000-4000-8000-000000000000"),
            milestones=(Milestone(title="one", due=date(2026, 3, 31)),),
            words=("é",),
        )
    ]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({}, "title", "missing"),
        ({"title": 7}, "title", "string_type"),
        ({"title": None}, "title", "string_type"),
        (GOOD | {"number": "7"}, "number", "int_type"),
        (GOOD | {"number": 7.5}, "number", "int_type"),
        (GOOD | {"number": True}, "number", "int_type"),
        (GOOD | {"urgent": 1}, "urgent", "bool_type"),
        (GOOD | {"urgent": "true"}, "urgent", "bool_type"),
        (GOOD | {"budget": "NaN"}, "budget", "finite_number"),
        (GOOD | {"budget": "much"}, "budget", "decimal_parsing"),
        (GOOD | {"lead": "me"}, "lead", "uuid_parsing"),
        (GOOD | {"colour": "red"}, "colour", "extra_forbidden"),
        (GOOD | {"milestones": [{"title": "x", "due": "31.3.2026"}]}, "milestones[0].due", "date_parsing"),
        (GOOD | {"milestones": [{"title": "x", "due": 20260331}]}, "milestones[0].due", "date_type"),
        (GOOD | {"milestones": {"title": "x"}}, "milestones", "tuple_type"),
        (GOOD | {"milestones": [{"title": "x", "due": "2026-03-31", "by": 1}]}, "milestones[0].by", None),
    ],
)
async def test_a_wrong_field_is_named_with_its_path(
    client: httpx.AsyncClient, body: Any, field: str, code: str | None
) -> None:
    answer = await client.post("/drafts", json=body)

    assert says(answer) == (422, "FieldsWrong")
    (wrong,) = answer.json()["errors"]
    assert wrong["field"] == field
    assert wrong["code"] == (code or "extra_forbidden")
    assert not taken


@pytest.mark.parametrize(("language", "rest"), [("en", "and 29950 more"), ("zh-CN", "另有 29950 项")])
async def test_of_very_many_wrong_fields_the_first_are_named_and_the_rest_counted(
    client: httpx.AsyncClient, language: str, rest: str
) -> None:
    body = GOOD | {f"unknown{n}": 1 for n in range(30_000)}
    answer = await client.post("/drafts", json=body, headers={"Accept-Language": language})
    assert says(answer) == (422, "FieldsWrong")
    assert len(answer.json()["errors"]) == 50
    assert rest in answer.json()["detail"]
    assert len(answer.content) < 20_000


async def test_a_very_long_name_of_a_field_is_not_told_back(client: httpx.AsyncClient) -> None:
    answer = await client.post("/drafts", json=GOOD | {"x" * 500_000: 1})
    assert says(answer) == (422, "FieldsWrong")
    assert answer.json()["errors"][0]["field"] == "x" * 200 + "…"
    assert len(answer.content) < 2_000


async def test_field_messages_speak_chinese_and_never_repeat_the_input(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/drafts", json=GOOD | {"number": "hunter2"}, headers={"Accept-Language": "zh-CN"}
    )
    assert answer.json()["errors"][0]["message"] == "应为整数"
    assert "hunter2" not in answer.text


JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("content", "headers", "status", "code"),
    [
        (b"title=x", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "BodyNotJson"),
        (b'{"title": "x"}', {"Content-Type": "text/plain"}, 415, "BodyNotJson"),
        (b'{"title": "x"}', {"Content-Type": "application/json; charset=gbk"}, 415, "BodyNotJson"),
        (b'{"title": "x"}', {}, 415, "BodyNotJson"),
        (gzip.compress(b"0" * 10**7), JSON | {"Content-Encoding": "gzip"}, 415, "BodyNotJson"),
        (b"not json", JSON, 400, "NotJson"),
        (b"[]", JSON, 400, "NotJson"),
        (b'{"title": "x", "title": "y"}', JSON, 400, "FieldTwice"),
        (b'{"title": "\\u0000"}', JSON, 400, "SignNotVisible"),
        (b'{"title": "\\ud800"}', JSON, 400, "SignNotVisible"),
        (b'{"title": "x", "number": NaN}', JSON, 400, "NumberNotExact"),
        (b'{"title": "x", "number": 9223372036854775808}', JSON, 400, "NumberNotExact"),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, JSON, 400, "TooDeep"),
        (b'{"title": "' + b"x" * 2**20 + b'"}', JSON, 413, "BodyTooLarge"),
        (b"", {}, 422, "FieldsWrong"),
    ],
)
async def test_what_is_no_clean_json_object_is_refused_before_anything_is_done(
    client: httpx.AsyncClient, content: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await client.post("/drafts", content=content, headers=headers)

    assert says(answer) == (status, code)
    assert not taken


async def test_a_body_without_length_is_counted_while_it_arrives() -> None:
    app = create_app("projects", routers=[router])
    asked = 0

    async def endless() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        return {"type": "http.request", "body": b" " * 65536, "more_body": True}

    answered: list[Any] = []

    async def send(message: Any) -> None:
        answered.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/projects/drafts",
        "headers": [],
        "query_string": b"",
    }
    await app(scope, endless, send)

    assert answered[0]["status"] == 413
    assert asked == 17


async def test_a_client_that_hangs_up_while_sending_gets_no_answer_and_does_no_harm() -> None:
    app = create_app("projects", routers=[router])

    async def gone() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise AssertionError(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/api/projects/drafts",
        "headers": [],
        "query_string": b"",
    }
    await app(scope, gone, send)


def test_a_body_cannot_be_changed_after_it_was_checked() -> None:
    with pytest.raises(ValidationError):
        Draft(title="x").title = "y"  # type: ignore[misc] # the test's point


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
