"""Appraisal of secretaries over HTTP: the table of a company and year, one term, as a sheet, to print."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath
from starlette.responses import FileResponse, Response

from services.evaluation.api.appraisal.answers import AppraisalOfTerm, AppraisalOfYear, line_of, reached
from services.evaluation.api.appraisal.asked import Asked, Reads
from services.evaluation.api.appraisal.term import adoptions_shown, part_shown
from services.evaluation.api.as_sheet import as_sheet, sheet_answer
from services.evaluation.api.scores import groups_shown
from services.evaluation.appraisal.appraising import derivations, unit_years
from services.evaluation.appraisal.document import Told, document
from services.evaluation.appraisal.sheet import sheet
from services.evaluation.domain.appraisal import DAY
from shared.as_pdf import ANSWERS, as_pdf
from shared.domain import NotKnown, OfficeId, UnitId
from shared.web import NO_NUL, language

router = APIRouter(prefix="/appraisals", tags=["appraisals"])

TermName = Annotated[str, InPath(max_length=200, pattern=NO_NUL, description="As the table names it")]
Company = Annotated[str | None, Query(max_length=40, pattern=NO_NUL, description="Of this company alone")]


@router.get("/{year}.xlsx", response_class=FileResponse, responses=sheet_answer("xlsx"))
async def take_appraisals(request: Request, asked: Reads, company: Company = None) -> FileResponse:
    """The table of a year with each project from–to (R11), as Excel; what one may read of it."""
    parts = asked.parts
    await asked.look(request, "export", f"appraisals_{asked.number}.xlsx")
    years = await unit_years(parts, asked.units(company), asked.rules.year, standings=True)
    told = await asked.told(years)
    names = await parts.group.names([asked.person])
    at = f"{parts.clock.now().astimezone(parts.settings.time_zone):%Y-%m-%d %H:%M:%S}"
    written = sheet(asked.number, told, names.get(asked.person, asked.person), at, language(request))
    return await as_sheet(written, "xlsx", written.title)


@router.get("/{year}")
async def read_appraisals(
    request: Request,
    asked: Reads,
    company: Company = None,
    after: Annotated[str | None, Query(max_length=40, pattern=NO_NUL)] = None,
    limit: Annotated[int, Query(ge=1, le=200, description="Units on a page")] = 50,
) -> AppraisalOfYear:
    """Secretaries by unit and term: days in office, the year's figure, its grade; own ones, or those below.

    Headquarters, party departments, whoever chairs a committee, and audit read those of their units.
    """
    await asked.look(request, "office", company or "")
    units, rules, tongue = asked.units(company), asked.rules, language(request)
    page = [unit for unit in units if after is None or unit > after][: limit + 1]
    whole = company is not None and asked.sees(UnitId(company))
    found = await unit_years(asked.parts, units if whole else page[:limit], rules.year)
    years = {one.unit: one for one in found}
    figures = [one.score for of in found for one in of.secretaries if one.score is not None]
    return AppraisalOfYear(
        year=asked.number,
        since=rules.year.since,
        until=rules.year.end - DAY,
        programme=rules.programme,
        secretaries=[
            line_of(told, asked.named(told.of.unit), asked.day, tongue)
            for told in await asked.told(years[unit] for unit in page[:limit])
        ],
        grades=reached(figures, rules.grades, tongue) if whole else None,
        next=page[limit - 1] if len(page) > limit else None,
        complete_to=asked.complete_to,
    )


@router.get("/{year}/terms/{term}")
async def read_appraisal(request: Request, asked: Reads, term: TermName) -> AppraisalOfTerm:
    """One secretary's year with its derivation: scores down to events, and how each project stood from–to."""
    told, tongue = await _one(request, asked, term), language(request)
    scores = await derivations(asked.parts, [part.led.project for part in told.secretary.parts])
    return AppraisalOfTerm(
        line=line_of(told, asked.named(told.of.unit), asked.day, tongue),
        parts=[
            part_shown(
                part,
                groups_shown(score, tongue) if (score := scores.get(part.led.project)) else [],
                asked.day,
                tongue,
            )
            for part in told.secretary.parts
        ],
        adopted=adoptions_shown(told.secretary),
        words=list(asked.rules.words),
        complete_to=asked.complete_to,
    )


@router.get("/{year}/terms/{term}/document", response_class=Response, responses=ANSWERS)
async def print_appraisal(request: Request, asked: Reads, term: TermName) -> Response:
    """The same as PDF, in the language that is asked for; with space for what the meeting decides."""
    told = await _one(request, asked, term)
    scores = await derivations(asked.parts, [part.led.project for part in told.secretary.parts])
    return await as_pdf(document(told, scores, language(request)), f"appraisal-{asked.number}")


async def _one(request: Request, asked: Asked, term: str) -> Told:
    """A secretary's year with how projects stood from–to; NotKnown for a term that may not be read."""
    found = asked.known.terms.get(OfficeId(term))
    if found is None or not (found.person == asked.person or asked.sees(found.unit)):
        raise NotKnown()
    await asked.look(request, "office", found.unit, found.unit)
    years = await unit_years(asked.parts, [found.unit], asked.rules.year, standings=True)
    for told in await asked.told(years):
        if told.secretary.term.term == term:
            return told
    raise NotKnown()
