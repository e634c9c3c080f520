"""What evaluation tells: the score of a project with the reason of every lost point."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.evaluation.api.detached import DetachedShown, detached_shown
from services.evaluation.api.reading import TABLE, seen_score, seen_scores
from services.evaluation.domain.score import CriterionScore, ItemScore, Score, shown
from services.evaluation.domain.tally import State
from services.evaluation.dossier import because
from services.evaluation.parts import parts_of
from services.evaluation.scores_read import Scored
from services.evaluation.sight import leads_with
from shared.domain import UnitId
from shared.scheme import SchemeUnreadable
from shared.sentences import Language, sentences, word
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor
from shared.web import language

router = APIRouter(tags=["scores"])


class Line(BaseModel):
    """One milestone, task, indicator, finding or mark: its points, and why some are lost."""

    code: str
    name: str
    earned: Decimal
    open: Decimal
    lost: Decimal
    because: str | None = Field(description="Why points are lost, in a sentence")
    event: str = Field(description="The event it comes from: projects/<ledger>/<position>")


class CriterionShown(BaseModel):
    """A criterion: earned + open + lost is its weight; what does not apply gives it to its group."""

    code: str
    judged: bool = Field(description="Whether people mark it; else a formula computes it")
    formula: str
    says: str = Field(description="What the formula does, in plain words")
    applies: bool
    weight: Decimal
    earned: Decimal
    open: Decimal
    lost: Decimal
    items: list[Line]


class GroupShown(BaseModel):
    """A group of criteria."""

    code: str
    weight: Decimal
    earned: Decimal
    open: Decimal
    lost: Decimal
    criteria: list[CriterionShown]


class ScoreBefore(BaseModel):
    """The same project on the same day by a scheme that it was scored by before (R19)."""

    programme: str
    scheme: str = Field(description="SHA-256 of the scheme")
    earned: Decimal
    open: Decimal
    lost: Decimal
    groups: list[GroupShown]


class ScoreShown(BaseModel):
    """A project's score on a day (R85); with a fixed score beside it, it is for reference only (R54)."""

    project: UUID
    on: date
    kind: str = Field(
        description="fixed once the project is closed, else current; reference beside a fixed one"
    )
    fixed: Decimal | None
    fixed_event: str | None
    earned: Decimal
    open: Decimal
    lost: Decimal
    groups: list[GroupShown]
    programme: str
    scheme_of: str = Field(description="The version whose scheme it is: another where it was moved (R19)")
    before: list[ScoreBefore] = Field(
        description="By the schemes that it was scored by before, the latest first"
    )
    scheme: str = Field(description="SHA-256 of the scheme")
    detached: list[DetachedShown] = Field(
        description="To the leading secretary alone, of today: activities that moved nothing yet"
    )
    position: int = Field(description="In the project's ledger: up to which event it counts")
    complete_to: datetime | None


class ScoreLine(BaseModel):
    """A project's score in a list; none, and why, where its scheme cannot be used."""

    project: UUID
    reference: str
    title: str
    company: UnitId
    unit: UnitId
    track: str
    state: str
    earned: Decimal | None = None
    open: Decimal | None = None
    lost: Decimal | None = None
    fixed: Decimal | None
    problem: str | None = Field(default=None, description="Why there is no score, in a sentence")


class Scores(BaseModel):
    """A page of scores; give `next` as `after` for the next one."""

    scores: list[ScoreLine]
    next: UUID | None
    complete_to: datetime | None


@router.get("/scores/{project}")
async def one_score(request: Request, project: UUID, person: SignedIn, wait_for: WaitFor) -> ScoreShown:
    """The score of a project today: what is earned, still open and lost, each down to its event."""
    parts = parts_of(request)
    complete_to = await parts.group.reached(parts.scores, wait_for)
    found, tongue = await seen_score(parts, person, project), language(request)
    leads = leads_with(parts.group.organisation, person, found.tally, found.on)
    hints = detached_shown(found, tongue) if leads else []
    return score_shown(found, complete_to, tongue, hints)


def score_shown(
    found: Scored, complete_to: datetime | None, tongue: Language, detached: Sequence[DetachedShown] = ()
) -> ScoreShown:
    """A score with its whole derivation, in words of this language."""
    score = found.score
    return ScoreShown(
        project=found.project,
        on=score.on,
        kind="current" if found.fixed is None else "reference",
        fixed=found.fixed,
        fixed_event=found.fixed_event,
        earned=shown(score.earned),
        open=shown(score.open),
        lost=shown(score.lost),
        groups=groups_shown(score, tongue),
        programme=found.tally.programme,
        scheme_of=found.tally.scored_by,
        before=[
            ScoreBefore(
                programme=version,
                scheme=other.scheme,
                earned=shown(other.earned),
                open=shown(other.open),
                lost=shown(other.lost),
                groups=groups_shown(other, tongue),
            )
            for version, other in found.before
        ],
        scheme=score.scheme,
        detached=list(detached),
        position=found.position,
        complete_to=complete_to,
    )


@router.get("/scores")
async def list_scores(
    request: Request,
    person: SignedIn,
    wait_for: WaitFor,
    track: Annotated[str | None, Query(pattern="^[a-z_]{1,64}$")] = None,
    state: State | None = None,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Scores:
    """Scores of the projects that one may see, by project; ranking is the annual review's."""
    parts = parts_of(request)
    complete_to = await parts.group.reached(parts.scores, wait_for)
    wanted = [column == value for column, value in ((TABLE.c.track, track), (TABLE.c.state, state)) if value]
    found, following = await seen_scores(parts, person, wanted, after, limit)
    return Scores(
        scores=[_line(scored, language(request)) for scored in found],
        next=following,
        complete_to=complete_to,
    )


def _line(scored: Scored, tongue: Language) -> ScoreLine:
    tally = scored.tally
    line = ScoreLine(
        project=scored.project,
        reference=tally.reference,
        title=tally.title,
        company=UnitId(tally.company),
        unit=UnitId(tally.unit),
        track=tally.track,
        state=tally.state,
        fixed=scored.fixed,
    )
    try:
        score = scored.score
    except SchemeUnreadable as unreadable:
        return line.model_copy(update={"problem": sentences(unreadable, tongue)[0]})
    points = {"earned": shown(score.earned), "open": shown(score.open), "lost": shown(score.lost)}
    return line.model_copy(update=points)


def groups_shown(score: Score, tongue: Language) -> list[GroupShown]:
    """A score's derivation, in words of this language."""
    return [
        GroupShown(
            code=group.code,
            weight=shown(group.weight),
            earned=shown(group.earned),
            open=shown(group.open),
            lost=shown(group.lost),
            criteria=[_criterion(criterion, tongue) for criterion in group.criteria],
        )
        for group in score.groups
    ]


def _criterion(criterion: CriterionScore, tongue: Language) -> CriterionShown:
    return CriterionShown(
        code=criterion.code,
        judged=criterion.judged,
        formula=criterion.formula,
        says=word("formula", criterion.formula, tongue, ""),
        applies=criterion.applies,
        weight=shown(criterion.weight),
        earned=shown(criterion.earned),
        open=shown(criterion.open),
        lost=shown(criterion.lost),
        items=[_item(item, tongue) for item in criterion.items],
    )


def _item(item: ItemScore, tongue: Language) -> Line:
    return Line(
        code=item.code,
        name=item.name,
        earned=shown(item.earned),
        open=shown(item.open),
        lost=shown(item.lost),
        because=because(item, tongue) or None,
        event=item.event,
    )
