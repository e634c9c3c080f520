"""Exports as jobs: asked for by POST, made page by page whoever is killed meanwhile, fetched when ready."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
import structlog
from fastapi import APIRouter, Depends, FastAPI, Request
from pydantic import BaseModel, Field, TypeAdapter
from sqlalchemy import Row
from starlette.responses import FileResponse

from services.projects.api.evidence import IN_PARTS
from services.projects.api.exports import LISTS, Gathered, Listed, asks, read_on, sheet_of, write
from services.projects.exporting import KEPT, Jobs, expires
from services.projects.looking import note_look
from services.projects.parts import Parts, parts_of
from services.projects.sheets import MEDIA_TYPES, WRITERS, Columns
from shared.clock import today
from shared.decision import KeyUsedForAnother
from shared.domain import NotKnown, PersonId, Refusal
from shared.envelope import written
from shared.passing import is_passing
from shared.sentences import word
from shared.signed_in import SignedIn
from shared.web import Sending, language

log = structlog.get_logger()

LOOK_SECONDS = 2.0
GIVEN_ANEW = ("request", "person", "complete_to")
BY_NAME = {listed.name: listed for listed in LISTS}

router = APIRouter(tags=["exports"])


class NotReady(Refusal):
    """This file is not ready yet.

    Ask for the job until it says so."""


class ExportJob(BaseModel):
    """A list that is made as a file; `done` rows of it are read."""

    id: UUID
    address: str = Field(description="Of this answer; with /file behind it, of the file once it is ready")
    list: str
    kind: Literal["xlsx", "csv"]
    state: Literal["waiting", "ready", "failed"]
    problem: str | None = Field(description="The rule for which it failed")
    done: int
    size_bytes: int | None
    sha256: str | None
    asked_at: datetime
    expires_at: datetime


class ExportJobs(BaseModel):
    """The reader's own jobs of the last days, the newest first."""

    exports: list[ExportJob]


def _jobs(request: Request) -> Jobs:
    return jobs_of(parts_of(request))


def jobs_of(parts: Parts) -> Jobs:
    """The jobs of this service."""
    return Jobs(parts.ledgers.engine, parts.settings, parts.clock)


TheJobs = Annotated[Jobs, Depends(_jobs)]


def _shown(row: Row[Any]) -> ExportJob:
    return ExportJob(
        id=row.id,
        address=f"/api/projects/exports/{row.id}",
        list=row.list,
        kind=row.kind,
        state=row.state,
        problem=row.problem,
        done=row.done,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        asked_at=expires(row) - KEPT,
        expires_at=expires(row),
    )


@router.get("/exports")
async def my_exports(person: SignedIn, jobs: TheJobs) -> ExportJobs:
    """What the reader asked for, with what became of it."""
    return ExportJobs(exports=[_shown(row) for row in await jobs.of(person)])


@router.get("/exports/{export}")
async def one_export(person: SignedIn, export: UUID, jobs: TheJobs) -> ExportJob:
    """How far it has come; for who asked for it alone."""
    return _shown(await _own(jobs, person, export))


@router.get("/exports/{export}/file", response_class=FileResponse, responses=IN_PARTS)
async def take_export(request: Request, person: SignedIn, export: UUID, jobs: TheJobs) -> FileResponse:
    """The file, whole or in parts; for who asked for it alone."""
    row = await _own(jobs, person, export)
    if row.state != "ready":
        raise NotReady()
    file = jobs.path(row.id, row.kind)
    if not file.is_file():  # a backup holds the job, and not what it made
        raise NotKnown()
    title, day = word("export", row.list, row.language), today(parts_of(request).clock, _zone(request))
    return FileResponse(
        file,
        media_type=MEDIA_TYPES[row.kind],
        filename=f"{title} {day}.{row.kind}",
        headers={"Cache-Control": "no-store"},
    )


def _zone(request: Request) -> Any:
    return parts_of(request).settings.time_zone


async def _own(jobs: Jobs, person: PersonId, export: UUID) -> Row[Any]:
    found = await jobs.of(person, str(export))
    if not found:
        raise NotKnown()
    return found[0]


# Asking


def _types(listed: Listed) -> Mapping[str, Any]:
    """What a list is asked for, by name, with its type."""
    known = inspect.signature(listed.read, eval_str=True).parameters
    left = (*GIVEN_ANEW, "after", "limit")
    return {name: part.annotation for name, part in known.items() if name not in left}


def _offer(listed: Listed, kind: str) -> None:
    async def ask(**given: Any) -> ExportJob:
        request, person, sent = given["request"], given["person"], given["sent"]
        kept = {n: TypeAdapter(of).dump_python(given[n], mode="json") for n, of in _types(listed).items()}
        values = {"person": person, "list": listed.name, "kind": kind, "language": language(request)}
        values["asked"] = msgspec.json.encode(kept, order="deterministic").decode()
        await note_look(request, person, "export", f"{listed.name}.{kind}")
        row = await _jobs(request).ask(str(sent.command_id(person)), values)
        if (row.list, row.kind, row.asked) != (listed.name, kind, values["asked"]):
            raise KeyUsedForAnother()
        return _shown(row)

    asks(
        listed,
        ask,
        ExportJob,
        inspect.Parameter("sent", inspect.Parameter.KEYWORD_ONLY, annotation=Sending),
    )
    router.add_api_route(
        f"{listed.path}.{kind}",
        ask,
        methods=["POST"],
        status_code=202,
        name=f"ask_{listed.name}_{kind}",
        summary=f"The same as a job, as {kind.upper()}: answered at once, fetched when it is ready.",
    )


for _listed in LISTS:
    for _kind in WRITERS:
        _offer(_listed, _kind)


# Making


@asynccontextmanager
async def made(app: FastAPI, look_seconds: float = LOOK_SECONDS) -> AsyncIterator[None]:
    """Make what is asked for, one after another, and forget what is old, for as long as the block lasts."""
    task = asyncio.create_task(_run(app, look_seconds), name="exports")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _run(app: FastAPI, look_seconds: float) -> None:
    while True:
        try:
            while await make_next(app):
                pass
            await jobs_of(app.state.parts).forget_old()
        except Exception as error:
            if is_passing(error):
                log.info("exports.put_off", error=repr(error))
            else:
                log.exception("exports.failed")
        await asyncio.sleep(look_seconds)


async def make_next(app: FastAPI) -> bool:
    """Claim the oldest job and make it, from where it stands; whether there was one."""
    jobs = jobs_of(app.state.parts)
    row = await jobs.claim()
    if row is None:
        return False
    try:
        await _make(app, jobs, row)
    except Refusal as refusal:  # the reader's right has ended, or it is too long
        await jobs.end(row, state="failed", problem=refusal.code())
    except Exception as error:
        if is_passing(error):
            await jobs.let_go(row)
        else:
            await jobs.end(row, state="failed", problem="Unexpected")
        raise
    return True


async def _make(app: FastAPI, jobs: Jobs, row: Row[Any]) -> None:
    """Page by page; what was read before a process was killed is not read again."""
    listed, parts, person = BY_NAME[row.list], app.state.parts, PersonId(row.person)
    asked = msgspec.json.decode(row.asked)
    request = _request(app, row)
    given = {n: TypeAdapter(of).validate_python(asked[n]) for n, of in _types(listed).items()}
    given |= {"request": request, "person": person}
    if "complete_to" in inspect.signature(listed.read).parameters:
        given["complete_to"] = parts.clock.now()
    await parts.following.catch_up()  # who lost an office meanwhile reads nothing by it any more
    found = _reached(listed, jobs.path(row.id, "rows"), row)
    while not found.whole:
        await read_on(request, listed, given, found)
        await jobs.keep(row, _mark(found), found.count)
    sheet = sheet_of(parts, listed, found, person, row.language)
    half, whole = jobs.path(row.id, "half"), jobs.path(row.id, row.kind)
    await write(sheet, found, row.kind, half)
    half.replace(whole)
    size, hashed = await asyncio.to_thread(_told, whole)
    await jobs.end(row, state="ready", size_bytes=size, sha256=hashed)


def _request(app: FastAPI, row: Row[Any]) -> Request:
    """As whoever asked would ask; their look was noted when they did (R76)."""
    state = {"language": row.language, "looked": True}
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    return Request({**scope, "app": app, "state": state})


def _mark(found: Gathered) -> str:
    """How far it has come, to go on from there."""
    kept = {
        "marks": sorted(found.marks),
        "complete_to": written(found.complete_to) if found.complete_to else None,
        "count": found.count,
        "size_bytes": found.size_bytes,
        "after": found.after,
        "whole": found.whole,
    }
    return msgspec.json.encode(kept).decode()


def _reached(listed: Listed, path: Path, row: Row[Any]) -> Gathered:
    """What is read already; nothing where its rows are gone."""
    found, kept = Gathered(path, Columns(listed.fields)), msgspec.json.decode(row.reached)
    if not kept or not path.is_file() or path.stat().st_size < kept["size_bytes"]:
        return found
    with path.open("ab") as rows:
        rows.truncate(kept["size_bytes"])
    found.marks = set(kept["marks"])
    found.complete_to = datetime.fromisoformat(kept["complete_to"]) if kept["complete_to"] else None
    found.count, found.size_bytes = kept["count"], kept["size_bytes"]
    found.after, found.whole = kept["after"], kept["whole"]
    for one in found.rows():
        found.columns.see(one)
    return found


def _told(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
