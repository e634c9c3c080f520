"""A project's dossier over HTTP: the record with its proof, and the same for people to read."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from io import BytesIO
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from services.projects.api.reading import held_office, names_in, record_of, texts
from services.projects.deliberation import Reader, page_for
from services.projects.domain.project import approval
from services.projects.domain.project.secrecy import FileSealed, SecrecyReviewed
from services.projects.dossier import Record, document
from services.projects.erasures import Certificate, certificates_among
from services.projects.ids import programme_id
from services.projects.looking import looking_from
from services.projects.parts import Parts, parts_of
from services.projects.projections.history import Entry, history
from services.projects.projections.page import Page
from services.projects.replay import changes_of
from shared.domain import Refusal, UnitId
from shared.dossier import (
    COMPLETE,
    HASHES_AT_MOST,
    LANGUAGES,
    OnlyAuditTakesDossiers,
    json_file,
    pack,
    signed,
)
from shared.envelope import Recorded
from shared.ledger_file import Statement, some_streams
from shared.printing import pdf
from shared.sentences import Language, word
from shared.signed_in import SignedIn
from shared.signing import Signing
from shared.verifier import LEDGER

router = APIRouter(prefix="/projects", tags=["replay"])
NOTHING: Mapping[str, bytes] = {}


class NotReviewedForOutside(Refusal):
    """A secrecy reviewer has not looked at this dossier since the last act on the project.

    Whoever audits under a mandate asks the company's secrecy reviewer to review it for a dossier first."""


def refuse_unreviewed(stream: Sequence[Recorded]) -> None:
    """Before a dossier goes outside it was reviewed as it stands (R74): any act may bring text."""
    for one in reversed(stream):
        match one.event:
            case SecrecyReviewed(purpose="dossier"):
                return
            case SecrecyReviewed() | FileSealed():
                continue  # neither brings anything that could be secret
            case _ if one.envelope.by is not None:
                break
    raise NotReviewedForOutside()


@router.get("/{project}/dossier", response_class=FileResponse)
async def take_dossier(
    request: Request,
    project: UUID,
    person: SignedIn,
    complete: Annotated[bool | None, COMPLETE] = None,
    files: Annotated[bool, Query(description="With the bytes of its evidence")] = False,
) -> FileResponse:
    """The project's whole record in one ZIP: events with their proof, what they rest on, a readable PDF.

    The same request gives the same bytes until one of its ledgers is signed anew or a day passes.
    With the certificate of whoever is named in it and was erased (R77). Whoever audits under a mandate
    is given it once a secrecy reviewer has reviewed it as it stands (R74).
    """
    parts = parts_of(request)
    stream, page, reader = await record_of(request, project, person, "dossier")
    offices = list(looking_from(parts, person, UnitId(page["unit"])))
    if not (reader.deliberates and offices):
        raise OnlyAuditTakesDossiers()
    if all(office.opened_in for office in offices):  # all by mandates: they carry it outside
        refuse_unreviewed(stream)
    erased = await certificates_among(parts, texts(page_for(page, reader)))
    return await packed(request, stream, page, reader, complete=complete, files=files, erasures=erased)


async def packed(
    request: Request,
    stream: Sequence[Recorded],
    page: Page,
    reader: Reader,
    *,
    complete: bool | None,
    files: bool,
    beside: Mapping[str, bytes] = NOTHING,
    erasures: Sequence[Certificate] = (),
) -> FileResponse:
    """A project's record as this reader may read it, with what else belongs beside it; NotSignedYet."""
    parts, person = parts_of(request), reader.person
    wanted = await _streams(parts, stream)
    statements = _statements(request.app.state.signing, stream, wanted)
    if complete is None:
        complete = sum(one.size for one in statements) <= HASHES_AT_MOST
    people, units = await names_in(parts, page, None)
    record = Record(
        page=page,
        stream=stream,
        changes=await asyncio.to_thread(list, changes_of(stream, partial(page_for, reader=reader))),
        reader=reader,
        reader_name=parts.names(person) or person,
        names=people | units,
        programmes=[p for v in _versions(stream) if (p := parts.organisation.version(v))],
        statements=statements,
        complete=complete,
        made_at=parts.clock.now().astimezone(parts.settings.time_zone),
        zone=parts.settings.time_zone,
        erasures=erasures,
    )
    directory = TemporaryDirectory(prefix="denggao-dossier-")
    try:
        file = await _made(parts, record, wanted, Path(directory.name), beside, files=files)
    except BaseException:
        directory.cleanup()
        raise
    name = f"{page['number'] or page['reference']}.zip"
    return FileResponse(
        file,
        media_type="application/zip",
        filename=name,
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(directory.cleanup),
    )


def _versions(stream: Iterable[Recorded]) -> list[str]:
    """The versions of the programme under which it was decided, in their order."""
    return list(dict.fromkeys(one.envelope.programme for one in stream if one.envelope.programme))


async def _streams(parts: Parts, stream: Sequence[Recorded]) -> dict[str, set[UUID]]:
    """What belongs to the record, by ledger: the project, the meetings about it, its programme versions."""
    meetings = {one.event.meeting for one in stream if isinstance(one.event, approval.MeetingDecided)}
    others = [UUID(of) for of in (*meetings, *map(programme_id, _versions(stream))) if _is_id(of)]
    found: dict[str, set[UUID]] = {}
    for one in stream:
        found.setdefault(one.ledger, set()).add(one.stream)
    for other in others:
        if ledger := await parts.ledgers.ledger_of(other):
            found.setdefault(ledger, set()).add(other)
    return found


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False  # a meeting that was recorded by hand has a name and no stream
    return True


def _statements(signing: Signing, stream: Sequence[Recorded], wanted: Collection[str]) -> list[Statement]:
    """What was signed of each ledger, that in which the project goes on at last; NotSignedYet."""
    last = {one.ledger: one.position for one in stream}
    in_order = sorted(wanted, key=lambda name: (name == stream[-1].ledger, name))
    return [signed(signing, ledger, last.get(ledger, 0)) for ledger in in_order]


async def _made(
    parts: Parts,
    record: Record,
    wanted: Mapping[str, Collection[UUID]],
    directory: Path,
    beside: Mapping[str, bytes],
    *,
    files: bool,
) -> Path:
    with ExitStack() as open_files:
        packed: dict[str, IO[bytes]] = {name: BytesIO(content) for name, content in beside.items()}
        for statement in record.statements:
            part = open_files.enter_context(TemporaryFile(dir=directory))
            blocks = some_streams(
                parts.ledgers.engine, statement, wanted[statement.ledger], complete=record.complete
            )
            async for block in blocks:
                part.write(block)
            packed[f"projects-{statement.ledger}{LEDGER}"] = part
        streams = [await parts.ledgers.read_stream(one) for of in wanted.values() for one in of]
        packed["schemas.json"] = BytesIO(json_file(_schemas(chain.from_iterable(streams))))
        for name, content in (await _readable(parts, record)).items():
            packed[name] = BytesIO(content)
        for evidence in record.page["evidence"] if files else ():
            path = parts.files.path(evidence["sha256"])
            if path.is_file():  # its bytes are gone where it was sealed, or it is a link
                packed[f"files/{evidence['sha256']}"] = open_files.enter_context(path.open("rb"))
        made = directory / "dossier.zip"
        with made.open("wb") as out:
            await asyncio.to_thread(pack, packed, out)
    return made


async def _readable(parts: Parts, record: Record) -> dict[str, bytes]:
    at, reference = record.stream[-1].envelope.recorded_at, record.page["number"] or record.page["reference"]
    readme = [word("dossier", "readme", lang).format(reference=reference, at=at) for lang in LANGUAGES]
    made = {
        "README.txt": "\n\n".join((*readme, "")).encode(),
        "evidence.json": json_file(record.page["evidence"]),
    }
    if record.erasures:
        made["erasures.json"] = json_file([one.model_dump(mode="json") for one in record.erasures])
    for language in LANGUAGES:
        held = partial(held_office, parts)
        acts = await history(parts.ledgers, record.stream, record.reader, parts.names, language, held)
        made[f"dossier.{language}.pdf"] = await asyncio.to_thread(_printed, record, acts, language)
    return made


def _printed(record: Record, acts: Sequence[Entry], language: Language) -> bytes:
    return pdf(document(record, acts, language))


def _schemas(events: Iterable[Recorded]) -> Any:
    """What the events hold, as JSON Schema."""
    types = {type(one.event): None for one in events}
    _, components = msgspec.json.schema_components(types)
    return components
