"""A project's score as it was at any moment, by its own scheme or another version's (0069, 0087)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import AwareDatetime, BaseModel

from services.evaluation.api.reading import seen_score
from services.evaluation.api.scores import ScoreShown, score_shown
from services.evaluation.api.what_if import Derived, derived, published, scored_under
from services.evaluation.parts import parts_of
from services.evaluation.past import score_then, stream_of
from shared.clock import today
from shared.domain import UnitId
from shared.looking import looking_from, take_look
from shared.moments import (
    AT,
    BY,
    POSITION,
    Clock,
    Moment,
    MomentShown,
    moment_shown,
    refuse_unsettled,
    within,
)
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor
from shared.web import NO_NUL, language

router = APIRouter(tags=["scores"])


class ScoreThen(BaseModel):
    """A score as of a moment; `under` is the same by another version of the programme."""

    moment: MomentShown
    score: ScoreShown
    under: Derived | None


async def _asked(
    request: Request,
    at: Annotated[AwareDatetime | None, AT] = None,
    by: Annotated[Clock, BY] = "entered",
    position: Annotated[int | None, POSITION] = None,
) -> Moment:
    """The moment asked for; MomentTooRecent where no position says what of it counts."""
    if position is None:
        refuse_unsettled(parts_of(request).clock.now(), at, "at")
    return Moment(by, within(at), position)


@router.get("/scores/{project}/replay")
async def replay_score(
    request: Request,
    project: UUID,
    person: SignedIn,
    wait_for: WaitFor,
    asked: Annotated[Moment, Depends(_asked)],
    under: Annotated[
        str | None, Query(max_length=40, pattern=NO_NUL, description="Another version, as it was published")
    ] = None,
) -> ScoreThen:
    """The score as it was at a moment, with the reason of each lost point, folded from the record (0087).

    Who sees the project today sees its past. While the service projects is away there is none to be had.
    """
    parts, tongue = parts_of(request), language(request)
    complete_to = await parts.group.reached(parts.scores, wait_for)
    live = await seen_score(parts, person, project)
    day = today(parts.clock, parts.settings.time_zone)
    offices = looking_from(parts.group.organisation, person, UnitId(live.tally.unit), day)
    await take_look(request, parts.writer, person, next(iter(offices), None), "replay", str(project))
    then, moment = await score_then(parts, live, await stream_of(parts, live), asked)
    other = await published(parts, under) if under else None
    return ScoreThen(
        moment=moment_shown(moment),
        score=score_shown(then, complete_to, tongue),
        under=other and derived(scored_under(then, other), tongue),
    )
