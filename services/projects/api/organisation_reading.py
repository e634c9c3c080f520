"""Reading the group's tree: units, who belongs to them and holds which office, meetings."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.projects import spelling
from services.projects.acting import Asking
from services.projects.api.meetings import refuse_unless_of_the_body
from services.projects.domain.meeting import MEETING
from services.projects.parts import Parts, parts_of
from services.projects.projections.projects import withdrawn_from_projects
from services.projects.withdrawing import withdrawn_from
from shared.clock import today
from shared.domain import NotKnown, PersonId, UnitId
from shared.folding import folded
from shared.offices import catalogue, offices
from shared.organisation import Organisation, Term
from shared.registers import Unit
from shared.signed_in import SignedIn
from shared.web import NO_NUL
from shared.withdrawn import without

router = APIRouter(tags=["organisation"])


class ModelBranchShown(BaseModel):
    """Who named a branch a model branch, by which document and until when."""

    given_by: str
    document: str
    until: date = Field(description="Its last day as one")


class UnitShown(BaseModel):
    """A unit of the tree as it stands now."""

    id: UnitId
    code: str
    name: str
    parent: UnitId | None
    kind: str
    organisation: str = Field(description="Kind of its party organisation; empty where there is none")
    marks: tuple[str, ...]
    model_branch: ModelBranchShown | None = Field(description="None where it never was one, or is no more")
    has_ledger: bool
    full_members: int
    dissolved_on: date | None


class Mandate(BaseModel):
    """What somebody from outside acts on (R15)."""

    document: str
    until: date = Field(description="Its last day")


class OfficeHolder(BaseModel):
    """Who holds an office of a unit today."""

    term: str
    office: str
    person: PersonId
    name: str | None
    since: date
    acting: bool
    mandate: Mandate | None = Field(description="None for an office of the group's own people")


class MemberShown(BaseModel):
    """Somebody who belongs to a unit."""

    person: PersonId
    name: str | None
    political_status: str
    trade: str
    skill: str


class BodyMeets(BaseModel):
    """How often a body of a unit meets (R32)."""

    kind: str
    every: str
    first: date | None = Field(description="A regular meeting from which the others count")


class UnitWhole(BaseModel):
    """A unit with what stands below it, its offices, and its members where one may see them."""

    unit: UnitShown
    above: list[UnitShown]
    below: list[UnitShown]
    offices: list[OfficeHolder]
    meets: list[BodyMeets] = Field(description="Bodies not named meet each month")
    members: list[MemberShown] | None = Field(description="None where one may not see them")
    by_status: dict[str, int] | None = Field(
        description="How many people of it and of those below have each political status; as `members`"
    )


class Units(BaseModel):
    """A page of units by code; give `next` as `after` for the next one."""

    units: list[UnitShown]
    next: str | None


@router.get("/units")
async def list_units(
    request: Request,
    person: SignedIn,
    q: Annotated[
        str, Query(max_length=100, pattern=NO_NUL, description="Part of the name, a former name or the code")
    ] = "",
    after: Annotated[str, Query(max_length=40, pattern=NO_NUL)] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Units:
    """Units of the group, by code; overseas ones are named to their company alone (R75)."""
    organisation = await _known(request)
    day, asked = _today(parts_of(request)), spelling.folded(q)

    def called(unit: Unit) -> str:
        return organisation.name_for(unit.id, person, day) or unit.code

    def known_as(unit: Unit) -> str:
        named = organisation.names_to(unit.id, person, day)
        return " ".join((called(unit), unit.code, *(unit.names_before if named else ())))

    found = sorted(
        (
            unit
            for unit in organisation.units.values()
            if unit.code > after and asked in spelling.folded(known_as(unit))
        ),
        key=lambda unit: unit.code,
    )
    return Units(
        units=[_shown(unit, called(unit), day) for unit in found[:limit]],
        next=found[limit - 1].code if len(found) > limit else None,
    )


@router.get("/units/{unit_id}")
async def one_unit(request: Request, unit_id: UUID, person: SignedIn) -> UnitWhole:
    """A unit, the units above and below it, its offices and members."""
    parts, organisation = parts_of(request), await _known(request)
    day = _today(parts)
    unit = organisation.units.get(UnitId(str(unit_id)))
    if unit is None:
        raise NotKnown()
    above = [u for u in organisation.above(unit.id) if u != unit.id]
    named = organisation.names_to(unit.id, person, day)

    def shown(id_: UnitId) -> UnitShown:
        return _shown(organisation.units[id_], organisation.name_for(id_, person, day) or "", day)

    terms = [term for office in offices() for term in organisation.holders(office, unit.id, day)]
    seen = named and sees_members(organisation, person, unit.id, day)
    return UnitWhole(
        unit=shown(unit.id),
        above=[shown(u) for u in above],
        below=[shown(u) for u in organisation.below(unit.id)],
        offices=[_holder(parts, term, named) for term in terms],
        meets=[
            BodyMeets(kind=kind, every=rhythm.every, first=rhythm.first)
            for kind, rhythm in sorted(unit.rhythms.items())
        ],
        members=_members(parts, unit.id) if seen else None,
        by_status=_by_status(organisation, unit.id) if seen else None,
    )


@router.get("/meetings/{meeting}", tags=["meetings"])
async def one_meeting(request: Request, meeting: UUID, person: SignedIn) -> dict[str, Any]:
    """A meeting with its items, attendance and votes, for those of the body (R67)."""
    parts = parts_of(request)
    await parts.following.catch_up()
    state = await folded(parts.ledgers, MEETING, meeting)
    refuse_unless_of_the_body(Asking(person, parts.organisation, _today(parts)), state)
    matters = [item.matter for item in state.convened.items] if state.convened else []
    gone = await withdrawn_from(parts.ledgers, [str(meeting)])
    shown: dict[str, Any] = msgspec.to_builtins(state)
    return without(shown, gone | await withdrawn_from_projects(parts.views, matters))


async def _known(request: Request) -> Organisation:
    """The organisation with whatever the reader has just done to it."""
    parts = parts_of(request)
    await parts.following.catch_up()
    return parts.organisation


def _today(parts: Parts) -> date:
    return today(parts.clock, parts.settings.time_zone)


def _shown(unit: Unit, name: str, on: date) -> UnitShown:
    named = unit.model_branch
    return UnitShown(
        id=unit.id,
        code=unit.code,
        name=name,
        parent=unit.parent,
        kind=unit.kind,
        organisation=unit.organisation,
        marks=unit.marks_on(on),
        model_branch=ModelBranchShown(given_by=named.given_by, document=named.document, until=named.until)
        if named is not None and on <= named.until
        else None,
        has_ledger=unit.has_ledger,
        full_members=unit.full_members,
        dissolved_on=unit.dissolved_on,
    )


def _mandate(term: Term) -> Mandate | None:
    if term.opened_in is None:
        return None
    return Mandate(document=term.document, until=term.end - timedelta(days=1))


def _holder(parts: Parts, term: Term, named: bool) -> OfficeHolder:
    return OfficeHolder(
        term=term.id,
        office=term.office,
        person=term.person,
        name=parts.names(term.person) if named else None,
        since=term.since,
        acting=term.acting,
        mandate=_mandate(term),
    )


def _members(parts: Parts, unit: UnitId) -> list[MemberShown]:
    organisation = parts.organisation
    return [
        MemberShown(
            person=member,
            name=parts.names(member),
            political_status=organisation.people[member].political_status,
            trade=organisation.people[member].trade,
            skill=organisation.people[member].skill,
        )
        for member in organisation.members_of(unit)
    ]


def _by_status(organisation: Organisation, unit: UnitId) -> dict[str, int]:
    """What the year's statistics ask for; of ages nothing is known."""
    people, below = organisation.people, organisation.all_below(unit)
    found = Counter(people[member].political_status for at in below for member in organisation.members_of(at))
    return {status: found[status] for status in catalogue().political_status}


def sees_members(organisation: Organisation, person: PersonId, unit: UnitId, day: date) -> bool:
    """Those of the same branch, and every office that reaches it."""
    known = organisation.people.get(person)
    if known is not None and known.unit == unit:
        return True
    return any(organisation.reaches(term.unit, unit) for term in organisation.offices_of(person, day))
