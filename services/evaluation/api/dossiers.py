"""Evaluation's part of a project's dossier over HTTP: the fixed score with its proof and derivation."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from services.evaluation.api.reading import seen_score
from services.evaluation.domain.project_score import ScoreAdjusted, ScoreFixed
from services.evaluation.dossier import Record, document
from services.evaluation.parts import Parts, parts_of
from services.evaluation.projections import SCORES, Scored
from services.evaluation.scored import scheme_of, withdrawn_in
from shared.clock import today
from shared.domain import By, NotAsItStands, PersonId, UnitId
from shared.dossier import (
    COMPLETE,
    HASHES_AT_MOST,
    LANGUAGES,
    NotReviewedForOutside,
    NotSignedYet,
    OnlyAuditTakesDossiers,
    json_file,
    pack,
)
from shared.dossier_cut import HEADER, AskedCut, DossierCut, NoSuchDossierCut, asked_cut
from shared.envelope import Recorded, micros
from shared.ledger_file import some_streams
from shared.looking import looking_from, take_look
from shared.organisation import Term
from shared.printing import pdf
from shared.signed_in import SignedIn
from shared.verifier import LEDGER
from shared.wait_for import WaitFor
from shared.withdrawn import without

router = APIRouter(tags=["scores"])


class NoScoreFixedYet(NotAsItStands):
    """The score of this project is not fixed yet; until then nothing of it is on record here.

    Take the project's own dossier; its score is fixed when it is closed."""


@router.get("/scores/{project}/dossier", response_class=FileResponse)
async def take_part(
    request: Request,
    project: UUID,
    person: SignedIn,
    wait_for: WaitFor,
    complete: Annotated[bool | None, COMPLETE] = None,
    cut: AskedCut = None,
) -> FileResponse:
    """The fixed score in one ZIP: its events with their proof, the derivation as data and to read.

    It goes beside the project's own dossier: `./denggao dossier` puts the two together. Whoever audits
    under a mandate is given it once a secrecy reviewer has reviewed the dossier since what it says was
    decided (R74).
    """
    parts = parts_of(request)
    await parts.group.reached(parts.scores, wait_for)
    day = today(parts.clock, parts.settings.time_zone)
    found = await seen_score(parts, person, project)
    offices = _auditing(parts, person, UnitId(found.tally.unit))
    await take_look(request, parts.writer, person, offices[0], "dossier", str(project))
    stream = await parts.ledgers.read_stream(project)
    if not stream or not isinstance(stream[0].event, ScoreFixed):
        raise NoScoreFixedYet()
    fixed = stream[0].event
    upto = asked_cut(request.app.state.signing, day, cut)
    if cut is None and not upto.holds(stream[-1]):
        raise NotSignedYet()
    if not upto.holds(stream[0]):
        raise NoSuchDossierCut()
    upto = upto.of({stream[0].ledger})
    gone = found.tally.withdrawn | withdrawn_in(stream)  # as of now, of whatever cut
    stream = [one for one in stream if upto.holds(one)]
    _refuse_unreviewed(offices, found, stream)
    statement = upto.statements[stream[0].ledger]
    with_hashes = statement.size <= HASHES_AT_MOST if complete is None else complete
    async with parts.views.connect() as connection:
        scheme = await scheme_of(connection, SCORES, fixed.scheme_of or fixed.programme)
    record = Record(
        reference=found.tally.reference,
        title=found.tally.title,
        fixed=without(fixed, gone),
        stream=[msgspec.structs.replace(one, event=without(one.event, gone)) for one in stream],
        scheme=scheme,
        organisation=parts.group.organisation,
        reader=By(person, offices[0].office, offices[0].unit),
        statement=statement,
        complete=with_hashes,
        made_on=upto.day,
        zone=parts.settings.time_zone,
    )
    upto.keep(request.app.state.signing)
    directory = TemporaryDirectory(prefix="denggao-dossier-")
    try:
        blocks = some_streams(parts.ledgers.engine, statement, {project}, complete=with_hashes)
        with TemporaryFile(dir=directory.name) as ledger:
            async for block in blocks:
                ledger.write(block)
            made = await asyncio.to_thread(_packed, record, upto, ledger, Path(directory.name))
    except BaseException:
        directory.cleanup()
        raise
    return FileResponse(
        made,
        media_type="application/zip",
        headers={"Cache-Control": "no-store", HEADER: upto.name},
        background=BackgroundTask(directory.cleanup),
    )


def _auditing(parts: Parts, person: PersonId, unit: UnitId) -> list[Term]:
    """The offices of audit and discipline in which they take it; OnlyAuditTakesDossiers."""
    day = today(parts.clock, parts.settings.time_zone)
    offices = list(looking_from(parts.group.organisation, person, unit, day))
    if not offices:
        raise OnlyAuditTakesDossiers()
    return offices


def _refuse_unreviewed(offices: Sequence[Term], found: Scored, stream: Sequence[Recorded]) -> None:
    """NotReviewedForOutside: who holds all these offices by mandates carries it outside (R74).

    What this part says came with the closing of the project and with every adjustment since; the fixing
    itself is nobody's act and says nothing that did not stand in the project. What was done to the
    project later is not in it, and holds up the project's own dossier alone.
    """
    if not all(office.opened_in for office in offices):
        return
    adjusted = [micros(one.recorded_at) for one in stream if isinstance(one.event, ScoreAdjusted)]
    said = [*adjusted, *([found.at_closing.recorded_at] if found.at_closing else [])]
    if found.reviewed_at is None or found.reviewed_at < max(said, default=0):
        raise NotReviewedForOutside()


def _packed(record: Record, upto: DossierCut, ledger: IO[bytes], directory: Path) -> Path:
    _, schemas = msgspec.json.schema_components({type(one.event) for one in record.stream})
    files = {
        "score.json": json_file(record.fixed),
        "score-schemas.json": json_file(schemas),
        "cut-evaluation.json": upto.said(),
        **{f"score.{language}.pdf": pdf(document(record, language)) for language in LANGUAGES},
    }
    packed: dict[str, IO[bytes]] = {name: BytesIO(content) for name, content in files.items()}
    made = directory / "score.zip"
    with made.open("wb") as out:
        pack(packed | {f"evaluation-{record.statement.ledger}{LEDGER}": ledger}, out)
    return made
