"""What is due: a list of all open dates that the reader may see, each in its colour."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request

from services.projects.api.answers import Deadline, Deadlines
from services.projects.api.reading import CompleteTo
from services.projects.domain.colours import Colour, colour, warned
from services.projects.parts import Parts, parts_of
from services.projects.projections.deadlines import PLACE, AfterDate, Wanted, list_deadlines
from services.projects.sight import marks_seen
from shared.clock import today
from shared.domain import PersonId, UnitId
from shared.signed_in import SignedIn
from shared.working_days import is_provisional

Subject = Literal[
    "step",
    "milestone",
    "task",
    "finding",
    "dispute",
    "support",
    "departure",
    "change",
    "suspension",
    "archive",
]

router = APIRouter(prefix="/deadlines", tags=["projects"])


def wanted_of(
    person: PersonId,
    day: date,
    subject: list[Subject],
    in_colour: Colour | None,
    unit: UUID | None,
    company: UUID | None,
    mine: bool,
) -> Wanted:
    """The dates that are asked for, by the names of the address."""
    return Wanted(
        today=day,
        colour=in_colour,
        subjects=subject,
        unit=str(unit) if unit else None,
        company=str(company) if company else None,
        mine=person if mine else None,
    )


@router.get("")
async def read_deadlines(
    request: Request,
    person: SignedIn,
    complete_to: CompleteTo,
    subject: Annotated[list[Subject], Query(default_factory=list, description="Any of these")],
    in_colour: Annotated[Colour | None, Query(alias="colour")] = None,
    unit: UUID | None = None,
    company: UUID | None = None,
    mine: bool = False,
    after: Annotated[str | None, Query(pattern=PLACE)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Deadlines:
    """What is due in the projects that the reader may see, the earliest first, in its colour (R42).

    `mine`: only projects that the reader leads, proposed or works on.
    """
    parts = parts_of(request)
    day = today(parts.clock, parts.settings.time_zone)
    wanted = wanted_of(person, day, subject, in_colour, unit, company, mine)
    scope = marks_seen(parts.organisation, person, day)
    found = await list_deadlines(parts.views, wanted, scope, AfterDate.read(after) if after else None, limit)
    return Deadlines(
        deadlines=[_deadline(parts, row, person, day) for row in found.rows],
        next=str(found.after) if found.after else None,
        complete_to=complete_to,
    )


def _deadline(parts: Parts, row: Mapping[str, Any], reader: PersonId, day: date) -> Deadline:
    asked = [seat["unit"] for seat in row["waiting_seats"]] if row["subject"] == "step" else [row["unit"]]
    units = [UnitId(unit) for unit in asked]
    return Deadline(
        project=row["project"],
        reference=row["reference"],
        project_title=row["project_title"],
        unit=row["unit"],
        unit_name=parts.organisation.name_for(UnitId(row["unit"]), reader, day),
        subject=row["subject"],
        code=row["code"],
        title=row["title"],
        due=row["due"],
        colour=colour(row["since"], row["due"], day),
        warned=warned(row["since"], row["due"], day),
        ends_at=parts.organisation.day_ends(row["due"], units, parts.settings.time_zone),
        provisional=row["working_days"] is not None
        and any(is_provisional(row["due"], parts.organisation.calendar(unit)) for unit in units),
    )
