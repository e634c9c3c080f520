"""Who looked at what as audit or discipline: for audit and discipline alone (R76)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.projects.domain.look import LookTaken, What
from services.projects.looking import DISCIPLINE, looking_from, note_look
from services.projects.parts import Parts, parts_of
from services.projects.projections.history import office_label
from shared.domain import By, NotAllowed, PersonId, UnitId
from shared.envelope import Recorded
from shared.ledger import ACCESS
from shared.offices import rights_of
from shared.organisation import Term
from shared.sentences import Language
from shared.signed_in import SignedIn
from shared.web import language

AT_ONCE = 500

router = APIRouter(tags=["replay"])


class OnlyAuditSeesWhoLooked(NotAllowed):
    """Who looked at what is shown to audit and discipline alone.

    Ask the audit office above the unit."""


class Look(BaseModel):
    """Somebody's look at a record; `of` is a project or unit, `asked` the query as it was sent."""

    position: int
    at: datetime
    person: PersonId
    name: str | None
    office: str
    office_label: str
    unit: UnitId
    unit_name: str | None
    what: What
    of: str
    asked: str


class Looks(BaseModel):
    """Looks in their order; give `next` as `after` to read on."""

    looks: list[Look]
    next: int | None = Field(description="None where there are no more")


@router.get("/looks")
async def read_looks(
    request: Request,
    person: SignedIn,
    after: Annotated[int, Query(ge=0, le=2**53, description="Behind this position")] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Looks:
    """Looks of audit at what the reader's office reaches; those of discipline only to discipline above it."""
    parts, spoken = parts_of(request), language(request)
    await parts.following.catch_up()
    terms = list(looking_from(parts, person, None))
    if not terms:
        raise OnlyAuditSeesWhoLooked()
    await note_look(request, person, "looks")
    found: list[Look] = []
    while page := await parts.ledgers.read_ledger(ACCESS, after, AT_ONCE):
        for recorded in page:
            after = recorded.position
            by = recorded.envelope.by
            if by is not None and _may_know(parts, terms, by):
                found.append(_shown(parts, recorded, by, spoken))
            if len(found) == limit:
                return Looks(looks=found, next=after)
    return Looks(looks=found, next=None)


def _may_know(parts: Parts, terms: list[Term], by: By) -> bool:
    """Whether one of these offices may know of a look that was taken in another."""
    reaches = parts.organisation.reaches
    if DISCIPLINE in rights_of(by.office):
        above = (term.unit for term in terms if DISCIPLINE in rights_of(term.office) and term.unit != by.unit)
        return any(reaches(unit, by.unit) for unit in above)
    return any(reaches(term.unit, by.unit) for term in terms)


def _shown(parts: Parts, recorded: Recorded, by: By, spoken: Language) -> Look:
    event = recorded.event
    assert isinstance(event, LookTaken)
    unit = parts.organisation.units.get(by.unit)
    return Look(
        position=recorded.position,
        at=recorded.recorded_at,
        person=by.person,
        name=parts.names(by.person),
        office=by.office,
        office_label=office_label(by.office, spoken),
        unit=by.unit,
        unit_name=unit.name if unit else None,
        what=event.what,
        of=event.of,
        asked=event.asked,
    )
