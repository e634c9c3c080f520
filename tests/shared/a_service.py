"""A small service, at whose edge a test knocks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import httpx
from asyncpg.exceptions import CannotConnectNowError, CheckViolationError, DiskFullError
from fastapi import APIRouter, Depends, Response
from sqlalchemy.exc import DBAPIError

from shared.auth import BadToken
from shared.decision import KeyUsedForAnother, WrittenByNewerCode
from shared.domain import Incomplete, NotAllowed, NotKnown, Refusal, Stale
from shared.passing import Unavailable
from shared.problems import TooManyTries
from shared.web import Body, Posted, Sending, create_app, etag, expected_version

taken: list[Draft] = []
router = APIRouter()
JSON = {"Content-Type": "application/json"}


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


@asynccontextmanager
async def knocking() -> AsyncIterator[httpx.AsyncClient]:
    """A client that speaks English and has a key."""
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
