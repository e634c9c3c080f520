"""A review's dossier over HTTP: cycle and panels with their proof, each panel's lot, the same to read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from sqlalchemy import select
from starlette.responses import FileResponse

from services.evaluation.api.packing import answered, auditing, schemas, with_hashes
from services.evaluation.api.review.cycles import seen_cycle
from services.evaluation.domain.review.cycle import CYCLE
from services.evaluation.domain.review.cycle.judging import PanelNamed
from services.evaluation.domain.review.cycle.state import State
from services.evaluation.domain.review.panel.fixing import LotFixed
from services.evaluation.domain.review.panel.opening import PanelOpened
from services.evaluation.parts import Parts, parts_of
from services.evaluation.projections import SCORES
from services.evaluation.review.dossier import Record, document
from services.evaluation.review.drawing import head_at
from services.evaluation.review.programme import rules_of, section_of
from services.evaluation.review.witnessed_lot import Record as LotRecord
from services.evaluation.review.witnessed_lot import record_of
from shared.clock import today
from shared.domain import By, NotAsItStands, UnitId
from shared.dossier import COMPLETE, LANGUAGES, NotReviewedForOutside, NotSignedYet, json_file
from shared.dossier_cut import AskedCut, DossierCut, NoSuchDossierCut, asked_cut
from shared.envelope import Recorded
from shared.looking import take_look
from shared.organisation import Term
from shared.printing import pdf
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor

router = APIRouter(prefix="/reviews", tags=["review"])
AT_ONCE = 500


class PanelsStillJudge(NotAsItStands):
    """The dossier of a review is given once all of its panels are sealed.

    Wait until its last round is closed; how far the panels are, its board shows."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A review up to a cut, with its panels in the order in which they were named."""

    cut: DossierCut
    cycle: Sequence[Recorded]
    panels: Mapping[str, Sequence[Recorded]]
    state: State


@router.get("/{review}/dossier", response_class=FileResponse)
async def take_dossier(
    request: Request,
    review: UUID,
    person: SignedIn,
    wait_for: WaitFor,
    complete: Annotated[bool | None, COMPLETE] = None,
    cut: AskedCut = None,
) -> FileResponse:
    """A review in one ZIP: its events and its panels' with their proof, lots to draw again, to read.

    What is sealed stays sealed in it. Whoever audits under a mandate is given it once a secrecy reviewer has
    reviewed the dossier of each of its projects since it closed (R74).
    """
    parts = parts_of(request)
    await parts.group.reached(parts.reviews, wait_for)
    seen = await seen_cycle(parts, person, review)
    offices = auditing(parts, person, UnitId(seen.unit))
    await take_look(request, parts.writer, person, offices[0], "dossier", str(review))
    day = today(parts.clock, parts.settings.time_zone)
    found = await _reviewed(parts, review, asked_cut(request.app.state.signing, day, cut), again=bool(cut))
    if found.state.stage in ("collecting", "judging"):
        raise PanelsStillJudge()
    titles = await _titles(parts, offices, found.state.entrants)
    (statement,) = found.cut.statements.values()
    record = Record(
        state=found.state,
        cycle=found.cycle,
        panels=found.panels,
        titles=titles,
        organisation=parts.group.organisation,
        reader=By(person, offices[0].office, offices[0].unit),
        statement=statement,
        complete=with_hashes([statement], complete),
        made_on=found.cut.day,
        zone=parts.settings.time_zone,
    )
    lots = [await _lot(parts, stream) for stream in found.panels.values() if _was_drawn(stream)]
    texts = partial(_texts, record, lots, _programme(parts, found.state.programme))
    streams = {statement.ledger: {review, *map(UUID, found.panels)}}
    return await answered(request, found.cut, streams, texts, complete=record.complete)


async def _reviewed(parts: Parts, review: UUID, upto: DossierCut, *, again: bool) -> Reviewed:
    """What of a review was signed; NotSignedYet where something was not, unless it is asked for again."""
    cycle = await _signed(parts, review, upto, again)
    if not cycle:
        raise NoSuchDossierCut()
    named = [one.event.panel for one in cycle if isinstance(one.event, PanelNamed)]
    read = {panel: await _signed(parts, UUID(panel), upto, again) for panel in named}
    state = reduce(CYCLE.evolve, (one.event for one in cycle), CYCLE.initial)
    begun = {panel: stream for panel, stream in read.items() if stream}  # others were dissolved before
    return Reviewed(upto.of({cycle[0].ledger}), cycle, begun, state)


async def _signed(parts: Parts, stream: UUID, upto: DossierCut, again: bool) -> list[Recorded]:
    found = await parts.ledgers.read_stream(stream)
    if found and not again and not upto.holds(found[-1]):
        raise NotSignedYet()
    return [one for one in found if upto.holds(one)]


async def _titles(
    parts: Parts, offices: Sequence[Term], projects: Collection[str]
) -> dict[str, tuple[str, str]]:
    """Reference and title by project; NotReviewedForOutside.

    Who holds all these offices by mandates carries it outside (R74): what it says of a project is what
    stood there when it closed.
    """
    table, outside = SCORES.table("scores"), all(office.opened_in for office in offices)
    columns = (table.c.project, table.c.reference, table.c.title, table.c.reviewed_at, table.c.at_closing)
    wanted, found = sorted(map(UUID, projects)), dict[str, tuple[str, str]]()
    for start in range(0, len(wanted), AT_ONCE):
        query = select(*columns).where(table.c.project.in_(wanted[start : start + AT_ONCE]))
        async with parts.views.connect() as connection:
            rows = (await connection.execute(query)).all()
        for row in rows:
            closed = row.at_closing.recorded_at if row.at_closing else 0
            if outside and (row.reviewed_at is None or row.reviewed_at < closed):
                raise NotReviewedForOutside()
            found[str(row.project)] = row.reference, row.title
    return found


def _was_drawn(stream: Sequence[Recorded]) -> bool:
    return any(isinstance(one.event, PanelOpened) for one in stream)


async def _lot(parts: Parts, stream: Sequence[Recorded]) -> LotRecord:
    """The record of a panel's draw, from its own events and the head behind the lot that was drawn."""
    fixed = [one for one in stream if isinstance(one.event, LotFixed)]
    return record_of(stream, await head_at(parts, fixed[-1]))


def _programme(parts: Parts, version: str) -> dict[str, Any]:
    """What the version says of reviews, as published ("": the shipped one holds), and as it is read."""
    organisation = parts.group.organisation
    section, rules = section_of(organisation, version), rules_of(organisation, version)
    return {"version": version, "section": section, "rules": rules}


def _texts(record: Record, lots: Sequence[LotRecord], programme: dict[str, Any]) -> Mapping[str, bytes]:
    return {
        "review.json": json_file(msgspec.to_builtins(record.state, str_keys=True, order="deterministic")),
        "programme.json": json_file(programme),
        "lots.json": json_file(lots),
        "review-schemas.json": schemas(record.acts),
        **{f"review.{language}.pdf": pdf(document(record, language)) for language in LANGUAGES},
    }
