"""Evaluation's part of a project's dossier over HTTP: the fixed score with its proof and derivation."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from starlette.responses import FileResponse

from services.evaluation.api.packing import answered, auditing, refuse_unreviewed, schemas, with_hashes
from services.evaluation.api.reading import seen_score
from services.evaluation.domain.project_score import ScoreFixed
from services.evaluation.dossier import Record, document
from services.evaluation.parts import parts_of
from services.evaluation.projections import SCORES
from services.evaluation.scored import scheme_of, withdrawn_in
from shared.clock import today
from shared.domain import By, NotAsItStands, UnitId
from shared.dossier import (
    COMPLETE,
    LANGUAGES,
    NotSignedYet,
    json_file,
)
from shared.dossier_cut import AskedCut, NoSuchDossierCut, asked_cut
from shared.looking import take_look
from shared.printing import pdf
from shared.signed_in import SignedIn
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
    offices = auditing(parts, person, UnitId(found.tally.unit))
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
    refuse_unreviewed(offices, found, stream)
    statement = upto.statements[stream[0].ledger]
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
        complete=with_hashes([statement], complete),
        made_on=upto.day,
        zone=parts.settings.time_zone,
    )
    return await answered(
        request, upto, {statement.ledger: {project}}, partial(_texts, record), complete=record.complete
    )


def _texts(record: Record) -> Mapping[str, bytes]:
    return {
        "score.json": json_file(record.fixed),
        "score-schemas.json": schemas(record.stream),
        **{f"score.{language}.pdf": pdf(document(record, language)) for language in LANGUAGES},
    }
