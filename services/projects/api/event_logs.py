"""Event logs of all projects that an auditor reaches, for process mining, as of a cut of all ledgers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from fastapi import APIRouter, Request
from starlette.responses import StreamingResponse

from services.projects.api.portfolio import AskedCut
from services.projects.api.reading import CompleteTo
from services.projects.at_cut import all_streams_at
from services.projects.event_logs import Projects, ocel, xes
from services.projects.looking import looking_from, note_look
from services.projects.parts import parts_of
from shared.cut import Cut
from shared.domain import NotAllowed, PersonId
from shared.organisation import Organisation
from shared.signed_in import SignedIn

Write = Callable[[Projects, Organisation], AsyncIterator[bytes]]

router = APIRouter(prefix="/event-logs", tags=["replay"])


class OnlyAuditTakesEventLogs(NotAllowed):
    """An event log tells of every act on all projects, and is given to audit and discipline.

    Ask the audit office above the unit."""


@router.get("/ocel", response_class=StreamingResponse)
async def take_ocel(
    request: Request, person: SignedIn, complete_to: CompleteTo, there: AskedCut
) -> StreamingResponse:
    """All acts on the projects that the reader's office reaches, as OCEL 2.0 (JSON)."""
    return await _written(request, person, there, ocel, "application/json", "json")


@router.get("/xes", response_class=StreamingResponse)
async def take_xes(
    request: Request, person: SignedIn, complete_to: CompleteTo, there: AskedCut
) -> StreamingResponse:
    """The same as XES (IEEE 1849), a trace for each project."""
    return await _written(request, person, there, xes, "application/xml", "xes")


async def look_at_log(request: Request, person: PersonId, there: Cut) -> None:
    """Audit and discipline look, before anything is read; OnlyAuditTakesEventLogs to all others."""
    if not any(looking_from(parts_of(request), person, None)):
        raise OnlyAuditTakesEventLogs()
    await note_look(request, person, "event_log", there.name)


async def _written(
    request: Request, person: PersonId, cut: Cut, write: Write, media_type: str, ending: str
) -> StreamingResponse:
    parts = parts_of(request)
    await look_at_log(request, person, cut)
    name = f"denggao-{cut.name}.{ending}"
    return StreamingResponse(
        write(all_streams_at(parts, person, cut), parts.organisation),
        media_type=media_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )
