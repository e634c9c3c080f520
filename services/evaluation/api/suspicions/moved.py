"""The auditor's suspicion that a score moved after the deadline: fixed, and different now (R54)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from services.evaluation.api.reading import TABLE, seen_scores
from services.evaluation.api.suspicions.asking import Looking, looking
from services.evaluation.domain.score import ItemScore, Score, score, shown
from services.evaluation.scores_read import Scored
from shared.domain import NotAllowed
from shared.scheme import SchemeUnreadable
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor

router = APIRouter(prefix="/suspicions", tags=["scores"])


class OnlyAuditSeesMovedScores(NotAllowed):
    """Which scores moved after they were fixed is shown to audit and discipline alone.

    Ask the audit office above the unit."""


class MovedItem(BaseModel):
    """A milestone, task, indicator, finding or mark whose points are others than when the project closed."""

    criterion: str
    code: str
    name: str
    before: Decimal = Field(description="Points at closing")
    after: Decimal = Field(description="Points as of now")
    event: str = Field(description="Where it comes from now: projects/<ledger>/<position>")


class MovedScore(BaseModel):
    """A project whose score is another one now; the fixed one counts, this one is for reference (R54)."""

    project: UUID
    reference: str
    title: str
    company: str
    unit: str
    track: str
    closed_on: date | None
    fixed: Decimal | None = Field(description="In force: adjusted where it was")
    at_closing: Decimal
    now: Decimal
    items: list[MovedItem] = Field(description="What moved it; none where it was adjusted alone")


class MovedScores(BaseModel):
    """A page; give `next` as `after` for the next one."""

    scores: list[MovedScore]
    next: UUID | None
    complete_to: datetime | None


@router.get("/score-moved")
async def list_moved_scores(
    request: Request,
    person: SignedIn,
    wait_for: WaitFor,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> MovedScores:
    """Projects whose score is another one than when they closed, or was adjusted; by project.

    Innocent where a figure was confirmed late: what counts is the fixed score. A page may hold fewer than
    `limit`: what was changed and changed back, or lies out of the reader's reach, is passed over.
    """
    asking = looking(request, person, OnlyAuditSeesMovedScores)
    complete_to = await asking.parts.group.reached(asking.parts.scores, wait_for)
    await asking.look(request, "suspicions", "score_moved")
    scores, following = await moved_scores(asking, after, limit)
    return MovedScores(scores=scores, next=following, complete_to=complete_to)


async def moved_scores(
    asking: Looking, after: UUID | None, limit: int
) -> tuple[list[MovedScore], UUID | None]:
    """A page, and behind which project the next one begins."""
    found, following = await seen_scores(asking.parts, asking.person, [TABLE.c.moved], after, limit)
    moved = (moved_score(scored) for scored in found if asking.reaches(scored.tally.unit))
    return [one for one in moved if one is not None], following


def moved_score(scored: Scored) -> MovedScore | None:
    """None where it is the same, or there is nothing to score by."""
    tally, closed = scored.tally, scored.at_closing
    if closed is None or isinstance(scored.scheme, SchemeUnreadable):
        return None
    before, now = score(closed.tally, scored.scheme, scored.on), scored.score
    items = list(_items(before, now))
    if not items and scored.fixed in (None, shown(before.earned)):
        return None
    return MovedScore(
        project=scored.project,
        reference=tally.reference,
        title=tally.title,
        company=tally.company,
        unit=tally.unit,
        track=tally.track,
        closed_on=tally.over_on,
        fixed=scored.fixed,
        at_closing=shown(before.earned),
        now=shown(now.earned),
        items=items,
    )


def _items(before: Score, now: Score) -> Iterator[MovedItem]:
    old, new = _by_code(before), _by_code(now)
    for criterion, code in dict.fromkeys((*old, *new)):
        was, is_now = old.get((criterion, code)), new.get((criterion, code))
        points = [one.earned if one else Decimal(0) for one in (was, is_now)]
        told = is_now or was
        if points[0] != points[1] and told:
            yield MovedItem(
                criterion=criterion,
                code=code,
                name=told.name,
                before=shown(points[0]),
                after=shown(points[1]),
                event=told.event,
            )


def _by_code(found: Score) -> dict[tuple[str, str], ItemScore]:
    return {(criterion.code, item.code): item for criterion in found.criteria for item in criterion.items}
