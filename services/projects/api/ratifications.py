"""Acts that wait to be ratified by who holds the office rightly (R12)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel

from services.projects.acting import Asking
from services.projects.api.acts import Act, take
from services.projects.api.project_facts import today
from services.projects.api.reading import CompleteTo
from services.projects.domain.project import PROJECT
from services.projects.domain.ratification import RATIFICATION, ActsToRatify, Ratification, RatifyActs
from services.projects.parts import Parts, parts_of
from services.projects.projections.history import labels, office_label
from services.projects.projections.projects import PROJECTS, withdrawn_from_projects
from services.projects.projections.ratifications import ratifications_of
from shared import clock
from shared.acts import offer
from shared.decision import Outcome
from shared.domain import By, NotAllowed, NotKnown, OfficeId, PersonId, UnitId
from shared.folding import folded
from shared.signed_in import SignedIn
from shared.web import Sent, language
from shared.withdrawn import without

SEES_TO_IT = ("precheck", "read_restricted", "read")


def ratifies(asking: Asking, state: Ratification, body: Any) -> By:
    """In the office in question, held or as deputy; that it is its right holder, the rule says."""
    whose = _asked(state).whose
    for term in asking.terms():
        if (term.office, term.unit) == (whose.office, whose.unit):
            return asking.as_holder(term)
    return asking.as_member()


def refuse_unless_concerned(asking: Asking, state: Ratification) -> None:
    """Known to the right holder, deputies, the party department and who looks behind; else not found."""
    whose = _asked(state).whose
    if whose.holder in {asking.person, *asking.stands_in_for()}:
        return
    try:
        asking.with_any_right(SEES_TO_IT, whose.unit)
    except NotAllowed as error:
        raise NotKnown() from error


def _asked(state: Ratification) -> ActsToRatify:
    if state.asked is None:
        raise NotKnown()
    return state.asked


async def _take(
    parts: Parts, act: Act, stream: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    ledger = await parts.ledgers.ledger_of(stream)
    if ledger is None:
        raise NotKnown()
    seen = await _own(parts, stream, person)
    return await take(
        parts,
        act,
        RATIFICATION,
        ledger=ledger,
        stream=stream,
        body=body,
        person=person,
        office=office,
        sent=sent,
        guard=refuse_unless_concerned,
        seen=seen,
    )


async def _own(parts: Parts, stream: UUID, person: PersonId) -> tuple[str, ...]:
    """The projects of the list in which somebody has a part."""
    asked = (await folded(parts.ledgers, RATIFICATION, stream)).asked
    projects = dict.fromkeys(act.project for act in asked.acts) if asked else ()
    states = {project: await folded(parts.ledgers, PROJECT, UUID(project)) for project in projects}
    return tuple(project for project, state in states.items() if person in state.players)


class Line(BaseModel):
    """A list of acts in a list; `left` of them wait."""

    id: str
    office: str
    office_label: str
    unit: str
    unit_name: str | None
    holder: PersonId
    holder_name: str | None
    since: date
    until: date
    due: date
    left: int


class Lines(BaseModel):
    """Lists of acts, the latest first."""

    ratifications: list[Line]


class ActShown(BaseModel):
    """One act that was done in the office before the appointment to it was entered."""

    id: str
    project: str
    title: str
    event: str
    label: str
    person: PersonId
    name: str | None
    on: date
    decides: bool
    ratified: bool


class Whole(BaseModel):
    """A list with its acts."""

    ratification: Line
    acts: list[ActShown]


router = APIRouter(prefix="/ratifications", tags=["ratifications"])
RATIFY = Act(RatifyActs, ratifies, {"today": today, "own": lambda it: it.seen})
offer(router, RATIFY, "/{stream}", _take)


@router.get("")
async def my_ratifications(request: Request, person: SignedIn, complete_to: CompleteTo) -> Lines:
    """What one is to ratify, and what one's party department sees to."""
    parts = parts_of(request)
    asking = _asking(parts, person)
    companies = [term.unit for term in asking.terms() if term.office == "party_department"]
    rows = await ratifications_of(PROJECTS, parts.views, person, companies)
    return Lines(ratifications=[_line(request, parts, row) for row in rows])


@router.get("/{ratification}")
async def one_ratification(request: Request, ratification: UUID, person: SignedIn) -> Whole:
    """The acts: who did what in which project, whether it decides something, whether it is ratified."""
    parts = parts_of(request)
    await parts.following.catch_up()
    state = await folded(parts.ledgers, RATIFICATION, ratification)
    refuse_unless_concerned(_asking(parts, person), state)
    asked = _asked(state)
    listed = [act.project for act in asked.acts]
    asked = without(asked, await withdrawn_from_projects(parts.views, listed))
    row = {
        "ratification": str(ratification),
        "office": asked.whose.office,
        "unit": asked.whose.unit,
        "holder": asked.whose.holder,
        "since": asked.since,
        "until": asked.until,
        "due": asked.due,
        "left": len(state.waiting),
    }
    known = labels(language(request))
    acts = [
        ActShown(
            id=act.id,
            project=act.project,
            title=act.title,
            event=act.event,
            label=known.get(act.event, act.event),
            person=act.person,
            name=parts.names(act.person),
            on=act.on,
            decides=act.decides,
            ratified=act.id in state.ratified,
        )
        for act in asked.acts
    ]
    return Whole(ratification=_line(request, parts, row), acts=acts)


def _line(request: Request, parts: Parts, row: Mapping[str, Any]) -> Line:
    unit = parts.organisation.units.get(UnitId(row["unit"]))
    return Line(
        id=row["ratification"],
        office=row["office"],
        office_label=office_label(row["office"], language(request)),
        unit=row["unit"],
        unit_name=unit.name if unit else None,
        holder=row["holder"],
        holder_name=parts.names(row["holder"]),
        since=row["since"],
        until=row["until"],
        due=row["due"],
        left=row["left"],
    )


def _asking(parts: Parts, person: PersonId) -> Asking:
    return Asking(person, parts.organisation, clock.today(parts.clock, parts.settings.time_zone))
