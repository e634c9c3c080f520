"""How the points of closed projects lie, criterion by criterion: whether targets were set well."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import func, select

from services.evaluation.domain.shares import TENTHS, Shares, shares
from services.evaluation.parts import parts_of
from services.evaluation.projections import SCORES
from services.evaluation.scores_read import of_circles
from shared.clock import today
from shared.sight import marks_seen
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor

router = APIRouter(tags=["scores"])

Code = Annotated[str | None, Query(pattern="^[a-z_]{1,64}$")]


class Tenth(BaseModel):
    """Projects that earned from this share on, and less than the next; the last one holds all points too."""

    since: Decimal
    count: int


class OfCriterion(BaseModel):
    """What closed projects earned of one criterion, as shares of what it carried there (versions differ)."""

    criterion: str
    count: int = Field(description="Projects to which it applied")
    least: Decimal
    quartiles: list[Decimal] = Field(description="Shares that a quarter, half, three quarters stay within")
    most: Decimal
    tenths: list[Tenth]


class Distribution(BaseModel):
    """By criterion; of no project that the reader may not see, and no project is named."""

    criteria: list[OfCriterion]
    complete_to: datetime | None


@router.get("/scores/distribution")
async def read_distribution(
    request: Request, person: SignedIn, wait_for: WaitFor, track: Code = None, criterion: Code = None
) -> Distribution:
    """How the fixed scores of closed projects lie, those that one may see; adjustments change totals only."""
    parts = parts_of(request)
    complete_to = await parts.group.reached(parts.scores, wait_for)
    day = today(parts.clock, parts.settings.time_zone)
    points, table = SCORES.table("points"), SCORES.table("scores")
    wanted = [
        of_circles(marks_seen(parts.group.organisation, person, day)),
        *(
            column == value
            for column, value in ((table.c.track, track), (points.c.criterion, criterion))
            if value is not None
        ),
    ]
    query = (
        select(points.c.criterion, points.c.share, func.count())
        .join(table, table.c.project == points.c.project)
        .where(*wanted)
        .group_by(points.c.criterion, points.c.share)
    )
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    async with parts.views.connect() as connection:
        for code, share, count in await connection.execute(query):
            found[code].append((share, count))
    return Distribution(
        criteria=[_shown(code, lie) for code in sorted(found) if (lie := shares(found[code]))],
        complete_to=complete_to,
    )


def _shown(criterion: str, lie: Shares) -> OfCriterion:
    return OfCriterion(
        criterion=criterion,
        count=lie.count,
        least=lie.least,
        quartiles=list(lie.quartiles),
        most=lie.most,
        tenths=[
            Tenth(since=Decimal(number) / TENTHS, count=count) for number, count in enumerate(lie.tenths)
        ],
    )
