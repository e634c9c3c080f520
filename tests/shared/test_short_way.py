"""The short way to a command's endpoint answers every request exactly as FastAPI's own way does."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from shared.domain import Refusal
from shared.problems import NotSignedIn
from shared.short_way import ShortWay
from shared.web import Body, Posted, Sending, create_app

FRONT = "http://front/api/projects"
STREAM = "0b1f6e0c-8a7e-4f0e-9a52-6f0f7a3c1d11"
ADDRESS = f"/plans/{STREAM}/revise-plan"
WHOLE: dict[str, Any] = {
    "title": "降低返修率",
    "due": "2026-03-31",
    "budget": "12.50",
    "parts": [{"number": 1}],
}
router = APIRouter()


class Part(Body):
    number: int


class Plan(Body):
    title: str
    due: date
    budget: Decimal | None = None
    parts: tuple[Part, ...] = ()


class Told(BaseModel):
    stream: UUID
    key: str
    request: str
    correlation: str
    version: int | None
    person: str
    office: str | None
    plan: Plan | None = None


class NoSuchPlan(Refusal):
    """There is no plan {title}.

    Look for another."""


async def person(authorization: Annotated[str | None, Header()] = None) -> str:
    if authorization is None:
        raise NotSignedIn()
    return authorization


async def office(denggao_office: Annotated[str | None, Header(max_length=8)] = None) -> str | None:
    return denggao_office


Person = Annotated[str, Depends(person)]
Office = Annotated[str | None, Depends(office)]


@router.post("/plans/{stream}/revise-plan")
async def revise(
    request: Request, stream: UUID, body: Posted[Plan], sent: Sending, person: Person, office: Office
) -> Told:
    if body.title == "none":
        raise NoSuchPlan(title=request.url.path)
    if body.title == "bug":
        raise RuntimeError("of nobody's fault")
    return told(stream, sent, person, office, body)


@router.post("/plans/{stream}/close-plan", status_code=202)
async def close(stream: UUID, sent: Sending, person: Person, office: Office) -> Told:
    return told(stream, sent, person, office)


@router.post("/plans/draft-plan", status_code=201)
async def draft(body: Posted[Plan], sent: Sending, person: Person, office: Office) -> Told:
    return told(UUID(STREAM), sent, person, office, body)


@router.post("/plans/{stream}/ask")
async def ask(stream: UUID, sent: Sending, person: Person, how: Annotated[int, Query()] = 1) -> Told:
    return told(stream, sent, person, str(how))


@router.get("/plans/{stream}/revise-plan")
async def seen(stream: UUID) -> str:
    return str(stream)


def told(stream: UUID, sent: Sending, person: str, office: str | None, plan: Plan | None = None) -> Told:
    return Told(
        stream=stream,
        key=sent.key,
        request=sent.request,
        correlation=sent.correlation,
        version=sent.expected_version,
        person=person,
        office=office,
        plan=plan,
    )


def ways(app: FastAPI) -> ShortWay:
    return next(route for route in app.router.routes if isinstance(route, ShortWay))


@dataclass(frozen=True)
class Both:
    short: httpx.AsyncClient
    long: httpx.AsyncClient

    async def answer(self, method: str, path: str, headers: dict[str, str], content: bytes) -> httpx.Response:
        """The short way's answer, once it is found to be that of FastAPI."""
        mine, theirs = [
            await one.request(method, path, headers=headers, content=content)
            for one in (self.short, self.long)
        ]
        assert (mine.status_code, mine.text) == (theirs.status_code, theirs.text)
        assert sorted(mine.headers.multi_items()) == sorted(theirs.headers.multi_items())
        return mine


@pytest.fixture(scope="module")
def both() -> Both:
    short, long = create_app("projects", routers=[router]), create_app("projects", routers=[router])
    long.router.routes.remove(ways(long))
    return Both(
        *(httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=FRONT) for app in (short, long))
    )


HEADERS = {
    "Idempotency-Key": "k1",
    "If-Match": '"3"',
    "Authorization": "liqiang",
    "Denggao-Office": "o1",
    "Content-Type": "application/json",
    "X-Request-Id": "the-same-for-both",
}


async def test_a_command_is_taken_with_all_that_came_with_it(both: Both) -> None:
    answer = await both.answer("POST", ADDRESS, HEADERS, json.dumps(WHOLE).encode())
    assert answer.status_code == 200
    assert answer.json() | {"request": ""} == {
        "stream": STREAM,
        "key": "k1",
        "request": "",
        "correlation": "the-same-for-both",
        "version": 3,
        "person": "liqiang",
        "office": "o1",
        "plan": WHOLE,
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [(f"/plans/{STREAM}/close-plan", 202), ("/plans/draft-plan", 201), (f"/plans/{STREAM}/ask?how=2", 200)],
)
async def test_every_kind_of_address_answers_with_its_own_status(both: Both, path: str, status: int) -> None:
    content = json.dumps(WHOLE).encode() if "draft" in path else b""
    assert (await both.answer("POST", path, HEADERS, content)).status_code == status


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Idempotency-Key": None}, "KeyMissing"),
        ({"Idempotency-Key": "ö"}, "KeyMissing"),
        ({"Idempotency-Key": "x" * 129}, "KeyMissing"),
        ({"Idempotency-Key": None, "Authorization": None}, "NotSignedIn"),
        ({"Idempotency-Key": None, "If-Match": "3"}, "KeyMissing"),
        ({"If-Match": "3"}, "NoETag"),
        ({"Authorization": None, "If-Match": "3"}, "NoETag"),
        ({"Denggao-Office": "much too long"}, "FieldsWrong"),
        ({"Content-Type": "text/plain"}, "BodyNotJson"),
    ],
)
async def test_what_is_wrong_with_a_header_is_said_alike(
    both: Both, change: dict[str, str | None], code: str
) -> None:
    headers = {name: value for name, value in (HEADERS | change).items() if value is not None}
    sent: Any = {name: value.encode() for name, value in headers.items()}
    answer = await both.answer("POST", ADDRESS, sent, json.dumps(WHOLE).encode())
    assert answer.json()["code"] == code


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        (ADDRESS, "", 422),
        (ADDRESS, "[]", 400),
        (ADDRESS, "{}", 422),
        (
            ADDRESS,
            '{"title": 1, "due": "2026-02-30", "budget": "x", "parts": [{"number": "1"}], "more": 0}',
            422,
        ),
        (ADDRESS, '{"title": "e\\u0301", "due": "2026-03-31"}', 200),
        (ADDRESS, '{"title": "none", "due": "2026-03-31"}', 409),
        (ADDRESS, '{"title": "bug", "due": "2026-03-31"}', 500),
        (ADDRESS.replace(STREAM, STREAM.replace("-", "")), json.dumps(WHOLE), 200),
        (ADDRESS.replace(STREAM, "no-id"), "{}", 422),
        (ADDRESS.replace(STREAM, "a%2Fb"), json.dumps(WHOLE), 404),
        (ADDRESS.replace(STREAM, ""), json.dumps(WHOLE), 404),
        (ADDRESS + "/", json.dumps(WHOLE), 404),
        (ADDRESS + "?more=1", json.dumps(WHOLE), 200),
        ("/plans/revise-plan", json.dumps(WHOLE), 404),
    ],
)
async def test_what_is_wrong_with_address_or_body_is_said_alike(
    both: Both, path: str, body: str, status: int
) -> None:
    assert (await both.answer("POST", path, HEADERS, body.encode())).status_code == status


@pytest.mark.parametrize(("method", "status"), [("GET", 200), ("PUT", 405), ("OPTIONS", 405), ("HEAD", 405)])
async def test_other_methods_go_fastapis_way(both: Both, method: str, status: int) -> None:
    assert (await both.answer(method, ADDRESS, HEADERS, b"")).status_code == status


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.dates().map(str)
    | st.decimals().map(str),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["number", "x"]), inner, max_size=2)
    ),
    max_leaves=4,
)
ODD = st.sampled_from(
    ["", "k", '"7"', '"7-gzip"', "*", 'W/"7"', "application/json; charset=utf-8", "a b", "\t"]
)


@settings(
    max_examples=100,
    deadline=None,
)
@given(
    body=st.fixed_dictionaries({}, optional=dict.fromkeys((*WHOLE, "more"), VALUES)),
    more=st.sampled_from([{}, WHOLE]),
    headers=st.dictionaries(st.sampled_from(list(HEADERS)[:-1]), st.none() | ODD, max_size=3),
    path=st.sampled_from(
        [ADDRESS, "/plans/draft-plan", f"/plans/{STREAM}/close-plan", "/plans/x/revise-plan"]
    ),
)
async def test_no_request_shows_which_way_it_went(
    both: Both, body: dict[str, Any], more: dict[str, Any], headers: dict[str, str | None], path: str
) -> None:
    sent = {name: value for name, value in (HEADERS | headers).items() if value is not None}
    await both.answer("POST", path, sent, json.dumps(more | body).encode())


def test_what_asks_more_of_fastapi_has_no_short_way() -> None:
    found = ways(create_app("projects", routers=[router]))
    assert {route.path for route in found.routes} == {
        "/plans/{stream}/revise-plan",
        "/plans/{stream}/close-plan",
        "/plans/draft-plan",
    }
