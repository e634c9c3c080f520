"""What was appealed of a project's results, and what was answered (R55)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.evaluation.api.reading import seen_score
from services.evaluation.appraisal.issuing import appeal_id
from services.evaluation.domain.appeal import (
    About,
    AppealAnswered,
    AppealFiled,
)
from services.evaluation.parts import parts_of
from services.evaluation.review.view import REVIEWS
from shared.clock import today
from shared.domain import UnitId
from shared.looking import looking_from, take_look
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor

router = APIRouter(prefix="/scores", tags=["scores"])


class AppealShown(BaseModel):
    """An appeal and its answer."""

    about: About
    review: str = Field(description="Whose mark it is; empty of a score at closing")
    to: UnitId
    reason: str
    answer_until: date
    accepted: bool | None
    answer: str


class Appeals(BaseModel):
    """What was appealed of a project's results."""

    appeals: list[AppealShown]


@router.get("/{project}/appeals")
async def read_appeals(request: Request, project: UUID, person: SignedIn, wait_for: WaitFor) -> Appeals:
    """What its unit appealed, and what was answered; to who may know of the project."""
    parts = parts_of(request)
    await parts.group.reached(parts.scores, wait_for)
    score = await seen_score(parts, person, project)
    day = today(parts.clock, parts.settings.time_zone)
    looks = looking_from(parts.group.organisation, person, UnitId(score.tally.unit), day)
    await take_look(request, parts.writer, person, next(iter(looks), None), "review", str(project))
    found = []
    async with parts.views.connect() as connection:
        reviews = [marked.cycle for marked in await marked_by(connection, project)]
    for about, review in (("closing", ""), *(("review", review) for review in reviews)):
        shown: AppealShown | None = None
        for recorded in await parts.ledgers.read_stream(appeal_id(project, about, review)):
            match recorded.event:
                case AppealFiled() as filed:
                    shown = AppealShown(
                        about=filed.about,
                        review=filed.review,
                        to=filed.to,
                        reason=filed.reason,
                        answer_until=filed.answer_until,
                        accepted=None,
                        answer="",
                    )
                case AppealAnswered(accepted=accepted, answer=answer) if shown:
                    shown = shown.model_copy(update={"accepted": accepted, "answer": answer})
        found += [shown] if shown else []
    return Appeals(appeals=found)


async def marked_by(connection: AsyncConnection, project: UUID) -> Sequence[Any]:
    """The reviews that gave the project a mark, the last first."""
    cycles, entrants = REVIEWS.table("cycles"), REVIEWS.table("entrants")
    query = (
        select(cycles.c.cycle, cycles.c.unit, entrants.c.appeal_until)
        .join(cycles, cycles.c.cycle == entrants.c.cycle)
        .where(entrants.c.project == project, entrants.c.appeal_until.is_not(None))
        .order_by(entrants.c.appeal_until.desc(), cycles.c.cycle)
    )
    return (await connection.execute(query)).all()
