"""What every dossier of evaluation does: for whom it is, its ledger's file with the proof, pack, answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any
from uuid import UUID

import msgspec
from fastapi import Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from services.evaluation.parts import Parts, parts_of
from shared.clock import today
from shared.domain import PersonId, UnitId
from shared.dossier import HASHES_AT_MOST, OnlyAuditTakesDossiers, json_file, pack
from shared.dossier_cut import HEADER, DossierCut
from shared.envelope import Recorded
from shared.ledger_file import Statement, some_streams
from shared.looking import looking_from
from shared.organisation import Term
from shared.verifier import LEDGER

Texts = Callable[[], Mapping[str, bytes]]  # files by name; made in a thread, since printing takes a while


def auditing(parts: Parts, person: PersonId, unit: UnitId) -> list[Term]:
    """The offices of audit and discipline in which they take it; OnlyAuditTakesDossiers."""
    day = today(parts.clock, parts.settings.time_zone)
    offices = list(looking_from(parts.group.organisation, person, unit, day))
    if not offices:
        raise OnlyAuditTakesDossiers()
    return offices


def with_hashes(statement: Statement, asked: bool | None) -> bool:
    """Whether the hashes of all other events go with it: as asked, else where they are few."""
    return statement.size <= HASHES_AT_MOST if asked is None else asked


def schemas(events: Iterable[Recorded]) -> bytes:
    """What the events hold, as JSON Schema."""
    _, components = msgspec.json.schema_components({type(one.event): None for one in events})
    return json_file(components)


async def answered(
    request: Request,
    cut: DossierCut,
    streams: Collection[UUID],
    texts: Texts,
    *,
    complete: bool,
) -> FileResponse:
    """The ZIP of these streams, which lie in the one ledger of the cut, and of the texts.

    The cut is kept before anybody is given it.
    """
    cut.keep(request.app.state.signing)
    (statement,) = cut.statements.values()
    directory = TemporaryDirectory(prefix="denggao-dossier-")
    try:
        blocks = some_streams(parts_of(request).ledgers.engine, statement, streams, complete=complete)
        with TemporaryFile(dir=directory.name) as ledger:
            async for block in blocks:
                ledger.write(block)
            name, made = f"evaluation-{statement.ledger}{LEDGER}", Path(directory.name, "dossier.zip")
            await asyncio.to_thread(_pack, texts, cut, name, ledger, made)
    except BaseException:
        directory.cleanup()
        raise
    return FileResponse(
        made,
        media_type="application/zip",
        headers={"Cache-Control": "no-store", HEADER: cut.name},
        background=BackgroundTask(directory.cleanup),
    )


def _pack(texts: Texts, cut: DossierCut, name: str, ledger: IO[bytes], made: Path) -> None:
    files: dict[str, Any] = {of: BytesIO(content) for of, content in texts().items()}
    files |= {"cut-evaluation.json": BytesIO(cut.said()), name: ledger}
    with made.open("wb") as out:
        pack(files, out)
