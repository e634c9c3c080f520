"""What projects of a unit leave behind, by kind: its brands, rules, standards and so on."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from services.projects.api.reading import CompleteTo
from services.projects.domain.project.outcome import OutcomeKind
from services.projects.parts import parts_of
from services.projects.projections.outcomes import listing
from services.projects.projections.projects import PROJECTS
from services.projects.sight import Circle, may_see
from shared import clock
from shared.domain import NotKnown, UnitId
from shared.engines import rows_of
from shared.signed_in import SignedIn

PLACE = r"^[0-9a-f-]{36}/[^\x00]{1,300}$"  # <project>/<code>

router = APIRouter(prefix="/outcomes", tags=["practices"])


class OutcomeShown(BaseModel):
    """What a project leaves behind; several projects may stand under one brand."""

    project: str
    outcome: str
    kind: str
    name: str
    meaning: str
    document: str


class Outcomes(BaseModel):
    """A part of the list; `next` is where the rest begins."""

    outcomes: list[OutcomeShown]
    next: str | None
    complete_to: datetime | None


@router.get("")
async def read_outcomes(
    request: Request,
    person: SignedIn,
    complete_to: CompleteTo,
    unit: UUID,
    kind: OutcomeKind,
    after: Annotated[str | None, Query(pattern=PLACE)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Outcomes:
    """A unit's outcomes of a kind, for its own people and for whoever sees its projects."""
    parts, of = parts_of(request), UnitId(str(unit))
    day = clock.today(parts.clock, parts.settings.time_zone)
    if not may_see(parts.organisation, person, Circle(frozenset({of}), frozenset(), frozenset()), day):
        raise NotKnown()
    project, _, code = (after or "").partition("/")
    query = listing(PROJECTS.table("outcomes"), of, kind, (project, code) if after else None, limit + 1)
    rows = await rows_of(parts.views, query)
    last = rows[limit - 1] if len(rows) > limit else None
    return Outcomes(
        outcomes=[
            OutcomeShown(**{name: row[name] for name in OutcomeShown.model_fields}) for row in rows[:limit]
        ],
        next=f"{last['project']}/{last['outcome']}" if last else None,
        complete_to=complete_to,
    )
