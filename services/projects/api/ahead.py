"""What a decision needs to read: the route ahead (R86), and what changed since somebody looked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.projects.acting import Asking
from services.projects.api.to_answer import ToAnswer, to_answer
from services.projects.differences import Difference
from services.projects.domain.project import PROJECT
from services.projects.domain.project.content import PARTS, Part
from services.projects.domain.project.state import NotADraft, State, require
from services.projects.facts import route_for
from services.projects.parts import Parts, parts_of
from services.projects.preview import Asked, Body, Preview, preview, preview_of_change
from services.projects.redline import Version, last_seen, redline, version, versions
from services.projects.sight import refuse_unless_seen
from shared.clock import today
from shared.domain import NotKnown, OfficeId, PersonId, UnitId
from shared.envelope import Recorded
from shared.folding import fold
from shared.sentences import Language
from shared.signed_in import SignedIn
from shared.web import language

HASH = r"^[0-9a-f]{64}$"

router = APIRouter(prefix="/projects", tags=["projects"])


class Somebody(BaseModel):
    """A person, with their name if it can be read."""

    id: str
    name: str | None


class Instead(BaseModel):
    """Who acts in place of the office that is asked: it is vacant, or its holders are in conflict (R3)."""

    person: Somebody | None
    office: str
    unit: str
    unit_name: str | None


class AskedSeat(BaseModel):
    """An office that is asked; `waits` where nobody can act for it, here or above."""

    office: str
    unit: str
    unit_name: str | None
    holders: list[Somebody]
    instead: Instead | None
    waits: bool


class MeetingBody(BaseModel):
    """A body that meets; where too few may vote it is referred to the one above (R27)."""

    unit: str
    unit_name: str | None
    should_attend: int
    may_vote: int
    can_pass: bool
    referred_to: str | None
    referred_to_name: str | None


class StepAhead(BaseModel):
    """A step ahead and the last day by which to expect it; provisional beyond the announced calendar."""

    step: int
    name: str
    decides: str
    asked: list[AskedSeat]
    bodies: list[MeetingBody]
    expected: date
    provisional: bool
    questions: list[ToAnswer] = Field(description="What each of those asked answers with their opinion")


class RouteAhead(BaseModel):
    """The way that the proposal takes from where it stands, should it be submitted or go on today."""

    programme: str
    supplement: str = Field(description="The company's version beside it (R22); empty where there is none")
    route: str
    steps: list[StepAhead]
    missing: list[str] = Field(
        description="What a draft still lacks, in the codes of the refusal; the resolution comes with the act"
    )


class Content(BaseModel):
    """A content under its hash; `at` is when it was first recorded."""

    content_hash: str
    at: datetime


class Differences(BaseModel):
    """What differs; `before` and `seen_at` are null for who never had a content of it before them."""

    before: Content | None
    after: Content
    seen_at: datetime | None
    changed: list[Difference]


@router.get("/{project}/route-preview")
async def read_route_ahead(request: Request, project: UUID, person: SignedIn) -> RouteAhead:
    """Who decides on a proposal, who in their place, and about when: before its submission and after it."""
    parts, state, asking, _ = await seen_project(request, project, person)
    if state.phase not in ("draft", "in_approval"):
        raise NotADraft()
    return _route(parts, asking, preview(asking, state), language(request))


@router.get("/{project}/change-route-preview")
async def read_route_of_change(
    request: Request,
    project: UUID,
    person: SignedIn,
    touches: Annotated[
        list[Part], Query(min_length=1, max_length=len(PARTS), description="What the change would touch")
    ],
) -> RouteAhead:
    """Who would decide on a change of these parts, who in their place, and about when, if asked today."""
    parts, state, asking, _ = await seen_project(request, project, person)
    require(state, "in_implementation")
    found = preview_of_change(asking, state, route_for(asking, state, frozenset(touches)))
    return _route(parts, asking, found, language(request))


def _route(parts: Parts, asking: Asking, found: Preview, said_in: Language) -> RouteAhead:
    return RouteAhead(
        programme=found.programme,
        supplement=found.supplement,
        route=found.route,
        steps=[
            StepAhead(
                step=step.step,
                name=step.name,
                decides=step.decides,
                asked=[_asked(parts, asked) for asked in step.asked],
                bodies=[_body(parts, body) for body in step.bodies],
                expected=step.expected,
                provisional=step.provisional,
                questions=to_answer(asking, found.programme, step.checklist, said_in),
            )
            for step in found.steps
        ],
        missing=list(found.missing),
    )


@router.get("/{project}/differences")
async def read_differences(
    request: Request,
    project: UUID,
    person: SignedIn,
    before: Annotated[str | None, Query(pattern=HASH, description="Hash; else what you last saw")] = None,
    after: Annotated[str | None, Query(pattern=HASH, description="Hash; else the content as it is")] = None,
) -> Differences:
    """What changed between two contents of a proposal, field by field; without hashes since you looked."""
    _, state, _, stream = await seen_project(request, project, person)
    known = versions(stream)
    now = version(known, after or state.content_hash)
    seen = None if before else last_seen(stream, person)
    hash_ = before or (seen[0] if seen else None)
    then = version(known, hash_) if hash_ else None
    changed = redline(then.proposal, now.proposal) if then else []
    return Differences(
        before=_content(then) if then else None,
        after=_content(now),
        seen_at=seen[1] if seen else None,
        changed=changed,
    )


async def seen_project(
    request: Request, project: UUID, person: PersonId, office: OfficeId | None = None
) -> tuple[Parts, State, Asking, list[Recorded]]:
    """A project as its rules see it, for who may see it; NotKnown for all others."""
    parts = parts_of(request)
    await parts.following.catch_up()
    stream = await parts.ledgers.read_stream(project)
    if not stream or stream[0].envelope.aggregate != PROJECT.aggregate:
        raise NotKnown()
    state = fold(PROJECT, stream)
    day = today(parts.clock, parts.settings.time_zone)
    asking = Asking(person, parts.organisation, day, office, about=str(project))
    refuse_unless_seen(asking, state)
    return parts, state, asking, stream


def _content(found: Version) -> Content:
    return Content(content_hash=found.content_hash, at=found.at)


def _asked(parts: Parts, asked: Asked) -> AskedSeat:
    instead = asked.instead
    return AskedSeat(
        office=asked.seat.office,
        unit=asked.seat.unit,
        unit_name=_unit(parts, asked.seat.unit),
        holders=[_somebody(parts, person) for person in asked.holders],
        instead=instead
        and Instead(
            person=instead.person and _somebody(parts, instead.person),
            office=instead.office,
            unit=instead.unit,
            unit_name=_unit(parts, instead.unit),
        ),
        waits=asked.waits,
    )


def _body(parts: Parts, body: Body) -> MeetingBody:
    return MeetingBody(
        unit=body.unit,
        unit_name=_unit(parts, body.unit),
        should_attend=body.should_attend,
        may_vote=body.may_vote,
        can_pass=body.can_pass,
        referred_to=body.referred_to,
        referred_to_name=body.referred_to and _unit(parts, body.referred_to),
    )


def _somebody(parts: Parts, person: PersonId) -> Somebody:
    return Somebody(id=person, name=parts.names(person))


def _unit(parts: Parts, unit: UnitId) -> str | None:
    known = parts.organisation.units.get(unit)
    return known.name if known else None
