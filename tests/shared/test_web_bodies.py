"""Which bodies the edge of every service takes."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator, Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
import structlog
from pydantic import ValidationError

from shared.web import create_app
from tests.shared.a_service import JSON, Draft, Milestone, knocking, router, says, taken


@pytest.fixture(autouse=True)
def logged() -> Iterator[list[Any]]:
    """Also much faster than the traceback that structlog would draw."""
    with structlog.testing.capture_logs() as lines:
        yield lines


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with knocking() as client:
        yield client


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
