"""The suspicion that a juror is far from all others: cards of sealed panels, by letter (R59, R68)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import select

from services.evaluation.api.review.boards import APART, cards_of
from services.evaluation.api.suspicions.asking import Looking, looking
from services.evaluation.domain.review.aggregation import Outlier, combined, markings, outliers
from services.evaluation.domain.review.panel import PANEL
from services.evaluation.domain.review.panel.state import State
from services.evaluation.review.view import REVIEWS
from shared.domain import NotAllowed, UnitId
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor

router = APIRouter(prefix="/suspicions", tags=["review"])
PANELS, CYCLES = REVIEWS.table("panels"), REVIEWS.table("cycles")
SEALED = (
    select(PANELS.c.panel, PANELS.c.round, CYCLES.c.cycle, CYCLES.c.unit, CYCLES.c.year)
    .join(CYCLES, CYCLES.c.cycle == PANELS.c.cycle)
    .where(PANELS.c.state == "sealed")
    .order_by(PANELS.c.panel)
)


class OnlyAuditSeesFarJurors(NotAllowed):
    """Which jurors are far from the others is shown to audit and discipline alone.

    Ask the audit office above the unit."""


class FarCard(BaseModel):
    """A card far from the middle of its dossier's, with the lowest and highest of the others."""

    number: int
    project: UUID
    points: Decimal
    others: tuple[Decimal, Decimal]


class FarJuror(BaseModel):
    """A juror of a sealed panel with such cards; who the letter is stays sealed (R68)."""

    panel: UUID
    review: UUID
    unit: UnitId
    year: int
    round: str
    juror: str = Field(description="Letter")
    cards: int = Field(description="All cards of this juror in the panel")
    mean: Decimal
    mean_of_all: Decimal = Field(description="Of all cards of the panel")
    far: list[FarCard]


class FarJurors(BaseModel):
    """A page of panels; give `next` as `after` for the next one."""

    apart: Decimal = Field(description="Points of 100 from the middle, beyond which a card is listed")
    jurors: list[FarJuror]
    next: UUID | None
    complete_to: datetime | None


@router.get("/juror-far")
async def list_far_jurors(
    request: Request,
    person: SignedIn,
    wait_for: WaitFor,
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> FarJurors:
    """Jurors with cards far from the others of the same dossier, by panel, once the panel is sealed.

    Innocent where somebody marks all alike more strictly, or saw what the others did not: compare the
    means, and whether the chair asked for a check. A page may hold fewer panels than `limit`.
    """
    asking = looking(request, person, OnlyAuditSeesFarJurors)
    complete_to = await asking.parts.group.reached(asking.parts.reviews, wait_for)
    await asking.look(request, "suspicions", "juror_far")
    jurors, following = await far_jurors(asking, after, limit)
    return FarJurors(apart=APART, jurors=jurors, next=following, complete_to=complete_to)


async def far_jurors(asking: Looking, after: UUID | None, limit: int) -> tuple[list[FarJuror], UUID | None]:
    """Those of a page of panels, and behind which panel the next one begins."""
    query = SEALED.limit(limit + 1)
    if after is not None:
        query = query.where(PANELS.c.panel > str(after))
    async with asking.parts.views.connect() as connection:
        rows = (await connection.execute(query)).all()
    following = UUID(rows[limit - 1].panel) if len(rows) > limit else None
    return await _of_panels(asking, rows[:limit]), following


async def far_in(asking: Looking, panels: Collection[UUID]) -> list[FarJuror]:
    """Those of these panels."""
    query = SEALED.where(PANELS.c.panel.in_([str(panel) for panel in panels]))
    async with asking.parts.views.connect() as connection:
        return await _of_panels(asking, (await connection.execute(query)).all())


async def _of_panels(asking: Looking, rows: Iterable[Any]) -> list[FarJuror]:
    found: list[FarJuror] = []
    for row in rows:
        if asking.reaches(row.unit):
            found += _far(row, (await asking.parts.streams.now(PANEL, UUID(row.panel))).state)
    return found


def _far(row: Any, panel: State) -> Iterator[FarJuror]:
    cards = {project: given for project, given in cards_of(panel).items() if given}
    by_juror: dict[str, list[Outlier]] = {}
    for one in outliers(cards, APART):
        by_juror.setdefault(one.juror, []).append(one)
    if not by_juror:
        return
    numbers = {dossier.project: number for number, dossier in panel.dossiers.items()}
    marks, all_points = markings(cards), [points for given in cards.values() for points in given.values()]
    for juror, far in sorted(by_juror.items()):
        yield FarJuror(
            panel=UUID(row.panel),
            review=UUID(row.cycle),
            unit=row.unit,
            year=row.year,
            round=row.round,
            juror=juror,
            cards=marks[juror].cards,
            mean=marks[juror].mean,
            mean_of_all=combined(all_points, "mean"),
            far=[
                FarCard(number=numbers[o.project], project=UUID(o.project), points=o.points, others=o.others)
                for o in far
            ],
        )
