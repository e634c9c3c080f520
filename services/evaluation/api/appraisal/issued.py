"""Appraisals as the group's performance system is given them: issued once, adjusted beside it (R11, R63)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi import Path as InPath
from pydantic import BaseModel, Field

from services.evaluation.api.acts import ledger_of, take
from services.evaluation.api.appraisal.asked import AppraisalYearNotBegun, Asked, Reads
from services.evaluation.api.review import signing_for
from services.evaluation.appraisal.issuing import Now, appraisal_id, closed_in, figures_now, not_final
from services.evaluation.appraisal.rules import AppraisalRules, rules_of
from services.evaluation.domain.appraisal import DAY
from services.evaluation.domain.issuing import APPRAISAL, AppraisalIssued, Figures, IssueAppraisal, Line
from services.evaluation.parts import Parts
from shared.acting import Asking
from shared.acts import Act, offer_new
from shared.clock import today
from shared.decision import Outcome
from shared.domain import By, NotKnown, OfficeId, PersonId, UnitId
from shared.envelope import Recorded
from shared.sentences import Language, word
from shared.web import NO_NUL, Sent, language

router = APIRouter(prefix="/appraisals", tags=["appraisals"])

YEARS = range(2000, 9999)


@dataclass(frozen=True, slots=True)
class Issuing:
    """Whose figures, and of which year of the programme."""

    unit: UnitId
    year: int


@dataclass(frozen=True, slots=True)
class Final:
    """All that is issued, and how much of it is not final yet."""

    rules: AppraisalRules
    now: Now
    not_final: int


async def _final(parts: Parts, _stream: UUID, body: Any) -> Final:
    """AppraisalYearNotBegun, AppraisalRulesUnreadable."""
    if body.year not in YEARS:
        raise AppraisalYearNotBegun(fields=["year"], year=body.year)
    rules, day = rules_of(parts.group.organisation, body.year), today(parts.clock, parts.settings.time_zone)
    projects = await closed_in(parts, body.unit, rules.year, day)
    open_ = await not_final(parts, projects, day)
    return Final(rules, await figures_now(parts, body.unit, rules.year, rules.grades, projects), open_)


def _running(asking: Asking, _state: Any, body: Any, _seen: Any) -> By:
    """Whoever runs reviews over the unit."""
    return asking.with_any_right(signing_for.RUN, body.unit)


ISSUE = Act(
    IssueAppraisal,
    _running,
    {
        "within": lambda it: it.seen.rules.year,
        "on": lambda it: it.asking.today,
        "not_final": lambda it: it.seen.not_final,
        "programme": lambda it: it.seen.rules.programme,
        "grades": lambda it: it.seen.rules.grades,
        "figures": lambda it: it.seen.now.figures,
        "organisation": lambda it: it.seen.now.organisation,
    },
    _final,
    asks=Issuing,
)


async def _issue(
    parts: Parts, act: Act, stream: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    """In the ledger of the unit's company; nothing is read for who does not run its reviews."""
    organisation, day = parts.group.organisation, today(parts.clock, parts.settings.time_zone)
    ledger = ledger_of(organisation, body.unit)
    _running(Asking(person, organisation, day, office), None, body, None)
    return await take(
        parts,
        act,
        APPRAISAL,
        ledger=ledger,
        stream=stream,
        body=body,
        person=person,
        office=office,
        sent=sent,
    )


offer_new(router, ISSUE, "", _issue, lambda body, _sent, _person: appraisal_id(body.unit, body.year))


# What was issued


class WeighedShown(BaseModel):
    """A project that counts, by its days in office of its days in the year."""

    project: str
    days: int
    of: int
    score: Decimal
    events: list[str] = Field(description="All that it follows from: evaluation/<ledger>/<position>")


class FiguresOfTerm(BaseModel):
    """A secretary's figures, as they were issued or are since an adjustment."""

    since: date
    until: date
    days: int
    score: Decimal | None
    grade: str
    projects: list[WeighedShown]


class TermIssued(BaseModel):
    """One secretary's term: issued and adjusted beside each other."""

    term: str
    person: PersonId
    office: str
    office_label: str
    acting: bool
    issued: FiguresOfTerm | None = Field(
        description="None: the term was entered after the figures were issued"
    )
    adjusted: FiguresOfTerm | None = Field(description="In force where it is another; None also of no term")
    changed: bool


class AdjustmentSaid(BaseModel):
    """When something changed, and by which events."""

    on: date
    event: str
    causes: list[str]


class IssuedAppraisal(BaseModel):
    """A unit's year as the performance system was given it."""

    unit: UnitId
    year: int
    on: date
    event: str
    programme: str
    terms: list[TermIssued]
    adjustments: list[AdjustmentSaid]


@router.get("/{year}/units/{unit}/issued")
async def read_issued(
    request: Request, asked: Reads, unit: Annotated[str, InPath(max_length=40, pattern=NO_NUL)]
) -> IssuedAppraisal:
    """What was issued of a unit's year, and beside it what has changed since (R63).

    To who appraises the unit; each secretary the own.
    """
    of = UnitId(unit)
    await asked.look(request, "office", unit, of if of in asked.known.units else None)
    stream = await asked.parts.ledgers.read_stream(appraisal_id(of, asked.number))
    if not stream or not isinstance(stream[0].event, AppraisalIssued):
        raise NotKnown()
    issued, tongue = stream[0].event, language(request)
    now = stream[-1].event.after if len(stream) > 1 else issued.figures
    terms = [
        one for one in _terms(issued.figures, now, tongue) if asked.sees(of) or one.person == asked.person
    ]
    if not terms:
        raise NotKnown()
    return IssuedAppraisal(
        unit=of,
        year=asked.number,
        on=_day(asked, stream[0]),
        event=stream[0].id,
        programme=issued.programme,
        terms=terms,
        adjustments=[
            AdjustmentSaid(on=_day(asked, one), event=one.id, causes=list(one.event.causes))
            for one in stream[1:]
        ],
    )


def _day(asked: Asked, recorded: Recorded) -> date:
    return recorded.recorded_at.astimezone(asked.parts.settings.time_zone).date()


def _terms(issued: Figures, now: Figures, tongue: Language) -> list[TermIssued]:
    """By the beginning of terms, those that were issued first."""
    first, last = ({one.term: one for one in figures.lines} for figures in (issued, now))
    return [
        TermIssued(
            term=term,
            person=one.person,
            office=one.office,
            office_label=word("office", one.office, tongue),
            acting=one.acting,
            issued=_of_term(first.get(term)),
            adjusted=_of_term(last.get(term)) if last.get(term) != first.get(term) else None,
            changed=last.get(term) != first.get(term),
        )
        for term, one in (first | {term: one for term, one in last.items() if term not in first}).items()
    ]


def _of_term(line: Line | None) -> FiguresOfTerm | None:
    if line is None:
        return None
    return FiguresOfTerm(
        since=line.held.since,
        until=line.held.end - DAY,
        days=line.days,
        score=line.score,
        grade=line.grade,
        projects=[
            WeighedShown(
                project=one.project, days=one.days, of=one.of, score=one.score, events=list(one.events)
            )
            for one in line.projects
        ],
    )
