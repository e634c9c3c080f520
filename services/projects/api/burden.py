"""What branches are asked to fill in each month, by what asked for it; itself asked of nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.projects.acting import Asking
from services.projects.api.coverage import SEES, branches_of, companies_of
from services.projects.api.reading import CompleteTo
from services.projects.domain.dates import months_after
from services.projects.parts import Parts, parts_of
from services.projects.projections.burden import Kind, of_companies, of_projects, of_units
from services.projects.projections.projects import PROJECTS
from shared.clock import today
from shared.domain import NotAllowed, NotKnown, PersonId, UnitId
from shared.engines import rows_of
from shared.offices import rights_of
from shared.organisation import Unit
from shared.signed_in import SignedIn

LEADS = {"propose", "lead_project"}
MONTHS_SHOWN = 12
MONTH = r"^[0-9]{4}-(0[1-9]|1[0-2])$"
AFTER = r"^[^\x00]{1,100}$"

router = APIRouter(prefix="/burden", tags=["burden"])
Month = Annotated[str | None, Query(pattern=MONTH, description="As 2026-05; default: this month")]


class BurdenLine(BaseModel):
    """A unit in a month: how many fields it, or the branches of a company, were asked for."""

    unit: str
    code: str
    name: str
    fields: int
    kinds: dict[Kind, int] = Field(description="What asked for them")


class Burden(BaseModel):
    """A part of the table, by the units' codes; there are no shares and no ranks, on purpose."""

    month: str
    lines: list[BurdenLine]
    next: str | None
    complete_to: datetime | None


class BurdenMonth(BaseModel):
    """A month of one branch."""

    month: str
    fields: int
    kinds: dict[Kind, int]


class BurdenAsk(BaseModel):
    """A project that asked a branch for something, and of how many fields."""

    project: str
    kind: Kind
    fields: int


class BurdenOfBranch(BaseModel):
    """Twelve months of one branch up to the one that is asked about, and by what it was asked then."""

    unit: str
    name: str
    months: list[BurdenMonth]
    asks: list[BurdenAsk]
    complete_to: datetime | None


@router.get("")
async def read_burden(
    request: Request,
    person: SignedIn,
    complete_to: CompleteTo,
    month: Month = None,
    company: Annotated[UUID | None, Query(description="Its branches, instead of the companies")] = None,
    after: Annotated[str | None, Query(pattern=AFTER)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Burden:
    """Fields asked of the branches of each company, or of each branch of one, in a month.

    For headquarters and party departments. Counted from what happened and from what the plans ask for:
    a proposal's form, changes that were asked for, figures by their rhythm, milestones, tasks, findings,
    explanations, the closing report.
    """
    parts = parts_of(request)
    known, first = parts.organisation, _first(parts, month)
    roots = _roots(parts, person, SEES)
    if not roots:
        raise NotAllowed()
    table = PROJECTS.table("asks")
    if company is None:
        units, more = _part(companies_of(known, roots), after, limit)
        query = of_companies(table, [unit.id for unit in units], first, first)
    else:
        units, more = _part(branches_of(known, roots, UnitId(str(company))), after, limit)
        query = of_units(table, [unit.id for unit in units], first, first)
    found = _by_kind(await rows_of(parts.views, query), "unit")
    day = today(parts.clock, parts.settings.time_zone)
    return Burden(
        month=_written(first),
        lines=[
            BurdenLine(
                unit=unit.id,
                code=unit.code,
                name=known.name_for(unit.id, person, day),
                fields=sum(found.get(unit.id, {}).values()),
                kinds=found.get(unit.id, {}),
            )
            for unit in units
        ],
        next=units[-1].code if more else None,
        complete_to=complete_to,
    )


@router.get("/{unit}")
async def read_burden_of_branch(
    request: Request, unit: UUID, person: SignedIn, complete_to: CompleteTo, month: Month = None
) -> BurdenOfBranch:
    """What one branch was asked for: to who leads its projects, its party department and headquarters."""
    parts = parts_of(request)
    known, last = parts.organisation, _first(parts, month)
    branch = UnitId(str(unit))
    roots = _roots(parts, person, SEES | LEADS)
    if branch not in known.units or not any(known.reaches(root, branch) for root in roots):
        raise NotKnown()
    table, first = PROJECTS.table("asks"), months_after(last, 1 - MONTHS_SHOWN)
    found = _by_kind(await rows_of(parts.views, of_units(table, [branch], first, last)), "month")
    months = [months_after(first, number) for number in range(MONTHS_SHOWN)]
    return BurdenOfBranch(
        unit=branch,
        name=known.name_for(branch, person, today(parts.clock, parts.settings.time_zone)),
        months=[
            BurdenMonth(
                month=_written(each), fields=sum(found.get(each, {}).values()), kinds=found.get(each, {})
            )
            for each in months
        ],
        asks=[BurdenAsk(**row) for row in await rows_of(parts.views, of_projects(table, branch, last))],
        complete_to=complete_to,
    )


def _roots(parts: Parts, person: PersonId, rights: set[str]) -> list[UnitId]:
    day = today(parts.clock, parts.settings.time_zone)
    terms = Asking(person, parts.organisation, day).terms()
    return [term.unit for term in terms if not rights.isdisjoint(rights_of(term.office))]


def _part(units: Iterable[Unit], after: str | None, limit: int) -> tuple[list[Unit], bool]:
    """The next units by their codes, and whether there are more."""
    left = sorted((unit for unit in units if after is None or unit.code > after), key=lambda unit: unit.code)
    return left[:limit], len(left) > limit


def _by_kind(rows: Sequence[Mapping[str, Any]], key: str) -> dict[Any, dict[Any, int]]:
    found: dict[Any, Counter[Any]] = {}
    for row in rows:
        found.setdefault(row[key], Counter())[row["kind"]] += int(row["fields"])
    return {one: dict(sorted(kinds.items())) for one, kinds in found.items()}


def _first(parts: Parts, month: str | None) -> date:
    """The first day of a month, of this one where none is named; the calendar begins with the year 1."""
    if month is None:
        return today(parts.clock, parts.settings.time_zone).replace(day=1)
    return date(max(int(month[:4]), 1), int(month[5:]), 1)


def _written(month: date) -> str:
    return month.isoformat()[:7]
