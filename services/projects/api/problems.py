"""A branch's problem list: noted, struck off, and read; projects start from it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.projects import ids
from services.projects.acting import Asking
from services.projects.api.acts import Act, take
from services.projects.api.project_facts import today
from services.projects.api.reading import CompleteTo
from services.projects.domain.problems import PROBLEMS, NoteProblem, Problems, StrikeOffProblem
from services.projects.parts import Parts, parts_of
from services.projects.projections.problems import listing, started_from
from services.projects.projections.projects import PROJECTS
from services.projects.sight import Circle, may_see
from services.projects.withdrawing import withdrawn_from
from shared import clock
from shared.acts import offer, offer_new
from shared.decision import Outcome
from shared.domain import By, NotKnown, OfficeId, PersonId, UnitId
from shared.engines import rows_of
from shared.signed_in import SignedIn
from shared.web import Sent
from shared.withdrawn import without

OF_THE_BRANCH = ("propose", "lead_project", "accept_task", "record_activity")


def keeps_the_list(asking: Asking, state: Problems, body: Any) -> By:
    """The branch's secretary or another of its officers."""
    unit = state.unit or UnitId(getattr(body, "unit", ""))
    if unit not in asking.organisation.units:
        raise NotKnown()
    return asking.with_any_right(OF_THE_BRANCH, unit)


NOTE = Act(NoteProblem, keeps_the_list, {"today": today})
STRIKE_OFF = Act(StrikeOffProblem, keeps_the_list, {"today": today})


async def _take(
    parts: Parts, act: Act, stream: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    await parts.following.catch_up()
    ledger = await parts.ledgers.ledger_of(stream)
    if ledger is None:
        ledger = parts.organisation.ledger(UnitId(getattr(body, "unit", "")))
    if ledger is None:
        raise NotKnown()
    return await take(
        parts,
        act,
        PROBLEMS,
        ledger=ledger,
        stream=stream,
        body=body,
        person=person,
        office=office,
        sent=sent,
    )


class OnTheList(BaseModel):
    """A problem of the list, and the projects that started from it."""

    problem: str
    text: str
    kind: str = Field(description="key, hard or pain")
    found_where: str = Field(description="production_meeting, inspection, audit, staff or customer")
    noted_on: date
    noted_by: str
    struck_off_on: date | None
    struck_off_because: str | None
    projects: list[str]


class ProblemList(BaseModel):
    """A part of a branch's list, the newest first; `next` is where the rest begins."""

    id: str = Field(description="Of the list, for the acts on it")
    problems: list[OnTheList]
    next: int | None
    complete_to: datetime | None


router = APIRouter(prefix="/problems", tags=["problem lists"])
offer_new(router, NOTE, "", _take, lambda body, _sent, _person: UUID(ids.problems_id(UnitId(str(body.unit)))))
offer(router, STRIKE_OFF, "/{stream}", _take)


@router.get("")
async def read_problems(
    request: Request,
    person: SignedIn,
    complete_to: CompleteTo,
    unit: UUID,
    after: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ProblemList:
    """The problem list of a branch, for its own people and for whoever sees its projects."""
    parts, branch = parts_of(request), UnitId(str(unit))
    day = clock.today(parts.clock, parts.settings.time_zone)
    if not may_see(parts.organisation, person, Circle(frozenset({branch}), frozenset(), frozenset()), day):
        raise NotKnown()
    query = listing(PROJECTS.table("problems"), branch, after, limit + 1)
    rows = await rows_of(parts.views, query)
    gone = await withdrawn_from(parts.ledgers, [ids.problems_id(branch)])
    shown = [without(dict(row), gone) for row in rows[:limit]]
    codes = [row["problem"] for row in shown]
    started = await started_from(parts.views, PROJECTS.table("projects"), branch, codes)
    return ProblemList(
        id=ids.problems_id(branch),
        problems=[
            OnTheList(
                problem=row["problem"],
                text=row["text"],
                kind=row["kind"],
                found_where=row["found_where"],
                noted_on=row["noted_on"],
                noted_by=row["noted_by"],
                struck_off_on=row["struck_off_on"],
                struck_off_because=row["struck_off_because"],
                projects=started.get(row["problem"], []),
            )
            for row in shown
        ],
        next=shown[-1]["number"] if len(rows) > limit else None,
        complete_to=complete_to,
    )
