"""Where projects are missing: units by tracks or integrations, gaps first, the small and far first (R66)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.projects.acting import Asking
from services.projects.api.reading import CompleteTo
from services.projects.parts import Parts, parts_of
from services.projects.programme_content import read_content
from services.projects.projections.coverage import of_companies, of_units
from services.projects.projections.projects import PROJECTS
from services.projects.routing import programme_in_force
from shared.clock import today
from shared.domain import NotAllowed, NotKnown, UnitId
from shared.engines import rows_of
from shared.offices import catalogue, rights_of
from shared.organisation import Organisation, Unit
from shared.signed_in import SignedIn

SEES = {"see_group", "keep_roster"}
SMALL_OR_FAR = frozenset("小远散新")  # marks
INTEGRATIONS: tuple[str, ...] = ("safety", "operations", "basics", "culture")
PLACE = r"^([0-3])/([^\x00]{1,100})$"  # <rank>/<code>

router = APIRouter(tags=["coverage"])


class Cell(BaseModel):
    """A unit in one track or integration: projects that it leads, and those that it joins."""

    code: str
    projects: int
    joined: int
    gap: bool = Field(description="Nothing is there where something is expected")


class CoverageLine(BaseModel):
    """A company, or a branch of one. What is exempt this year is no gap, and says why."""

    unit: str
    code: str
    name: str
    kind: str
    marks: tuple[str, ...]
    projects: int
    joined: int
    exempt: str | None = Field(description="As what it is exempt this year")
    reason: str | None = Field(description="Why it has no project this year, in its own words")
    gap: bool = Field(description="It owes a project, or has a gap in what is expected of it")
    cells: list[Cell]


class Coverage(BaseModel):
    """A part of the table; there are no shares and no ranks, on purpose."""

    year: int
    by: Literal["tracks", "integrations"]
    lines: list[CoverageLine]
    next: str | None
    complete_to: CompleteTo


@router.get("/coverage")
async def read_coverage(
    request: Request,
    person: SignedIn,
    complete_to: CompleteTo,
    by: Literal["tracks", "integrations"] = "tracks",
    year: Annotated[int | None, Query(ge=2000, le=9998, description="Default: this year")] = None,
    company: Annotated[UUID | None, Query(description="Its branches, instead of the companies")] = None,
    gaps: Annotated[bool, Query(description="Gaps alone")] = False,
    after: Annotated[str | None, Query(pattern=PLACE)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Coverage:
    """Gaps first, of them the small and far first, for headquarters and party departments.

    A company is expected to have a project in each track of its kind, and in each integration; a branch
    owes one project a year or a reason.
    """
    parts = parts_of(request)
    known, day = parts.organisation, today(parts.clock, parts.settings.time_zone)
    wanted = year or day.year
    roots = [t.unit for t in Asking(person, known, day).terms() if not SEES.isdisjoint(rights_of(t.office))]
    if not roots:
        raise NotAllowed()
    columns = INTEGRATIONS
    if by == "tracks":
        tracks = read_content(programme_in_force(known, day).content).tracks.tracks
        columns = tuple(track.code for track in tracks)
    table = PROJECTS.table("covers")
    if company is None:
        units = companies_of(known, roots)
        query = of_companies(table, None if known.group in roots else {unit.id for unit in units}, wanted)
    else:
        units = branches_of(known, roots, UnitId(str(company)))
        query = of_units(table, {unit.id for unit in units}, wanted)
    rows = await rows_of(parts.views, query)
    if company is None:
        rows = [*rows, *await _of_joint_branches(parts, known, wanted)]
    lines = _lines(units, rows, columns, wanted, by, company is None, day)
    found = sorted((line for line in lines if line.gap or not gaps), key=_place)
    if after is not None:
        rank, _, code = after.partition("/")
        found = [line for line in found if _place(line) > (int(rank), code)]
    more = len(found) > limit
    return Coverage(
        year=wanted,
        by=by,
        lines=[_named(line, known.name_for(UnitId(line.unit), person, day)) for line in found[:limit]],
        next="{}/{}".format(*_place(found[limit - 1])) if more else None,
        complete_to=complete_to,
    )


def _named(line: CoverageLine, name: str | None) -> CoverageLine:
    """As the reader may read it: an overseas unit is its code outside of its company (R75)."""
    return line.model_copy(update={"name": name})


def _place(line: CoverageLine) -> tuple[int, str]:
    """Gaps before the rest, and in both the small and far first."""
    return (0 if line.gap else 2) + (0 if SMALL_OR_FAR & set(line.marks) else 1), line.code


async def _of_joint_branches(parts: Parts, known: Organisation, year: int) -> list[Mapping[str, Any]]:
    """What joint branches lead counts for the companies of all their administrative units (R71)."""
    joint = {unit.id: unit for unit in known.units.values() if unit.joint and not unit.ceased}
    rows = await rows_of(parts.views, of_units(PROJECTS.table("covers"), joint, year)) if joint else []
    found: list[Mapping[str, Any]] = []
    for row in rows:
        branch = joint[UnitId(row["unit"])]
        others = {known.company(unit) for unit in branch.joint} - {known.company(branch.id), None}
        found += [{**row, "unit": company} for company in sorted(filter(None, others))]
    return found


def companies_of(known: Organisation, roots: Sequence[UnitId]) -> list[Unit]:
    """The companies below these units."""
    return [
        unit
        for unit in known.units.values()
        if unit.has_ledger and not unit.ceased and any(known.reaches(root, unit.id) for root in roots)
    ]


def branches_of(known: Organisation, roots: Sequence[UnitId], company: UnitId) -> list[Unit]:
    """The branches of a company; NotKnown where it does not lie below these units."""
    if company not in known.units or not any(known.reaches(root, company) for root in roots):
        raise NotKnown()
    below = (known.units[unit] for unit in known.all_below(company))
    return [unit for unit in below if unit.is_branch and not unit.ceased]


def _lines(
    units: Iterable[Unit],
    rows: Iterable[Mapping[str, Any]],
    columns: Sequence[str],
    year: int,
    by: Literal["tracks", "integrations"],
    companies: bool,
    on: date,
) -> Iterable[CoverageLine]:
    cells, totals = Counter[tuple[str, str, str]](), Counter[tuple[str, str]]()
    for row in rows:
        totals[row["unit"], row["role"]] += row["n"]
        codes = [row["track"]] if by == "tracks" else row["integrations"].strip(",").split(",")
        for code in codes:
            cells[row["unit"], row["role"], code] += row["n"]
    kinds = {kind.code: kind for kind in catalogue().unit_kinds}
    for unit in units:
        kind = kinds.get(unit.kind)
        expected = kind.expected_tracks if kind else ()
        exempt, reason = unit.excused.get(year, ("", ""))
        if kind and not expected:
            exempt = exempt or kind.zh
        excused = exempt or reason
        shown = [
            Cell(
                code=code,
                projects=cells[unit.id, "leads", code],
                joined=cells[unit.id, "joins", code],
                gap=companies
                and not excused
                and (by == "integrations" or code in expected)
                and not cells[unit.id, "leads", code],
            )
            for code in columns
        ]
        leads, joins = totals[unit.id, "leads"], totals[unit.id, "joins"]
        yield CoverageLine(
            unit=unit.id,
            code=unit.code,
            name=unit.name,
            kind=unit.kind,
            marks=unit.marks_on(on),
            projects=leads,
            joined=joins,
            exempt=exempt or None,
            reason=reason or None,
            gap=not excused and (any(cell.gap for cell in shown) or not (leads or joins)),
            cells=shown,
        )
