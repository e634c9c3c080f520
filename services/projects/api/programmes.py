"""Reading the programme: its versions, what each changed, what it leaves companies to settle."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import FileResponse, Response

from services.projects.acting import Asking
from services.projects.api.evidence import IN_PARTS, bytes_of
from services.projects.api.programme_acts import headquarters
from services.projects.api.reading import CompleteTo
from services.projects.differences import Difference, differences
from services.projects.domain.programme import PROGRAMME, Applies
from services.projects.domain.programme import Programme as Drafted
from services.projects.domain.project.work import Evidence
from services.projects.ids import programme_id
from services.projects.parts import parts_of
from services.projects.projections.projects import count_going_by
from services.projects.routing import unfilled
from shared.clock import today
from shared.domain import NotKnown, PersonId, UnitId
from shared.folding import folded
from shared.organisation import Organisation
from shared.registers import Programme
from shared.signed_in import SignedIn
from shared.web import NO_NUL

TOUCHED = ("draft", "in_approval", "in_implementation", "suspended", "in_closing")  # no result is fixed yet

router = APIRouter(tags=["organisation"])


class ProgrammeShown(BaseModel):
    """A published version of the programme."""

    version: str
    year: int
    in_force: date
    content_hash: str
    corrects: str = Field(description="Of a corrigendum: the version that it mends (R21)")
    corrected_by: str = Field(description="The corrigendum after which it reads like this")


class Basis(BaseModel):
    """By whose decision a version was published, and by whom (R17)."""

    document: str = Field(description="Its number")
    meeting: str = Field(description="Id or number of the minutes of the meeting that decided it")
    drafted_by: PersonId
    published_by: PersonId


class ProgrammeWhole(ProgrammeShown):
    """A published version with its content."""

    basis: Basis
    content: dict[str, Any]


class ProgrammeChanges(BaseModel):
    """What a version changed, in the order of its content."""

    version: str
    since: str | None = Field(description="The earlier version; None where there is none")
    changes: list[Difference]
    on_resubmission: tuple[str, ...] = Field(
        description="The parts that open proposals go by as well, when they are submitted again (R19)"
    )
    on_request: tuple[str, ...] = Field(description="And running projects, by a change request of their own")
    by_order: tuple[str, ...] = Field(description="And running projects, by order")
    demanded_by: str = Field(description="Number of the superior document that demands the order")


class DraftShown(BaseModel):
    """A version before it is published; what it would change beside the one then in force."""

    id: UUID
    version: str
    year: int
    kind: str
    document: str
    meeting: str
    in_force: date
    drafted_by: PersonId
    content_hash: str
    content: dict[str, Any]
    attachment: Evidence | None = Field(description="The document itself; without one nothing is published")
    since: str | None = Field(description="The version that it mends, else the one then in force")
    changes: list[Difference]
    applies: tuple[Applies, ...] = Field(description="To whom changed parts apply, else to new ones (R19)")
    demanded_by: str = Field(description="Number of the superior document, where a part applies by order")
    corrects: str = Field(description="Of a corrigendum: the version that it mends (R21)")
    touches: dict[str, int] = Field(
        description="How many projects it touches, by state: the list `projects?programme=` names each"
    )
    complete_to: datetime | None = Field(description="Until when these are counted")


class OfficeToSettle(BaseModel):
    """An office that routes ask in a company, and that nobody holds there."""

    office: str
    falls_to: UnitId | None = Field(
        description="The unit whose holder is asked instead; None: a route blocks"
    )


class CompanyToSettle(BaseModel):
    """A company in which offices that routes ask are not held."""

    unit: UnitId
    code: str
    name: str
    offices: list[OfficeToSettle]


class ToSettle(BaseModel):
    """A page of companies by code; give `next` as `after` for the next one."""

    companies: list[CompanyToSettle]
    next: str | None


@router.get("/programmes")
async def list_programmes(request: Request, person: SignedIn) -> list[ProgrammeShown]:
    """The published versions, in the order of their publication."""
    return [
        head(p)
        for known in [await _known(request)]
        for p in map(known.version, (each.version for each in known.programmes))
        if p is not None
    ]


@router.get("/programmes/{version}")
async def one_programme(request: Request, version: str, person: SignedIn) -> ProgrammeWhole:
    """A published version with its whole content, and who decided on it."""
    organisation, drafted = await _drafted(request, version)
    programme, draft = organisation.version(version), drafted.draft
    if programme is None or draft is None or drafted.published_by is None:
        raise NotKnown()
    return ProgrammeWhole(
        **head(programme).model_dump(),
        basis=Basis(
            document=draft.document,
            meeting=draft.meeting,
            drafted_by=draft.drafted_by,
            published_by=drafted.published_by,
        ),
        content=_content(programme),
    )


@router.get("/programmes/{version}/draft")
async def draft_of_programme(
    request: Request, version: str, person: SignedIn, complete_to: CompleteTo
) -> DraftShown:
    """A version as it is drafted and not yet published, beside the one in force, for who publishes it."""
    parts, (organisation, drafted) = parts_of(request), await _drafted(request, version)
    draft = drafted.draft
    _refuse_unless_drafts(request, person)
    if draft is None or drafted.published_by is not None:
        raise NotKnown()
    corrected = organisation.version(draft.corrects)
    before = corrected or organisation.programme(draft.in_force)
    return DraftShown(
        id=draft.programme,
        version=draft.version,
        year=draft.year,
        kind=draft.kind,
        document=draft.document,
        meeting=draft.meeting,
        in_force=draft.in_force,
        drafted_by=draft.drafted_by,
        content_hash=draft.content_hash,
        content=msgspec.json.decode(draft.content),
        attachment=draft.attachment,
        applies=draft.applies,
        demanded_by=draft.demanded_by,
        corrects=draft.corrects,
        touches=await count_going_by(parts.views, draft.corrects, TOUCHED) if corrected else {},
        complete_to=complete_to,
        since=before.version if before else None,
        changes=differences(_content(before), msgspec.json.decode(draft.content)) if before else [],
    )


@router.get("/programmes/{version}/document", response_class=FileResponse, responses=IN_PARTS)
async def document_of_programme(request: Request, version: str, person: SignedIn) -> Response:
    """The document that a version was published with, for everybody; of a draft for who publishes it."""
    _, drafted = await _drafted(request, version)
    if drafted.published_by is None:
        _refuse_unless_drafts(request, person)
    if drafted.draft is None or drafted.draft.attachment is None:
        raise NotKnown()
    return await bytes_of(request, drafted.draft.attachment, programme=version)


@router.get("/programmes/{version}/changes")
async def changes_of_programme(
    request: Request,
    version: str,
    person: SignedIn,
    since: Annotated[
        str | None, Query(max_length=40, pattern=NO_NUL, description="Default: the one published before")
    ] = None,
) -> ProgrammeChanges:
    """What a version changed beside an earlier one, place by place."""
    organisation = await _known(request)
    programme = organisation.version(version)
    if programme is None:
        raise NotKnown()
    before = organisation.version(since) if since else None
    if since and before is None:
        raise NotKnown()
    if not since:
        before = organisation.published_before(version)
    return ProgrammeChanges(
        version=version,
        since=before.version if before else None,
        changes=differences(_content(before), _content(programme)) if before else [],
        on_resubmission=programme.on_resubmission,
        on_request=programme.on_request,
        by_order=programme.by_order,
        demanded_by=programme.demanded_by,
    )


@router.get("/programmes/{version}/to-settle")
async def to_settle(
    request: Request,
    version: str,
    person: SignedIn,
    after: Annotated[str, Query(max_length=40, pattern=NO_NUL)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ToSettle:
    """Companies with nobody in an office that the routes ask, and who is asked instead (R23).

    For whoever publishes it already of a draft: a list to settle, which keeps nobody from publishing.
    """
    organisation, drafted = await _drafted(request, version)
    programme = organisation.version(version)
    if programme is None:
        _refuse_unless_drafts(request, person)
        if (draft := drafted.draft) is None:
            raise NotKnown()
        programme = Programme(version, draft.year, draft.in_force, draft.content, draft.content_hash)
    day = today(parts_of(request).clock, parts_of(request).settings.time_zone)
    found = []
    for company in sorted(organisation.units.values(), key=lambda unit: unit.code):
        if company.code <= after or not company.has_ledger or company.ceased:
            continue
        if missing := unfilled(organisation, programme, company.id, day):
            found.append((company, missing))
        if len(found) > limit:
            break
    return ToSettle(
        companies=[
            CompanyToSettle(
                unit=company.id,
                code=company.code,
                name=company.name,
                offices=[OfficeToSettle(office=o.office, falls_to=o.falls_to) for o in missing],
            )
            for company, missing in found[:limit]
        ],
        next=found[limit - 1][0].code if len(found) > limit else None,
    )


async def _known(request: Request) -> Organisation:
    """The organisation with whatever the reader has just done to it."""
    parts = parts_of(request)
    await parts.following.catch_up()
    return parts.organisation


def head(programme: Programme) -> ProgrammeShown:
    """A version without its content."""
    return ProgrammeShown(
        version=programme.version,
        year=programme.year,
        in_force=programme.in_force,
        content_hash=programme.content_hash,
        corrects=programme.corrects,
        corrected_by=programme.corrected_by,
    )


async def _drafted(request: Request, version: str) -> tuple[Organisation, Drafted]:
    organisation = await _known(request)
    return organisation, await folded(parts_of(request).ledgers, PROGRAMME, UUID(programme_id(version)))


def _refuse_unless_drafts(request: Request, person: PersonId) -> None:
    """NotAllowed to whoever may neither draft nor publish."""
    parts = parts_of(request)
    headquarters(Asking(person, parts.organisation, today(parts.clock, parts.settings.time_zone)), None, None)


def _content(programme: Programme) -> Any:
    return msgspec.json.decode(programme.content)
