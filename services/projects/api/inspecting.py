"""Inspections: planned and taken out of the plan, held in a project, and the list of them (R46)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID, uuid5

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.projects.acting import Asking
from services.projects.api.acts import Act, Situation, take
from services.projects.api.on_project import take_on_project
from services.projects.api.project_facts import right, says_no_tie, today, units
from services.projects.api.reading import CompleteTo
from services.projects.api.signing_acts import tied_to
from services.projects.domain.project import PROJECT, supervision
from services.projects.domain.visits import VISITS, CountVisit, DropPlannedInspection, PlanInspection, Visits
from services.projects.facts import limits_by, limits_of
from services.projects.papers import whose
from services.projects.parts import Parts, parts_of
from services.projects.projections.projects import PROJECTS
from services.projects.projections.visits import PLACE, AfterVisit, listing
from services.projects.routing import leader_kind
from services.projects.sight import Circle, may_see
from services.projects.withdrawing import withdrawn_from
from shared import clock
from shared.acts import offer, offer_new
from shared.decision import Outcome, Submission
from shared.domain import By, NotKnown, OfficeId, PersonId, UnitId
from shared.engines import rows_of
from shared.folding import folded
from shared.ids import derived
from shared.signed_in import SignedIn
from shared.web import Sent
from shared.withdrawn import without

HOLD = Act(
    supervision.HoldInspection,
    right("inspect"),
    {"today": today, "units": units, "tied_to": tied_to, "says_no_tie": says_no_tie},
    on_paper=True,
)


def inspects(asking: Asking, state: Visits, body: Any) -> By:
    """An office that inspects the branch."""
    unit = state.unit or UnitId(getattr(body, "unit", ""))
    if unit not in asking.organisation.units:
        raise NotKnown()
    return asking.with_right("inspect", unit)


def _leader(it: Situation) -> Any:
    return leader_kind(it.asking.organisation, UnitId(it.body.unit))


PLAN = Act(
    PlanInspection,
    inspects,
    {
        "leader": _leader,
        "today": today,
        "limit": lambda it: limits_by(it.asking).inspections_a_year,
    },
)
DROP = Act(DropPlannedInspection, inspects)


def visits_of(unit: str, year: int) -> UUID:
    """The stream of a branch's inspections in a year."""
    return UUID(derived("visits", unit, str(year)))


async def _plan(
    parts: Parts, act: Act, visits: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    await parts.following.catch_up()
    ledger = await parts.ledgers.ledger_of(visits) or parts.organisation.ledger(UnitId(body.unit))
    if ledger is None:
        raise NotKnown()
    return await take(
        parts, act, VISITS, ledger=ledger, stream=visits, body=body, person=person, office=office, sent=sent
    )


async def _drop(
    parts: Parts, act: Act, visits: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    ledger = await parts.ledgers.ledger_of(visits)
    if ledger is None:
        raise NotKnown()
    return await take(
        parts, act, VISITS, ledger=ledger, stream=visits, body=body, person=person, office=office, sent=sent
    )


async def _count(
    parts: Parts, ledger: str, project: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> None:
    """The visit counts once, however often it is sent; what the project would refuse does not count."""
    state = await folded(parts.ledgers, PROJECT, project)

    def prepare(_: Visits) -> CountVisit:
        day = clock.today(parts.clock, parts.settings.time_zone)
        asking = Asking(person, parts.organisation, day, office, body.why, str(project))
        held = HOLD.command_from(whose(asking, body), state, body.model_copy(update={"paper": None}), None)
        PROJECT.decide(held, state)
        return CountVisit(
            held.by,
            state.unit,
            body.on.year,
            str(project),
            body.inspection,
            body.on,
            body.kind,
            body.planned,
            body.reason,
            limits_of(asking, state).inspections_a_year,
        )

    await parts.writer.submit(
        Submission(
            ledger=ledger,
            stream=visits_of(state.unit, body.on.year),
            decider=VISITS,
            prepare=prepare,
            command_id=uuid5(project, f"visit/{body.on.year}/{body.inspection}"),
            correlation=sent.correlation,
        )
    )


async def _hold(
    parts: Parts, act: Act, project: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    async def look(ledger: str) -> None:
        await _count(parts, ledger, project, body, person, office, sent)

    return await take_on_project(parts, act, project, body, person, office, sent, look)


class Inspection(BaseModel):
    """An inspection of a branch: planned, or held; `code` is that of the plan."""

    id: str = Field(description="Of the branch's inspections of the year, for the acts on its plan")
    code: str
    unit: str
    unit_name: str | None
    on: date
    kind: str
    reason: str = Field(description="Why beyond the yearly limit, else empty")
    office: str
    of_unit: str
    state: Literal["planned", "held"]
    project: str | None = Field(description="In which it was held")


class Inspections(BaseModel):
    """A part of the list, the earliest first; `next` is where the rest begins."""

    inspections: list[Inspection]
    next: str | None
    complete_to: datetime | None


acts = APIRouter(prefix="/projects", tags=["project acts"])
offer(acts, HOLD, "/{stream}", _hold)
router = APIRouter(prefix="/inspections", tags=["inspections"])
offer_new(router, PLAN, "", _plan, lambda body, _sent, _person: visits_of(str(body.unit), body.on.year))
offer(router, DROP, "/{stream}", _drop)


@router.get("")
async def read_inspections(
    request: Request,
    person: SignedIn,
    complete_to: CompleteTo,
    unit: UUID | None = None,
    year: Annotated[int | None, Query(ge=2000, le=9999, description="Default: this year")] = None,
    after: Annotated[str | None, Query(pattern=PLACE)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Inspections:
    """Inspections of a year by all levels, of the reader's units, and those of the reader's offices (R46).

    `unit`: of that one alone, for whom it concerns.
    """
    parts = parts_of(request)
    known, day = parts.organisation, clock.today(parts.clock, parts.settings.time_zone)
    asking = Asking(person, known, day)
    theirs, seats = list(asking.units()), [f"{term.office}@{term.unit}" for term in asking.terms()]
    if unit is not None:
        if not may_see(known, person, Circle(frozenset({UnitId(str(unit))}), frozenset(), frozenset()), day):
            raise NotKnown()
        theirs, seats = [UnitId(str(unit))], []
    since, until = date(year or day.year, 1, 1), date(year or day.year, 12, 31)
    place = AfterVisit.read(after) if after else None
    query = listing(PROJECTS.table("visits"), theirs, seats, since, until, place, limit + 1)
    rows = await rows_of(parts.views, query)
    last = rows[limit - 1] if len(rows) > limit else None
    gone = await withdrawn_from(parts.ledgers, {row["stream"] for row in rows})
    return Inspections(
        inspections=[_shown(parts, without(dict(row), gone), person, day) for row in rows[:limit]],
        next=str(AfterVisit(last["on"], last["stream"], last["code"])) if last else None,
        complete_to=complete_to,
    )


def _shown(parts: Parts, row: Mapping[str, Any], reader: PersonId, day: date) -> Inspection:
    office, _, of_unit = row["seat"].partition("@")
    return Inspection(
        id=row["stream"],
        code=row["code"],
        unit=row["unit"],
        unit_name=parts.organisation.name_for(UnitId(row["unit"]), reader, day),
        on=row["on"],
        kind=row["kind"],
        reason=row["reason"],
        office=office,
        of_unit=of_unit,
        state=row["state"],
        project=row["project"],
    )
