"""Reading what applies in a unit: the programme, the company's supplement, what is to come (R16, R22)."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import FileResponse, Response

from services.projects.acting import Asking
from services.projects.api.evidence import IN_PARTS, bytes_of
from services.projects.api.programmes import ProgrammeShown, head
from services.projects.api.supplement_acts import checks_the_company
from services.projects.domain.project.work import Evidence
from services.projects.domain.supplement import SUPPLEMENT, Supplement
from services.projects.ids import supplement_id
from services.projects.parts import parts_of
from services.projects.programme_content import read_content
from services.projects.routing import programme_in_force
from services.projects.supplement_content import Additions, dates_of, read_additions
from shared.clock import today
from shared.domain import NotAllowed, NotKnown, PersonId, UnitId
from shared.folding import folded
from shared.signed_in import SignedIn

router = APIRouter(tags=["organisation"])


class SupplementShown(BaseModel):
    """A company's supplement, published or as it is drafted."""

    company: UnitId
    version: str
    programme: str = Field(description="The version that it supplements")
    document: str
    meeting: str
    in_force: date
    drafted_by: PersonId
    published: bool
    content: dict[str, Any]
    content_hash: str
    attachment: Evidence | None


class DateHere(BaseModel):
    """A date of the programme's year as it is in this company."""

    what: str
    by: str
    of_the_programme: str = Field(description="The programme's own; a company's is never later")


class TopicsHere(BaseModel):
    """What is asked for in a track: the company's own topics, beside those of the programme."""

    track: str
    local: list[str]


class Rules(BaseModel):
    """What a proposal of a unit goes by, should it be submitted today."""

    programme: ProgrammeShown
    supplement: str = Field(description="The company's version beside it; empty where there is none")
    supplement_id: UUID | None
    dates: list[DateHere]
    topics: list[TopicsHere]
    award: str
    titles: dict[str, str] = Field(description="What offices are shown as here")
    not_yet: list[ProgrammeShown] = Field(
        description="Published and not yet in force: until then the one above applies (R16)"
    )


@router.get("/units/{unit_id}/rules")
async def rules_of_unit(request: Request, unit_id: UUID, person: SignedIn) -> Rules:
    """What applies to a proposal of this unit today, and what is published for later (R16, R22)."""
    parts = parts_of(request)
    await parts.following.catch_up()
    known, day, unit = parts.organisation, _today(request), UnitId(str(unit_id))
    if unit not in known.units:
        raise NotKnown()
    programme = programme_in_force(known, day)
    added = known.supplement(unit, programme.version, day)
    additions = read_additions(added.content) if added else Additions()
    sooner = {found.what: found.by for found in additions.dates}
    local = {found.track: list(found.topics) for found in additions.topics}
    return Rules(
        programme=head(programme),
        supplement=added.version if added else "",
        supplement_id=UUID(supplement_id(added.company, added.version)) if added else None,
        dates=[
            DateHere(what=what, by=sooner.get(what, by), of_the_programme=by)
            for what, by in dates_of(programme.content).items()
        ],
        topics=[
            TopicsHere(track=track.code, local=local.get(track.code, []))
            for track in read_content(programme.content).tracks.tracks
        ],
        award=additions.award,
        titles=additions.titles,
        not_yet=[head(p) for p in known.programmes if p.in_force > day],
    )


@router.get("/supplements/{supplement}")
async def one_supplement(request: Request, supplement: UUID, person: SignedIn) -> SupplementShown:
    """A company's supplement; until it is published for whom may publish it."""
    state = await _readable(request, supplement, person)
    draft = state.draft
    if draft is None:
        raise NotKnown()
    return SupplementShown(
        company=draft.company,
        version=draft.version,
        programme=draft.programme,
        document=draft.document,
        meeting=draft.meeting,
        in_force=draft.in_force,
        drafted_by=draft.drafted_by,
        published=state.published,
        content=msgspec.json.decode(draft.content),
        content_hash=draft.content_hash,
        attachment=draft.attachment,
    )


@router.get("/supplements/{supplement}/document", response_class=FileResponse, responses=IN_PARTS)
async def document_of_supplement(request: Request, supplement: UUID, person: SignedIn) -> Response:
    """The document itself, for whoever may read the supplement."""
    state = await _readable(request, supplement, person)
    if state.draft is None or state.draft.attachment is None:
        raise NotKnown()
    return await bytes_of(request, state.draft.attachment, supplement=str(supplement))


async def _readable(request: Request, supplement: UUID, person: PersonId) -> Supplement:
    """NotKnown where nothing is drafted, and to whoever may not be the second of what is."""
    parts = parts_of(request)
    await parts.following.catch_up()
    state = await folded(parts.ledgers, SUPPLEMENT, supplement)
    if state.draft is None:
        raise NotKnown()
    if not state.published:
        try:
            checks_the_company(Asking(person, parts.organisation, _today(request)), state, None)
        except NotAllowed as error:
            raise NotKnown() from error
    return state


def _today(request: Request) -> date:
    parts = parts_of(request)
    return today(parts.clock, parts.settings.time_zone)
