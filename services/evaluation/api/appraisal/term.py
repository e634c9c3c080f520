"""What is answered of the projects of one secretary's term: each with its derivation (R11)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, Field

from services.evaluation.api.appraisal.marks import MarkShown, mark_shown
from services.evaluation.api.scores import GroupShown
from services.evaluation.domain.appraisal import Appraised, Award, Fixed, Part, Standing
from services.evaluation.domain.score import shown
from services.evaluation.domain.tally import Stage
from shared.domain import UnitId
from shared.sentences import Language, word


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
