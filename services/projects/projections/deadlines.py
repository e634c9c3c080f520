"""What is due in the projects that somebody may see, the earliest first."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from services.projects.domain.colours import Colour
from services.projects.projections.page import LISTED
from services.projects.projections.projects import PROJECTS, in_circle
from shared.domain import PersonId
from shared.engines import rows_of

PLACE = r"^([0-9]{1,7})/([0-9a-f-]{36})/([a-z]{1,20})/([^\x00]{0,300})$"  # <day>/<project>/<subject>/<code>


@dataclass(frozen=True, slots=True)
class AfterDate:
    """The last entry of a part of the list; stable whatever happens meanwhile."""

    due: date
    project: str
    subject: str
    code: str

    def __str__(self) -> str:
        return f"{self.due.toordinal()}/{self.project}/{self.subject}/{self.code}"

    @classmethod
    def read(cls, text: str) -> AfterDate | None:
        """The place from its text; None where the text is not one."""
        if not (found := re.match(PLACE, text)):
            return None
        day = min(max(int(found[1]), 1), date.max.toordinal())
        return cls(date.fromordinal(day), found[2], found[3], found[4])


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which dates; None leaves a filter out. `mine`: of projects in whose circle this person stands."""

    today: date
    colour: Colour | None = None
    subjects: Sequence[str] = ()
    unit: str | None = None
    company: str | None = None
    mine: PersonId | None = None


@dataclass(frozen=True, slots=True)
class ListedDates:
    """A part of the list, and where the next one begins."""

    rows: Sequence[Mapping[str, Any]]
    after: AfterDate | None


async def list_deadlines(
    views: AsyncEngine,
    wanted: Wanted,
    scope: frozenset[str] | None,
    after: AfterDate | None = None,
    limit: int = 50,
) -> ListedDates:
    """Open dates of the projects whose circle has a mark of the scope (None: all)."""
    rows = await rows_of(views, listing(wanted, scope, after, limit + 1))
    last = rows[limit - 1] if len(rows) > limit else None
    end = AfterDate(last["due"], last["project"], last["subject"], last["code"]) if last else None
    return ListedDates(rows[:limit], end)


def listing(wanted: Wanted, scope: frozenset[str] | None, after: AfterDate | None, limit: int) -> Select[Any]:
    """The question that the list asks."""
    dates, projects = PROJECTS.table("dates"), PROJECTS.table("projects")
    place = (dates.c.due, dates.c.project, dates.c.subject, dates.c.code)
    named = (
        projects.c.reference,
        projects.c.title.label("project_title"),
        projects.c.unit,
        projects.c.waiting_seats,
    )
    query = select(dates, *named).join(projects, projects.c.project == dates.c.project)
    query = query.where(*_filters(wanted, scope))
    if after is not None:
        query = query.where(tuple_(*place) > (after.due, after.project, after.subject, after.code))
    return query.order_by(*place).limit(limit)


def _filters(wanted: Wanted, scope: frozenset[str] | None) -> list[ColumnElement[bool]]:
    dates, projects = PROJECTS.table("dates"), PROJECTS.table("projects")
    found: list[ColumnElement[bool]] = []
    match wanted.colour:
        case "red":
            found.append(dates.c.due < wanted.today)
        case "yellow":
            found.append(and_(dates.c.due >= wanted.today, dates.c.yellow_from <= wanted.today))
        case "green":
            found.append(and_(dates.c.due >= wanted.today, dates.c.yellow_from > wanted.today))
    found.append(dates.c.subject.in_(wanted.subjects or LISTED))
    if wanted.unit is not None:
        found.append(projects.c.unit == wanted.unit)
    if wanted.company is not None:
        found.append(projects.c.company == wanted.company)
    if wanted.mine is not None:
        found.append(in_circle([f"person:{wanted.mine}"]))
    if scope is not None:
        found.append(in_circle(scope))
    return found
