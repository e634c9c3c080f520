"""What every dossier of projects does: take streams as they were signed, prove them, pack, answer."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any
from uuid import UUID

import msgspec
from fastapi import Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from services.projects.domain.project.secrecy import FileSealed, SecrecyReviewed, TextWithdrawn
from services.projects.erasures import Certificate
from services.projects.ids import programme_id
from services.projects.looking import looking_from
from services.projects.parts import Parts, parts_of
from shared.domain import PersonId, UnitId
from shared.dossier import (
    HASHES_AT_MOST,
    LANGUAGES,
    NotReviewedForOutside,
    OnlyAuditTakesDossiers,
    json_file,
    pack,
)
from shared.dossier_cut import HEADER, DossierCut
from shared.envelope import Recorded
from shared.ledger_file import Statement, some_streams
from shared.organisation import Programme
from shared.sentences import Language, word
from shared.verifier import LEDGER

READ_AT_ONCE = 50  # streams


@dataclass(frozen=True, slots=True)
class Taken:
    """Streams as they were signed, with what was signed of the ledgers in which they stand.

    `complete` says whether their other events' hashes go with it.
    """

    cut: DossierCut
    streams: Mapping[UUID, Sequence[Recorded]]
    complete: bool

    @property
    def of_ledger(self) -> dict[str, set[UUID]]:
        """The streams by the ledgers in which something of them stands."""
        found: dict[str, set[UUID]] = {}
        for one in chain.from_iterable(self.streams.values()):
            found.setdefault(one.ledger, set()).add(one.stream)
        return found

    def statements(self, last: str) -> list[Statement]:
        """What was signed of each ledger, of this one at last."""
        in_order = sorted(self.cut.statements, key=lambda name: (name == last, name))
        return [self.cut.statements[name] for name in in_order]


def taken(cut: DossierCut, streams: Mapping[UUID, Sequence[Recorded]], complete: bool | None) -> Taken:
    """These streams of a cut, with all hashes where there are few and nobody says; NotSignedYet."""
    of = cut.of({one.ledger for one in chain.from_iterable(streams.values())})
    if complete is None:
        complete = sum(one.size for one in of.statements.values()) <= HASHES_AT_MOST
    return Taken(of, streams, complete)


async def read_in(parts: Parts, cut: DossierCut, streams: Iterable[str]) -> dict[UUID, list[Recorded]]:
    """What of these streams was signed there, of those that had begun, in their order.

    An id that is none, as that of a meeting which was recorded by hand, has no stream.
    """
    wanted = [UUID(one) for one in dict.fromkeys(streams) if _is_id(one)]
    found: dict[UUID, list[Recorded]] = {}
    for start in range(0, len(wanted), READ_AT_ONCE):
        page = [(one, "", 0) for one in wanted[start : start + READ_AT_ONCE]]  # each to its end
        read = await parts.ledgers.read_streams(page)
        for one, _, _ in page:
            if there := [event for event in read[one] if cut.holds(event)]:
                found[one] = there
    return found


def versions(events: Iterable[Recorded]) -> list[str]:
    """The versions of the programme under which something was decided, in their order."""
    return list(dict.fromkeys(one.envelope.programme for one in events if one.envelope.programme))


def programmes(parts: Parts, events: Iterable[Recorded]) -> list[Programme]:
    """The same, as they read."""
    return [known for name in versions(events) if (known := parts.organisation.version(name))]


def programme_streams(events: Iterable[Recorded]) -> list[str]:
    """The streams in which these stand."""
    return [programme_id(name) for name in versions(events)]


def refuse_unless_audit(parts: Parts, person: PersonId, unit: UnitId) -> None:
    """OnlyAuditTakesDossiers to whoever has no office of audit or discipline over a unit today."""
    if not any(looking_from(parts, person, unit)):
        raise OnlyAuditTakesDossiers()


def refuse_unreviewed(
    parts: Parts, person: PersonId, unit: UnitId, projects: Iterable[Sequence[Recorded]]
) -> None:
    """NotReviewedForOutside: who holds all these offices by mandates carries it outside (R74)."""
    if all(office.opened_in for office in looking_from(parts, person, unit)):
        for stream in projects:
            _refuse_unreviewed(stream)


def _refuse_unreviewed(stream: Sequence[Recorded]) -> None:
    """Before a dossier goes outside it was reviewed as it stands (R74): any act may bring text."""
    for one in reversed(stream):
        match one.event:
            case SecrecyReviewed(purpose="dossier"):
                return
            case SecrecyReviewed() | FileSealed() | TextWithdrawn():
                continue  # neither brings anything that could be secret
            case _ if one.envelope.by is not None:
                break
    raise NotReviewedForOutside()


def readme(code: str, cut: DossierCut, **facts: Any) -> bytes:
    """What the file is, in all languages, and how it is asked for again."""

    def said(which: str, language: Language) -> str:
        return word("dossier", which, language).format(cut=cut.name, **facts)

    paragraphs = [f"{said(code, language)} {said('again', language)}" for language in LANGUAGES]
    return "\n\n".join((*paragraphs, "")).encode()


def beside(manifest: Any, erasures: Sequence[Certificate]) -> dict[str, bytes]:
    """The manifest of evidence and, where somebody was erased, the certificates, as files."""
    made = {"evidence.json": json_file(manifest)}
    if erasures:
        made["erasures.json"] = json_file([one.model_dump(mode="json") for one in erasures])
    return made


async def answered(
    request: Request, of: Taken, name: str, texts: Mapping[str, bytes], files: Collection[str] = ()
) -> FileResponse:
    """The ZIP of the ledgers' files, these texts, and those of these files (by SHA-256) that still lie here.

    Its cut is kept before anybody is given it.
    """
    of.cut.keep(request.app.state.signing)
    directory = TemporaryDirectory(prefix="denggao-dossier-")
    try:
        made = await _packed(parts_of(request), of, Path(directory.name), texts, files)
    except BaseException:
        directory.cleanup()
        raise
    return FileResponse(
        made,
        media_type="application/zip",
        filename=f"{name}.zip",
        headers={"Cache-Control": "no-store", HEADER: of.cut.name},
        background=BackgroundTask(directory.cleanup),
    )


async def _packed(
    parts: Parts, of: Taken, directory: Path, texts: Mapping[str, bytes], files: Collection[str]
) -> Path:
    with ExitStack() as open_files:
        packed: dict[str, IO[bytes]] = {name: BytesIO(content) for name, content in texts.items()}
        for ledger, streams in of.of_ledger.items():
            part = open_files.enter_context(TemporaryFile(dir=directory))
            statement = of.cut.statements[ledger]
            async for block in some_streams(parts.ledgers.engine, statement, streams, complete=of.complete):
                part.write(block)
            packed[f"projects-{ledger}{LEDGER}"] = part
        packed["schemas.json"] = BytesIO(json_file(_schemas(chain.from_iterable(of.streams.values()))))
        packed["cut-projects.json"] = BytesIO(of.cut.said())
        for sha256 in files:
            path = parts.files.path(sha256)
            if path.is_file():  # its bytes are gone where it was sealed, or it is a link
                packed[f"files/{sha256}"] = open_files.enter_context(path.open("rb"))
        made = directory / "dossier.zip"
        with made.open("wb") as out:
            await asyncio.to_thread(pack, packed, out)
    return made


def _schemas(events: Iterable[Recorded]) -> Any:
    """What the events hold, as JSON Schema."""
    types = {type(one.event): None for one in events}
    _, components = msgspec.json.schema_components(types)
    return components


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
