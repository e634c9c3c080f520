"""Evaluation's part of the dossier of a unit's year over HTTP: results of its projects with their proof."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath
from starlette.responses import FileResponse

from services.evaluation.api.appraisal.asked import AppraisalYearNotBegun
from services.evaluation.api.packing import answered, auditing, refuse_unreviewed, schemas, with_hashes
from services.evaluation.api.unit_results import Results, fixed_scores, results_of
from services.evaluation.appraisal.appraising import terms_in
from services.evaluation.appraisal.issuing import appraisal_id
from services.evaluation.appraisal.rules import AppraisalRules, AppraisalRulesUnreadable, rules_of
from services.evaluation.domain.appraisal import DAY, NONE_TAKEN, Days, UnitYear, appraise
from services.evaluation.parts import Parts, parts_of
from services.evaluation.sight import circle_of
from services.evaluation.unit_dossier import UnitRecord, calendar_year, document, figures_in
from shared.clock import today
from shared.domain import By, NotAsItStands, NotKnown, PersonId, UnitId
from shared.dossier import COMPLETE, LANGUAGES, NotSignedYet, OnlyAuditTakesDossiers, json_file
from shared.dossier_cut import AskedCut, NoSuchDossierCut, asked_cut
from shared.envelope import Recorded
from shared.looking import take_look
from shared.organisation import Term
from shared.printing import pdf
from shared.sight import may_see
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor
from shared.web import NO_NUL

router = APIRouter(prefix="/units", tags=["scores"])

UnitName = Annotated[UnitId, InPath(max_length=40, pattern=NO_NUL, description="Its id")]


class NoScoreFixedInYear(NotAsItStands):
    """No project that this unit led in that year has a fixed score, so nothing of it is on record here.

    Take the unit's year from projects alone; scores are fixed when projects are closed."""


@router.get("/{unit}/dossier", response_class=FileResponse)
async def take_year(
    request: Request,
    unit: UnitName,
    person: SignedIn,
    wait_for: WaitFor,
    year: Annotated[int, Query(ge=2000, le=9998, description="A calendar year, as of the project's part")],
    complete: Annotated[bool | None, COMPLETE] = None,
    cut: AskedCut = None,
) -> FileResponse:
    """Results of a unit's calendar year in one ZIP: scores, appeals, marks, awards, appraisal, proof.

    It goes beside the dossier of the unit's year in projects: `./denggao dossier` puts the two together. A
    project is in it with the unit that had it when it closed, or with that unit's company. Who is given it,
    and when under a mandate (R74), is as for the score of each project.
    """
    parts = parts_of(request)
    await parts.group.reached(parts.scores, wait_for)
    offices = await _looking(request, parts, person, unit)
    day = today(parts.clock, parts.settings.time_zone)
    if year > day.year:
        raise AppraisalYearNotBegun(fields=["year"], year=year)
    upto = asked_cut(request.app.state.signing, day, cut)
    scored, rules = await fixed_scores(parts, unit), _rules(parts, year)
    if not scored:
        raise NoScoreFixedInYear()
    years = calendar_year(year), rules.year if rules else calendar_year(year)
    found = await results_of(parts, scored, appraisal_id(unit, year), years, upto)
    if not found.signed:
        raise NotSignedYet() if cut is None else NoSuchDossierCut()
    if not found.projects:
        raise NoScoreFixedInYear()
    for of in found.projects:
        now = found.scored[of.project]
        if not may_see(parts.group.organisation, person, circle_of(now.tally), day):
            raise OnlyAuditTakesDossiers()
        refuse_unreviewed(offices, now, of.acts)
    reader = By(person, offices[0].office, offices[0].unit)
    record = await _record(parts, unit, year, reader, found, rules, complete)
    texts = partial(_texts, record)
    return await answered(
        request, found.cut, found.streams, texts, complete=record.complete, awards=found.awards
    )


async def _looking(request: Request, parts: Parts, person: PersonId, unit: UnitId) -> list[Term]:
    """The offices in which they take it, on the record (R76); NotKnown, OnlyAuditTakesDossiers."""
    known, day = parts.group.organisation, today(parts.clock, parts.settings.time_zone)
    if unit not in known.units or not any(
        known.reaches(term.unit, unit) for term in known.offices_of(person, day)
    ):
        raise NotKnown()
    offices = auditing(parts, person, unit)
    await take_look(request, parts.writer, person, offices[0], "dossier", unit)
    return offices


def _rules(parts: Parts, year: int) -> AppraisalRules | None:
    """None where what the programme says cannot be used; the rest of the year is on record all the same."""
    try:
        return rules_of(parts.group.organisation, year)
    except AppraisalRulesUnreadable:
        return None


async def _record(
    parts: Parts,
    unit: UnitId,
    year: int,
    reader: By,
    found: Results,
    rules: AppraisalRules | None,
    complete: bool | None,
) -> UnitRecord:
    known, day = parts.group.organisation, today(parts.clock, parts.settings.time_zone)
    of_unit = known.ledger(unit)
    ledgers = sorted(found.cut.statements, key=lambda ledger: (ledger == of_unit, ledger))
    statements = [found.cut.statements[ledger] for ledger in ledgers]
    whole = [found.cut.statements[ledger] for ledger in found.streams]
    appraisal = _appraised(parts, unit, rules, found) if rules else None
    persons = {one.term.person for one in appraisal.secretaries} if appraisal else set()
    persons |= {line.person for one in found.issued for line in figures_in(one.event).lines}
    named = known.names_to(unit, reader.person, day)
    return UnitRecord(
        unit=unit,
        code=known.units[unit].code,
        year=year,
        projects=found.projects,
        appraisal=appraisal,
        rules=rules,
        names=await parts.group.names(persons) if named else {},
        organisation=known,
        reader=reader,
        statements=statements,
        complete=with_hashes(whole, complete),
        issued=found.issued,
        made_on=found.cut.day,
        zone=parts.settings.time_zone,
    )


def _appraised(parts: Parts, unit: UnitId, rules: AppraisalRules, found: Results) -> UnitYear:
    """By what is in the dossier, up to the day of its cut: own projects, not those of units below."""
    zone = parts.settings.time_zone
    so_far = Days(rules.year.since, min(rules.year.end, found.cut.day + DAY))
    terms = terms_in(parts.group.organisation, unit, so_far)
    own = [of for of in found.projects if of.unit == unit]
    awards = [award for of in own for award in of.given()]
    return appraise(unit, so_far, terms, [of.led(zone) for of in own], NONE_TAKEN, awards)


def _texts(record: UnitRecord) -> Mapping[str, bytes]:
    acts = [*(one for of in record.projects for one in of.acts), *record.issued]
    return {
        "scores.json": json_file(_data(record)),
        "score-schemas.json": schemas(acts),
        **{f"scores.{language}.pdf": pdf(document(record, language)) for language in LANGUAGES},
    }


def _data(record: UnitRecord) -> dict[str, Any]:
    """What is printed, as data: each event by its id."""
    scores = [
        {
            "project": of.project,
            "reference": of.reference,
            "unit": of.unit,
            "events": _events(of.acts),
        }
        for of in record.projects
    ]
    issued = _events(record.issued)
    whose = {"unit": record.unit, "year": record.year}
    return {**whose, "scores": scores, "appraisal": record.appraisal, "issued": issued}


def _events(found: Iterable[Recorded]) -> list[dict[str, Any]]:
    return [{"id": one.id, "name": type(one.event).__name__, "data": one.event} for one in found]
