"""What every dossier of evaluation does: for whom it is, its ledger's file with the proof, pack, answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO
from uuid import UUID

import msgspec
from fastapi import Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from services.evaluation.domain.appeal import AppealAnswered, AppealFiled
from services.evaluation.domain.project_score import ScoreAdjusted
from services.evaluation.domain.review.cycle.confirming import AwardRevoked
from services.evaluation.domain.review.mark import ReviewScoreAdjusted
from services.evaluation.parts import Parts, parts_of
from services.evaluation.scores_read import Scored
from shared.clock import today
from shared.domain import PersonId, UnitId
from shared.dossier import (
    HASHES_AT_MOST,
    NotReviewedForOutside,
    OnlyAuditTakesDossiers,
    json_file,
    pack,
)
from shared.dossier_cut import HEADER, DossierCut
from shared.envelope import Recorded, micros
from shared.ledger_file import Statement, some_events, some_streams
from shared.looking import looking_from
from shared.organisation import Term
from shared.verifier import LEDGER

Texts = Callable[[], Mapping[str, bytes]]  # files by name; made in a thread, since printing takes a while
SAYS_WHY = (ScoreAdjusted, AppealFiled, AppealAnswered, AwardRevoked, ReviewScoreAdjusted)


def auditing(parts: Parts, person: PersonId, unit: UnitId) -> list[Term]:
    """The offices of audit and discipline in which they take it; OnlyAuditTakesDossiers."""
    day = today(parts.clock, parts.settings.time_zone)
    offices = list(looking_from(parts.group.organisation, person, unit, day))
    if not offices:
        raise OnlyAuditTakesDossiers()
    return offices


def refuse_unreviewed(offices: Sequence[Term], found: Scored, acts: Iterable[Recorded]) -> None:
    """NotReviewedForOutside: who holds all these offices by mandates carries it outside (R74).

    What evaluation says of a project came with its closing and with every act since in which somebody wrote
    why; the fixing itself is nobody's act and says nothing that did not stand in the project. What was done
    to the project later is not in it, and holds up the project's own dossier alone.
    """
    if not all(office.opened_in for office in offices):
        return
    written = [micros(one.recorded_at) for one in acts if isinstance(one.event, SAYS_WHY)]
    said = [*written, *([found.at_closing.recorded_at] if found.at_closing else [])]
    if found.reviewed_at is None or found.reviewed_at < max(said, default=0):
        raise NotReviewedForOutside()


def with_hashes(statements: Iterable[Statement], asked: bool | None) -> bool:
    """Whether the hashes of all other events go with it: as asked, else where they are few."""
    return sum(one.size for one in statements) <= HASHES_AT_MOST if asked is None else asked


def schemas(events: Iterable[Recorded]) -> bytes:
    """What the events hold, as JSON Schema."""
    _, components = msgspec.json.schema_components({type(one.event): None for one in events})
    return json_file(components)


async def answered(
    request: Request,
    cut: DossierCut,
    streams: Mapping[str, Collection[UUID]],
    texts: Texts,
    *,
    complete: bool,
    awards: Mapping[str, Collection[int]] | None = None,
) -> FileResponse:
    """The ZIP of the texts and of these streams, by the ledgers of the cut in which they lie.

    `awards`: positions of single events, by ledger, of reviews that are not in it. The cut is kept before
    anybody is given it.
    """
    cut.keep(request.app.state.signing)
    directory, engine = TemporaryDirectory(prefix="denggao-dossier-"), parts_of(request).ledgers.engine
    proofs = {
        f"evaluation-{ledger}{LEDGER}": some_streams(engine, cut.statements[ledger], shown, complete=complete)
        for ledger, shown in streams.items()
    } | {
        f"evaluation-{ledger}-awards{LEDGER}": some_events(engine, cut.statements[ledger], positions)
        for ledger, positions in (awards or {}).items()
    }
    try:
        with ExitStack() as open_files:
            files: dict[str, IO[bytes]] = {}
            for name, blocks in sorted(proofs.items()):
                part = open_files.enter_context(TemporaryFile(dir=directory.name))
                async for block in blocks:
                    part.write(block)
                files[name] = part
            made = Path(directory.name, "dossier.zip")
            await asyncio.to_thread(_pack, texts, cut, files, made)
    except BaseException:
        directory.cleanup()
        raise
    return FileResponse(
        made,
        media_type="application/zip",
        headers={"Cache-Control": "no-store", HEADER: cut.name},
        background=BackgroundTask(directory.cleanup),
    )


def _pack(texts: Texts, cut: DossierCut, ledgers: Mapping[str, IO[bytes]], made: Path) -> None:
    files: dict[str, IO[bytes]] = {of: BytesIO(content) for of, content in texts().items()}
    files |= {"cut-evaluation.json": BytesIO(cut.said()), **ledgers}
    with made.open("wb") as out:
        pack(files, out)
