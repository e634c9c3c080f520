"""A project's dossier over HTTP: the record with its proof, and the same for people to read."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import FileResponse

from services.projects.api import making_dossiers as making
from services.projects.api.reading import held_office, names_in, record_of, texts
from services.projects.deliberation import Reader, page_for
from services.projects.domain.project import approval
from services.projects.dossier import Record, document
from services.projects.erasures import certificates_among
from services.projects.parts import Parts, parts_of
from services.projects.projections.history import Entry, history
from services.projects.projections.page import Page, page_of
from services.projects.replay import changes_of
from shared.clock import today
from shared.domain import PersonId, UnitId
from shared.dossier import COMPLETE, LANGUAGES, NotSignedYet, OnlyAuditTakesDossiers
from shared.dossier_cut import AskedCut, DossierCut, NoSuchDossierCut, asked_cut
from shared.envelope import Recorded
from shared.printing import pdf
from shared.sentences import Language
from shared.signed_in import SignedIn

router = APIRouter(prefix="/projects", tags=["replay"])
NOTHING: Mapping[str, bytes] = {}


@router.get("/{project}/dossier", response_class=FileResponse)
async def take_dossier(
    request: Request,
    project: UUID,
    person: SignedIn,
    complete: Annotated[bool | None, COMPLETE] = None,
    files: Annotated[bool, Query(description="With the bytes of its evidence")] = False,
    cut: AskedCut = None,
) -> FileResponse:
    """The project's whole record in one ZIP: events with their proof, what they rest on, a readable PDF.

    The same request gives the same bytes until one of its ledgers is signed anew or a day passes; with
    the cut that the answer names, for ever. With the certificate of whoever is named in it and was
    erased (R77). Whoever audits under a mandate is given it once a secrecy reviewer has reviewed it as
    it stands (R74).
    """
    stream, page, reader = await look_at_dossier(request, project, person)
    upto = cut_of_project(request, stream, cut)
    there = [one for one in stream if upto.holds(one)]
    making.refuse_unreviewed(parts_of(request), person, UnitId(page["unit"]), [there])
    return await packed(request, there, reader, upto, complete=complete, files=files)


async def look_at_dossier(
    request: Request, project: UUID, person: PersonId
) -> tuple[list[Recorded], Page, Reader]:
    """Audit and discipline look at a project's whole record (R76); NotKnown, OnlyAuditTakesDossiers."""
    stream, page, reader = await record_of(request, project, person, "dossier")
    if not reader.deliberates:
        raise OnlyAuditTakesDossiers()
    making.refuse_unless_audit(parts_of(request), person, UnitId(page["unit"]))
    return stream, page, reader


def cut_of_project(request: Request, stream: Sequence[Recorded], name: str | None = None) -> DossierCut:
    """Up to where it goes: its last act where no name is given; NotSignedYet, NoSuchDossierCut."""
    parts = parts_of(request)
    upto = asked_cut(request.app.state.signing, today(parts.clock, parts.settings.time_zone), name)
    if name is None and not upto.holds(stream[-1]):
        raise NotSignedYet()
    if not upto.holds(stream[0]):
        raise NoSuchDossierCut()
    return upto


async def packed(
    request: Request,
    stream: Sequence[Recorded],
    reader: Reader,
    upto: DossierCut,
    *,
    complete: bool | None,
    files: bool,
    beside: Mapping[str, bytes] = NOTHING,
) -> FileResponse:
    """A project's record up to a cut as this reader may read it, with what else belongs beside it."""
    parts, person = parts_of(request), reader.person
    then = page_of(stream)
    assert then is not None, "its first event was signed"
    page = page_for(then, reader)
    meetings = [one.event.meeting for one in stream if isinstance(one.event, approval.MeetingDecided)]
    others = await making.read_in(parts, upto, [*meetings, *making.programme_streams(stream)])
    of = making.taken(upto, {stream[0].stream: stream, **others}, complete)
    people, units = await names_in(parts, page, datetime.fromisoformat(stream[-1].envelope.recorded_at))
    record = Record(
        page=page,
        stream=stream,
        changes=await asyncio.to_thread(list, changes_of(stream, partial(page_for, reader=reader))),
        reader=reader,
        reader_name=parts.names(person) or person,
        names=people | units,
        programmes=making.programmes(parts, stream),
        statements=of.statements(stream[-1].ledger),
        complete=of.complete,
        made_on=upto.day,
        zone=parts.settings.time_zone,
        erasures=await certificates_among(parts, texts(page)),
    )
    reference = page["number"] or page["reference"]
    readable = {
        "README.txt": making.readme(
            "readme", of.cut, reference=reference, at=stream[-1].envelope.recorded_at
        ),
        **making.beside(page["evidence"], record.erasures),
        **await _printed(parts, record),
    }
    evidence = [one["sha256"] for one in page["evidence"]] if files else []
    return await making.answered(request, of, reference, readable | dict(beside), evidence)


async def _printed(parts: Parts, record: Record) -> dict[str, bytes]:
    made = {}
    for language in LANGUAGES:
        held = partial(held_office, parts)
        acts = await history(parts.ledgers, record.stream, record.reader, parts.names, language, held)
        made[f"dossier.{language}.pdf"] = await asyncio.to_thread(_pdf, record, acts, language)
    return made


def _pdf(record: Record, acts: Sequence[Entry], language: Language) -> bytes:
    return pdf(document(record, acts, language))
