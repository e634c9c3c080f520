"""What is answered of appraisals: lines of the table, one secretary's year, grades and their shares."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from pydantic import BaseModel, Field

from services.evaluation.api.appraisal.marks import MarkShown, mark_shown
from services.evaluation.api.scores import GroupShown
from services.evaluation.appraisal.document import Told, said
from services.evaluation.domain.appraisal import DAY, Appraised, Award, Fixed, Part, Standing
from services.evaluation.domain.grading import Grade, Reached, distribution
from services.evaluation.domain.score import shown
from services.evaluation.domain.tally import Stage
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


class AdjustmentShown(BaseModel):
    """A change of a fixed score: the old figure beside the new (R54, R63)."""

    on: date
    before: Decimal
    total: Decimal
    reason: str
    document: str
    event: str


class FixedShown(BaseModel):
    """A fixed score, and from which events it comes."""

    total: Decimal
    in_force: Decimal
    event: str = Field(description="That fixed it, with the whole derivation: evaluation/<ledger>/<position>")
    at: str = Field(description="Event of projects up to which it was counted")
    appeal_until: date
    may_be_appealed: bool
    adjustments: list[AdjustmentShown]
    groups: list[GroupShown] = Field(description="The derivation, each point down to its event")


class FigureShown(BaseModel):
    """An indicator; `event` is the one that says the value, or laid it down where there is none."""

    code: str
    name: str
    baseline: Decimal
    target: Decimal
    value: Decimal | None
    event: str


class StandingShown(BaseModel):
    """How a project stood at the beginning of a day."""

    on: date
    earned: Decimal
    open: Decimal
    lost: Decimal
    figures: list[FigureShown]
    position: int = Field(description="In the project's ledger: up to which event it counts")


class AwardShown(BaseModel):
    """An award of the year's review; a revoked one stays."""

    award: str
    event: str
    revoked: str
    reason: str


class FigureAtStage(BaseModel):
    """An indicator as it stood on the last day of the year."""

    indicator: str
    name: str
    baseline: Decimal | None
    target: Decimal | None
    period: str
    value: Decimal | None


class StageShown(BaseModel):
    """What a first closing body said of a project that runs over the end of the year (R24)."""

    year: int
    cut_off: date
    office_label: str
    unit: UnitId
    note: str
    figures: list[FigureAtStage]
    event: str


class AdoptionShown(BaseModel):
    """A practice of the unit that worked elsewhere too; `project` and `unit` took it up."""

    origin: str
    reference: str
    project: str
    unit: UnitId
    on: date
    event: str


class PartShown(BaseModel):
    """One project in one term (R11): `counts` weighs by `days` of `of` days."""

    project: str
    reference: str
    title: str
    days: int
    of: int
    counts: Decimal | None
    fixed: FixedShown | None
    before: StandingShown | None = Field(description="None: it began in the term")
    after: StandingShown | None
    marks: list[MarkShown] = Field(description="Of reviews; in no figure")
    awards: list[AwardShown]
    stages: list[StageShown] = Field(description="Of a project that goes on in the next year (R24)")


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


def part_shown(part: Part, groups: list[GroupShown], on: date, language: Language) -> PartShown:
    """One project with its derivation."""
    led = part.led
    return PartShown(
        project=led.project,
        reference=led.reference,
        title=led.title,
        days=part.days,
        of=part.of,
        counts=part.counts,
        fixed=_fixed(led.fixed, groups, on) if led.fixed else None,
        before=_standing(part.before) if part.before else None,
        after=_standing(part.after) if part.after else None,
        marks=[mark_shown(mark) for mark in led.marks],
        awards=[_award(award) for award in part.awards],
        stages=[_stage(stage, language) for stage in part.stages],
    )


def adoptions_shown(secretary: Appraised) -> list[AdoptionShown]:
    """Practices of the unit that were verified elsewhere in the term."""
    return [
        AdoptionShown(
            origin=led.project,
            reference=led.reference,
            project=one.project,
            unit=UnitId(one.unit),
            on=one.on,
            event=one.event,
        )
        for led, one in secretary.adopted
    ]


def _stage(stage: Stage, language: Language) -> StageShown:
    return StageShown(
        year=stage.year,
        cut_off=stage.cut_off,
        office_label=word("office", stage.office, language),
        unit=UnitId(stage.unit),
        note=stage.note,
        figures=[
            FigureAtStage(
                indicator=one.indicator,
                name=one.name,
                baseline=one.baseline,
                target=one.target,
                period=one.period,
                value=one.value,
            )
            for one in stage.figures
        ],
        event=stage.event,
    )


def _fixed(fixed: Fixed, groups: list[GroupShown], on: date) -> FixedShown:
    return FixedShown(
        total=fixed.total,
        in_force=fixed.in_force,
        event=fixed.event,
        at=fixed.at,
        appeal_until=fixed.appeal_until,
        may_be_appealed=fixed.may_be_appealed(on),
        adjustments=[
            AdjustmentShown(
                on=one.on,
                before=one.before,
                total=one.total,
                reason=one.reason,
                document=one.document,
                event=one.event,
            )
            for one in fixed.adjustments
        ],
        groups=groups,
    )


def _standing(standing: Standing) -> StandingShown:
    return StandingShown(
        on=standing.on,
        earned=shown(standing.earned),
        open=shown(standing.open),
        lost=shown(standing.lost),
        figures=[
            FigureShown(
                code=one.code,
                name=one.name,
                baseline=one.baseline,
                target=one.target,
                value=one.value,
                event=one.event,
            )
            for one in standing.figures
        ],
        position=standing.position,
    )


def _award(award: Award) -> AwardShown:
    return AwardShown(award=award.award, event=award.event, revoked=award.revoked, reason=award.reason)
