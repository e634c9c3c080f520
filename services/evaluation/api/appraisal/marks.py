"""Marks of reviews, the old one beside the new (R54): of one project, and in an appraisal."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from services.evaluation.api.reading import seen_score
from services.evaluation.appraisal.marks import marks_of
from services.evaluation.domain.appraisal import Mark
from services.evaluation.parts import parts_of
from shared.clock import today
from shared.domain import UnitId
from shared.looking import looking_from, take_look
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor

router = APIRouter(prefix="/scores", tags=["scores"])


class MarkAdjustmentShown(BaseModel):
    """A change of a mark or of its award: the old one beside the new."""

    on: date
    before: Decimal
    score: Decimal
    award_before: str | None
    award: str | None
    reason: str
    document: str
    event: str


class MarkShown(BaseModel):
    """What a review gave, as it was fixed, and what it is since."""

    review: str
    year: int
    score: Decimal
    in_force: Decimal
    award: str | None = Field(description="As it was fixed")
    event: str = Field(description="That fixed it, with the whole derivation: evaluation/<ledger>/<position>")
    appeal_until: date
    adjustments: list[MarkAdjustmentShown]


class Marks(BaseModel):
    """Of all reviews whose awards are confirmed, by year."""

    marks: list[MarkShown]
    complete_to: datetime | None


@router.get("/{project}/marks")
async def read_marks(request: Request, project: UUID, person: SignedIn, wait_for: WaitFor) -> Marks:
    """What reviews gave a project, and every change since; to who may know of the project."""
    parts = parts_of(request)
    complete_to = await parts.group.reached(parts.reviews, wait_for)
    found = await seen_score(parts, person, project)
    day = today(parts.clock, parts.settings.time_zone)
    looks = looking_from(parts.group.organisation, person, UnitId(found.tally.unit), day)
    await take_look(request, parts.writer, person, next(iter(looks), None), "review", str(project))
    marks = (await marks_of(parts, [found])).get(project, ())
    return Marks(marks=[mark_shown(one) for one in marks], complete_to=complete_to)


def mark_shown(mark: Mark) -> MarkShown:
    """One of them."""
    return MarkShown(
        review=mark.review,
        year=mark.year,
        score=mark.score,
        in_force=mark.in_force,
        award=mark.award,
        event=mark.event,
        appeal_until=mark.appeal_until,
        adjustments=[
            MarkAdjustmentShown(
                on=one.on,
                before=one.before,
                score=one.score,
                award_before=one.award_before,
                award=one.award,
                reason=one.reason,
                document=one.decision,
                event=one.event,
            )
            for one in mark.adjustments
        ],
    )
