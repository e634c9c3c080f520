"""What-ifs of many projects as jobs: asked for by POST, read as a list or as Excel when they are ready."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import Row, select
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from services.evaluation.api.making_what_ifs import jobs_of
from services.evaluation.api.reading import titles_seen
from services.evaluation.api.what_if import WhatIfLine, published
from services.evaluation.parts import Parts, parts_of
from services.evaluation.tables import what_if_lines
from services.evaluation.what_if_sheet import sheet
from shared.clock import today
from shared.domain import NotKnown, PersonId, UnitId
from shared.envelope import moment
from shared.jobs import KEPT, expires, must_be_ready
from shared.looking import looking_from, take_look
from shared.sheets import MEDIA_TYPES, write_xlsx
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor
from shared.web import NO_NUL, Sending, language

AT_ONCE = 500  # lines
XLSX_ANSWER: dict[int | str, dict[str, Any]] = {200: {"content": {MEDIA_TYPES["xlsx"]: {}}}}

router = APIRouter(prefix="/what-ifs", tags=["what if"])


class WhatIfAsked(BaseModel):
    """By which version all projects that one may see are to be scored, or those of one track."""

    model_config = {"extra": "forbid"}

    programme: str = Field(max_length=40, pattern=NO_NUL)
    track: str | None = Field(None, pattern="^[a-z_]{1,64}$")


class WhatIfJob(BaseModel):
    """How far it has come; what failed says by which rule and why, in the language in which it was asked."""

    id: UUID
    programme: str
    track: str | None
    state: Literal["waiting", "ready", "failed"]
    attempts: int = Field(description="How often it was begun, or gone on with after a process had ended")
    problem: str | None = Field(description="The rule for which it failed")
    detail: str | None = Field(description="Its sentence")
    advice: str | None
    done: int = Field(description="Projects")
    of: int | None = Field(description="So many in all; None before it is begun")
    complete_to: datetime | None = Field(description="What happened until then is in every line")
    asked_at: datetime
    expires_at: datetime


class WhatIfJobs(BaseModel):
    """The reader's own of the last days, the newest first."""

    what_ifs: list[WhatIfJob]


class WhatIfPage(BaseModel):
    """A page; give `next` as `after` for the next one. Projects that one may see no more are left out."""

    projects: list[WhatIfLine]
    next: UUID | None


def _shown(row: Row[Any]) -> WhatIfJob:
    return WhatIfJob(
        id=row.id,
        programme=row.programme,
        track=row.track or None,
        state=row.state,
        attempts=row.attempts,
        problem=row.problem,
        detail=row.detail,
        advice=row.advice,
        done=row.done,
        of=row.of,
        complete_to=None if row.complete_to is None else moment(row.complete_to),
        asked_at=expires(row) - KEPT,
        expires_at=expires(row),
    )


@router.post("", status_code=202)
async def ask_what_if(
    request: Request, asked: WhatIfAsked, person: SignedIn, wait_for: WaitFor, sent: Sending
) -> WhatIfJob:
    """Have all projects scored under another version; answered at once, made in the background (R19)."""
    parts = parts_of(request)
    await parts.group.reached(parts.scores, wait_for)
    await published(parts, asked.programme)
    values: dict[str, str] = {"person": person, "language": language(request)}
    values |= {"programme": asked.programme, "track": asked.track or ""}
    same = ("programme", "track")
    return _shown(await jobs_of(parts).ask(str(sent.command_id(person)), values, same))


@router.get("")
async def my_what_ifs(request: Request, person: SignedIn) -> WhatIfJobs:
    """What the reader asked for, with what became of it."""
    return WhatIfJobs(what_ifs=[_shown(row) for row in await jobs_of(parts_of(request)).of(person)])


@router.get("/{what_if}")
async def one_what_if(request: Request, person: SignedIn, what_if: UUID) -> WhatIfJob:
    """How far it has come; for who asked for it alone."""
    return _shown(await _own(parts_of(request), person, what_if))


@router.get("/{what_if}/projects")
async def read_what_if(
    request: Request,
    person: SignedIn,
    what_if: UUID,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=AT_ONCE)] = 100,
) -> WhatIfPage:
    """Project by project, once it is ready; for who asked for it alone, and of what they may see today."""
    parts = parts_of(request)
    must_be_ready(await _own(parts, person, what_if))
    lines, following = await _page(parts, person, what_if, after, limit)
    return WhatIfPage(projects=lines, next=following)


@router.get("/{what_if}/projects.xlsx", response_class=FileResponse, responses=XLSX_ANSWER)
async def take_what_if(request: Request, person: SignedIn, what_if: UUID) -> FileResponse:
    """The whole list as Excel."""
    parts, tongue = parts_of(request), language(request)
    row = await _own(parts, person, what_if)
    must_be_ready(row)
    day = today(parts.clock, parts.settings.time_zone)
    offices = looking_from(parts.group.organisation, person, None, day)
    await take_look(request, parts.writer, person, next(iter(offices), None), "export", f"what_if_{what_if}")
    names = await parts.group.names([person])
    lines = [line.model_dump(mode="json") async for line in _all(parts, person, what_if)]
    at = parts.clock.now().astimezone(parts.settings.time_zone)
    stamp = {"person": names.get(person, person), "at": f"{at:%Y-%m-%d %H:%M:%S}"}

    def named(unit: str) -> str:
        return parts.group.organisation.name_for(UnitId(unit), person, day) or unit

    written = sheet(row.programme, lines, named, stamp, tongue)
    directory = TemporaryDirectory(prefix="denggao-what-if-")
    made = Path(directory.name, "what-if.xlsx")
    try:
        await asyncio.to_thread(write_xlsx, written, made)
    except BaseException:
        directory.cleanup()
        raise
    return FileResponse(
        made,
        media_type=MEDIA_TYPES["xlsx"],
        filename=f"{written.title} {row.programme}.xlsx",
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(asyncio.to_thread, directory.cleanup),
    )


async def _own(parts: Parts, person: PersonId, what_if: UUID) -> Row[Any]:
    found = await jobs_of(parts).of(person, str(what_if))
    if not found:
        raise NotKnown()
    return found[0]


async def _all(parts: Parts, person: PersonId, what_if: UUID) -> AsyncIterator[WhatIfLine]:
    after: UUID | None = None
    while True:
        lines, after = await _page(parts, person, what_if, after, AT_ONCE)
        for line in lines:
            yield line
        if after is None:
            return


async def _page(
    parts: Parts, person: PersonId, what_if: UUID, after: UUID | None, limit: int
) -> tuple[list[WhatIfLine], UUID | None]:
    """Lines of projects that somebody may still see, and behind which the next page begins."""
    table = what_if_lines
    query = select(table.c.project, table.c.line).where(table.c.job == str(what_if))
    if after is not None:
        query = query.where(table.c.project > str(after))
    async with parts.ledgers.engine.connect() as connection:
        rows = (await connection.execute(query.order_by(table.c.project).limit(limit + 1))).all()
    page = rows[:limit]
    titles = await titles_seen(parts, person, [UUID(row.project) for row in page])
    lines = [
        WhatIfLine.model_validate_json(row.line).model_copy(update={"title": titles[UUID(row.project)]})
        for row in page
        if UUID(row.project) in titles
    ]
    return lines, UUID(page[-1].project) if len(rows) > limit else None
