"""Exports as jobs: asked for by POST, made whoever is killed meanwhile, fetched when they are ready."""

from __future__ import annotations

import inspect
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field, TypeAdapter
from sqlalchemy import Row
from starlette.responses import FileResponse

from services.projects.api.asked_again import BY_NAME, WHOLES, Whole, given_of, look_again, types_of
from services.projects.api.evidence import IN_PARTS
from services.projects.api.export_lists import LISTS, Listed
from services.projects.api.exports import asks, refuse_by_chance, title_of
from services.projects.api.making_exports import MEDIA_TYPES, jobs_of
from services.projects.exporting import Exports
from services.projects.looking import note_look
from services.projects.parts import parts_of
from services.projects.sheets import WRITERS
from shared.clock import today
from shared.domain import NotKnown, PersonId
from shared.jobs import KEPT, expires, must_be_ready
from shared.sentences import word
from shared.signed_in import SignedIn
from shared.web import Sending, language

router = APIRouter(tags=["exports"])


class ExportJob(BaseModel):
    """What is made as a file; `done` rows of a list are read, or blocks of an event log written.

    What failed says by which rule and why, in the language in which it was asked for.
    """

    id: UUID
    address: str = Field(description="Of this answer; with /file behind it, of the file once it is ready")
    list: str
    kind: Literal["xlsx", "csv", "json", "xes", "zip"]
    state: Literal["waiting", "ready", "failed"]
    attempts: int = Field(description="How often it was begun, or gone on with after a process had ended")
    problem: str | None = Field(description="The rule for which it failed")
    detail: str | None = Field(description="Its sentence")
    advice: str | None
    done: int
    of: int | None = Field(description="So many rows in all; None where nobody could count them before")
    size_bytes: int | None
    sha256: str | None
    asked_at: datetime
    expires_at: datetime


class ExportJobs(BaseModel):
    """The reader's own jobs of the last days, the newest first."""

    exports: list[ExportJob]


def _jobs(request: Request) -> Exports:
    return jobs_of(parts_of(request))


TheJobs = Annotated[Exports, Depends(_jobs)]


def _shown(row: Row[Any]) -> ExportJob:
    return ExportJob(
        id=row.id,
        address=f"/api/projects/exports/{row.id}",
        list=row.list,
        kind=row.kind,
        state=row.state,
        attempts=row.attempts,
        problem=row.problem,
        detail=row.detail,
        advice=row.advice,
        done=row.done,
        of=row.of,
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
    """The file, whole or in parts; for who asked for it alone, as long as they may read what it holds.

    Whoever does so as audit or discipline looks, each time (R76).
    """
    row = await _own(jobs, person, export)
    must_be_ready(row)
    file = jobs.path(row.id, row.kind)
    if not file.is_file():  # a backup holds the job, and not what it made
        raise NotKnown()
    await look_again(request.app, row)
    parts = parts_of(request)
    title, day = _title(request, row), today(parts.clock, parts.settings.time_zone)
    return FileResponse(
        file,
        media_type=MEDIA_TYPES[row.kind],
        filename=f"{title} {day}.{row.kind}",
        headers={"Cache-Control": "no-store"},
    )


def _title(request: Request, row: Row[Any]) -> str:
    wanted = BY_NAME[row.list]
    if isinstance(wanted, Whole):
        return word("export", row.list, row.language)
    return title_of(parts_of(request), wanted, given_of(request.app, row, looked=True), row.language)


async def _own(jobs: Exports, person: PersonId, export: UUID) -> Row[Any]:
    found = await jobs.of(person, str(export))
    if not found:
        raise NotKnown()
    return found[0]


# Asking


def _offer(listed: Listed | Whole, path: str, kind: str) -> None:
    async def ask(**given: Any) -> ExportJob:
        request, person, sent = given["request"], given["person"], given["sent"]
        refuse_by_chance(given)
        kept = {n: TypeAdapter(of).dump_python(given[n], mode="json") for n, of in types_of(listed).items()}
        values = {"person": person, "list": listed.name, "kind": kind, "language": language(request)}
        values["asked"] = msgspec.json.encode(kept, order="deterministic").decode()
        values |= {"query": request.url.query, "reached": "{}", "read_as": "[]"}
        if isinstance(listed, Listed):  # what is answered whole notes a look of its own
            await note_look(request, person, "export", listed.taken(given, kind))
        job = str(sent.command_id(person))
        row = await _jobs(request).ask(job, values, ("list", "kind", "asked"))
        return _shown(row)

    asks(
        listed.read,
        ask,
        ExportJob,
        inspect.Parameter("sent", inspect.Parameter.KEYWORD_ONLY, annotation=Sending),
    )
    router.add_api_route(
        path,
        ask,
        methods=["POST"],
        status_code=202,
        name=f"ask_{listed.name}_{kind}",
        summary=f"The same as a job, as {kind.upper()}: answered at once, fetched when it is ready.",
    )


for _listed in LISTS:
    for _kind in WRITERS:
        _offer(_listed, f"{_listed.path}.{_kind}", _kind)
for _whole in WHOLES:
    _offer(_whole, _whole.path, _whole.kind)
