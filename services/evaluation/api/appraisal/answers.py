"""What is answered of appraisals: lines of the table, grades and their shares."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from pydantic import BaseModel, Field

from services.evaluation.api.appraisal.term import AdoptionShown, PartShown
from services.evaluation.appraisal.document import Told, said
from services.evaluation.domain.appraisal import DAY
from services.evaluation.domain.grading import Grade, Reached, distribution
from shared.domain import PersonId, UnitId
from shared.sentences import Language, word


class Line(BaseModel):
    """A secretary's year in one unit; the figure is of what was closed, weighed by days in office (R11)."""

    term: str
    unit: UnitId
    unit_name: str
    person: PersonId
    name: str | None
    office: str
    office_label: str
    acting: bool
    since: date = Field(description="First day in the year")
    until: date = Field(description="Last day in the year, so far")
    days: int
    document: str = Field(description="By which the secretary was appointed")
    projects: int = Field(description="That ran in the term")
    score: Decimal | None = Field(description="None: nothing that was closed in the year ran in the term")
    grade: str | None
    final: bool = Field(description="Whether no score in it may still be asked to be looked at again (R55)")
    unit_score: Decimal | None
    unit_without: int = Field(description="Days of the year on which nobody held the office (R10)")


class ReachedShown(BaseModel):
    """How many secretaries of the company reach a grade, and how many may; nobody is moved for it."""

    grade: str
    floor: Decimal
    count: int
    of: int
    at_most: int | None
    too_many: int
    says: str


class AppraisalOfYear(BaseModel):
    """A page of the table; give `next` as `after` for the next one."""

    year: int
    since: date
    until: date
    programme: str = Field(description="The version whose year, grades and shares these are; '': the shipped")
    secretaries: list[Line]
    grades: list[ReachedShown] | None = Field(
        description="Of the whole company that was asked for, for who may read all of it"
    )
    next: str | None
    complete_to: datetime | None


class AppraisalOfTerm(BaseModel):
    """One secretary's year with all that its figure follows from."""

    line: Line
    parts: list[PartShown]
    adopted: list[AdoptionShown] = Field(description="Verified in the term; in no score (R40)")
    words: list[str] = Field(description="In which the meeting grades; these are its own, not the figure's")
    complete_to: datetime | None


def line_of(told: Told, named: bool, on: date, language: Language) -> Line:
    """A line of the table; `on`: the day on which appeals may still be open."""
    secretary, term = told.secretary, told.secretary.term
    counted = [part.led.fixed for part in secretary.parts if part.counts is not None]
    return Line(
        term=term.term,
        unit=told.of.unit,
        unit_name=told.unit,
        person=term.person,
        name=told.name if named else None,
        office=term.office,
        office_label=word("office", term.office, language),
        acting=term.acting,
        since=secretary.days.since,
        until=secretary.days.end - DAY,
        days=secretary.days.count,
        document=term.document,
        projects=len(secretary.parts),
        score=secretary.score,
        grade=told.grade or None,
        final=not any(fixed and fixed.may_be_appealed(on) for fixed in counted),
        unit_score=told.of.score,
        unit_without=told.of.without,
    )


def reached(figures: Sequence[Decimal], grades: Sequence[Grade], language: Language) -> list[ReachedShown]:
    """The distribution over grades, each explained in a sentence."""
    return [
        ReachedShown(
            grade=one.grade.name,
            floor=one.grade.floor,
            count=one.count,
            of=one.of,
            at_most=one.at_most,
            too_many=one.too_many,
            says=_says(one, language),
        )
        for one in distribution(figures, grades)
    ]


def _says(one: Reached, language: Language) -> str:
    facts = {"grade": one.grade.name, "count": one.count, "of": one.of}
    share = one.grade.share_at_most
    if share is None:
        return said(language, "any_share", **facts)
    facts |= {"at_most": one.at_most or 0, "too_many": one.too_many}
    code = "beyond_share" if one.too_many else "within_share"
    return said(language, code, share=f"{(share * 100).normalize():f}", **facts)
