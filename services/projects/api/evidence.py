"""Evidence over HTTP: uploading a file, attaching it to a project, reading it back."""

from __future__ import annotations

import re
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request
from starlette.responses import FileResponse, Response

from services.projects.acting import Asking
from services.projects.api.acts import Act
from services.projects.api.on_project import take_on_project
from services.projects.api.project_facts import takes_part
from services.projects.api.reading import CompleteTo
from services.projects.deliberation import page_for, reader_of
from services.projects.domain.project import work
from services.projects.domain.project.secrecy import FileIsSealed
from services.projects.domain.project.state import State
from services.projects.domain.project.work import Evidence
from services.projects.evidence import Attachment, evidence_of
from services.projects.files import Uploaded
from services.projects.media import EXTENSIONS, disposition
from services.projects.parts import Parts, parts_of
from services.projects.projections.projects import one
from services.projects.sight import HELD, circle_of, may_see
from shared import problems
from shared.acts import offer
from shared.bodies import made
from shared.clock import today
from shared.decision import Outcome
from shared.domain import By, NotAllowed, NotKnown, OfficeId, PersonId
from shared.logs import log
from shared.signed_in import SignedIn
from shared.web import Sent, language

UPLOADS = "/api/projects/files"  # the one address whose bodies are no JSON
RANGE = re.compile(r"bytes=(?:([0-9]{1,15})-([0-9]{0,15})|-([0-9]{1,15}))")

router = APIRouter(tags=["evidence"])
IN_PARTS: dict[int | str, dict[str, Any]] = {
    206: {"description": "A part, as Range asked"},
    416: {"description": "No such part"},
}


class BytesMissing(NotKnown):
    """The bytes of this file are not in the store.

    Tell the operator of your company; they are in a backup of the evidence files."""


@router.post(
    "/files",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in EXTENSIONS},
        }
    },
)
async def upload_file(request: Request, person: SignedIn) -> Uploaded:
    """Upload a file: its bytes are the body, its type is Content-Type; then attach it to a project.

    The same file again is the same file, so it needs no Idempotency-Key.
    """
    declared = request.headers.get("content-type", "")
    return await parts_of(request).files.take(request.stream(), declared, person)


@router.get("/projects/{project}/evidence/{sha256}", response_class=FileResponse, responses=IN_PARTS)
async def read_evidence(
    request: Request,
    project: UUID,
    sha256: Annotated[str, Path(pattern="^[0-9a-f]{64}$")],
    person: SignedIn,
    complete_to: CompleteTo,
) -> Response:
    """The bytes of a file that a project has as evidence, or of a paper whose act the reader may know."""
    parts = parts_of(request)
    row = await one(parts.views, str(project))
    day = today(parts.clock, parts.settings.time_zone)
    if row is None or not may_see(parts.organisation, person, circle_of(row["page"]), day):
        raise NotKnown()
    attached: list[Any] = [shown for shown in row["page"]["evidence"] if not shown["link"]]
    page = page_for(row["page"], reader_of(parts.organisation, person, row["page"], day))
    scans = (entry["scan"] for entry in page["papers"].values())
    found = next((f for f in (*attached, *scans) if f and f["sha256"] == sha256), None)
    if found is None:
        raise NotKnown()
    file = Evidence(sha256, found["name"], found["size_bytes"], found["media_type"])
    return await bytes_of(request, file, project=str(project))


async def bytes_of(request: Request, file: Evidence, **of: str) -> Response:
    """The bytes of a file, or the part that is asked for, to who may have it; BytesMissing, FileIsSealed."""
    path = parts_of(request).files.path(file.sha256)
    if not path.is_file():
        if await parts_of(request).files.is_sealed(file.sha256):
            raise FileIsSealed()
        log("evidence").error("bytes_missing", sha256=file.sha256, **of)
        raise BytesMissing()
    asked = request.headers.get("range")
    if asked is not None and not _is_there(asked, file.size_bytes):
        refusal = problems.RangeNotThere(size=file.size_bytes)
        headers = {"Content-Range": f"bytes */{file.size_bytes}"}
        return problems.response(refusal, language(request), headers)
    return FileResponse(
        path,
        media_type=file.media_type,
        headers={
            "Content-Disposition": disposition(file.name, file.media_type, file.sha256),
            "Cache-Control": "no-store, no-transform",  # a front that compressed it would lose its parts
            "ETag": f'"{file.sha256}"',
        },
    )


def _is_there(asked: str, size_bytes: int) -> bool:
    """Whether a header Range asks for one part that a file of this size has."""
    found = RANGE.fullmatch(asked.strip())
    if not found:
        return False
    first, last, ending = found.groups()
    if ending:
        return int(ending) > 0
    return int(first) < size_bytes and (not last or int(first) <= int(last))


def proves(asking: Asking, state: State, body: Any) -> By:
    """Who takes part; and that a task is done proves who does it, on the team or not (R39)."""
    try:
        return takes_part(asking, state, body)
    except NotAllowed:
        task = state.tasks.get(body.code) if body.subject == "task" else None
        if task is None or task.status not in HELD or task.holder != asking.person:
            raise
    return asking.as_member()


ATTACH = Act(
    work.AttachEvidence,
    proves,
    {"evidence": lambda it: evidence_of(made(Attachment, it.body), it.state, it.seen)},
    asks=Attachment,
)


async def _attach(
    parts: Parts, act: Act, project: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    """The store is asked, and told to keep the file, before the event can name it."""

    async def look(_ledger: str) -> Any:
        return await parts.files.attach(body.sha256, person)

    return await take_on_project(parts, act, project, body, person, office, sent, look)


acts = APIRouter(prefix="/projects", tags=["project acts"])
offer(acts, ATTACH, "/{stream}", _attach)
