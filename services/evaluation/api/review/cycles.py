"""Reviews as they stand: which there are, how far each is, its list with places, its public notice."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, select, true

from services.evaluation.parts import Parts, parts_of
from services.evaluation.projections import SCORES
from services.evaluation.review.sight import (
    OPEN_TO_ALL,
    ReviewIsPrepared,
    Viewer,
    in_line,
    own_branches,
    units_in_line,
    viewer,
)
from services.evaluation.review.view import REVIEWS
from services.evaluation.review.view.tables import NO_PLACE
from shared.clock import today
from shared.domain import NotKnown, PersonId, UnitId
from shared.looking import looking_from, take_look
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor

router = APIRouter(prefix="/reviews", tags=["review"])
CYCLES, ENTRANTS = REVIEWS.table("cycles"), REVIEWS.table("entrants")
SCORED = SCORES.table("scores")
AN_ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


class ReviewLine(BaseModel):
    """A unit's review of a year."""

    review: UUID
    unit: UnitId
    year: int
    stage: str
    round: str = Field(description='The one that goes on; "" where none does')
    rounds: list[str]
    programme: str
    department: UnitId
    closed_from: date
    closed_until: date
    projects: int
    has_notice: bool
    notice_until: date | None
    runs: int = Field(description="How often the allocation was run; the last run holds")
    decision: str = Field(description='Number of the decision that confirmed it; "" before')


class Reviews(BaseModel):
    """Reviews, the latest year first; give `next` as `after` for the next page."""

    reviews: list[ReviewLine]
    next: str | None
    complete_to: datetime | None


class Entered(BaseModel):
    """A project in a review; score, place and award to who may know them by now."""

    project: UUID
    reference: str
    title: str
    branch: UnitId
    unit: UnitId
    track: str
    place: int | None
    award: str | None
    standing: str = Field(description='"", held, confirmed or revoked')
    closing: Decimal | None = None
    score: Decimal | None = None
    why: str = ""
    tie: str = Field("", description="The rule by which it stands before or behind those of its score")
    group: str = Field("", description="Of comparable units (R66)")
    group_place: int | None = None
    exception: str = ""
    out: str = ""
    listed: str = Field("", description='The scheme of a list of its own; "": the list of all (R20)')


class EnteredPage(BaseModel):
    """A page by place; give `next` as `after` for the next one."""

    projects: list[Entered]
    next: str | None
    complete_to: datetime | None


@router.get("")
async def list_reviews(
    request: Request,
    person: SignedIn,
    wait_for: WaitFor,
    year: Annotated[int | None, Query(ge=2000, le=2200)] = None,
    after: Annotated[str | None, Query(pattern=f"^[0-9]{{1,4}}:{AN_ID}$")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Reviews:
    """The reviews of one's own units, of those above them, and of those that one's offices reach."""
    parts = parts_of(request)
    complete_to = await parts.group.reached(parts.reviews, wait_for)
    day = today(parts.clock, parts.settings.time_zone)
    units = units_in_line(parts.group.organisation, person, day)
    query = select(CYCLES).order_by(CYCLES.c.year.desc(), CYCLES.c.unit)
    if units is not None:
        query = query.where(CYCLES.c.unit.in_(units))
    if year is not None:
        query = query.where(CYCLES.c.year == year)
    if after:
        before, _, unit = after.partition(":")
        same = (CYCLES.c.year == int(before)) & (CYCLES.c.unit > unit)
        query = query.where((CYCLES.c.year < int(before)) | same)
    async with parts.views.connect() as connection:
        rows = (await connection.execute(query.limit(limit + 1))).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return Reviews(
        reviews=[_line(row) for row in rows[:limit]],
        next=f"{last.year}:{last.unit}" if last else None,
        complete_to=complete_to,
    )


@router.get("/{review}")
async def one_review(request: Request, review: UUID, person: SignedIn, wait_for: WaitFor) -> ReviewLine:
    """A review: its stage, its days, what comes next."""
    parts = parts_of(request)
    await parts.group.reached(parts.reviews, wait_for)
    return _line(await seen_cycle(parts, person, review))


@router.get("/{review}/projects")
async def list_entrants(
    request: Request,
    review: UUID,
    person: SignedIn,
    wait_for: WaitFor,
    track: Annotated[str | None, Query(pattern="^[a-z_]{1,64}$")] = None,
    awarded: Literal["yes", "no"] | None = None,
    after: Annotated[str | None, Query(pattern=f"^[^\\x00:]{{1,60}}:{AN_ID}$")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> EnteredPage:
    """The projects of a review, by place to who runs it and to audit.

    Before its notice to nobody else; from then on everybody sees those with an award and the own ones, by
    reference, so that nothing tells the place of any other (R67).
    """
    parts = parts_of(request)
    complete_to = await parts.group.reached(parts.reviews, wait_for)
    cycle = await seen_cycle(parts, person, review)
    known, day = parts.group.organisation, today(parts.clock, parts.settings.time_zone)
    stands = viewer(known, person, UnitId(cycle.unit), day)
    if not stands.sees_course and cycle.stage not in OPEN_TO_ALL:
        raise ReviewIsPrepared()
    await note_look(request, parts, person, cycle, stands)
    own = own_branches(known, person, day)
    query = (
        select(ENTRANTS, SCORED.c.reference, SCORED.c.title)
        .join(SCORED, SCORED.c.project == ENTRANTS.c.project)
        .where(ENTRANTS.c.cycle == str(review))
    )
    if not stands.sees_course:
        query = query.where(_public(cycle.stage) | (true() if own is None else ENTRANTS.c.branch.in_(own)))
    if track:
        query = query.where(ENTRANTS.c.track == track)
    if awarded:
        query = query.where(ENTRANTS.c.award.is_not(None) if awarded == "yes" else ENTRANTS.c.award.is_(None))
    first = ENTRANTS.c.place if stands.sees_course else SCORED.c.reference
    if after:
        told, _, project = after.rpartition(":")
        at: Any = int(told) if stands.sees_course and told.isdecimal() else told
        query = query.where((first > at) | ((first == at) & (ENTRANTS.c.project > UUID(project))))
    async with parts.views.connect() as connection:
        rows = (await connection.execute(query.order_by(first, ENTRANTS.c.project).limit(limit + 1))).all()
    last = rows[limit - 1] if len(rows) > limit else None
    said = last and (last.place if stands.sees_course else last.reference)
    return EnteredPage(
        projects=[_entered(row, stands, own is None or row.branch in own) for row in rows[:limit]],
        next=f"{said}:{last.project}" if last else None,
        complete_to=complete_to,
    )


def _public(stage: str) -> ColumnElement[bool]:
    """What stands for everybody to see: awards of the notice, then those that are confirmed or were."""
    if stage == "confirmed":
        return ENTRANTS.c.standing.in_(("confirmed", "revoked"))
    return ENTRANTS.c.award.is_not(None)


async def seen_cycle(parts: Parts, person: PersonId, review: UUID) -> Any:
    """The row of a review; NotKnown for who stands in no line with its unit."""
    async with parts.views.connect() as connection:
        row = (await connection.execute(select(CYCLES).where(CYCLES.c.cycle == str(review)))).one_or_none()
    day = today(parts.clock, parts.settings.time_zone)
    if row is None or not in_line(parts.group.organisation, person, UnitId(row.unit), day):
        raise NotKnown()
    return row


async def note_look(request: Request, parts: Parts, person: PersonId, cycle: Any, stands: Viewer) -> None:
    """Record that somebody looks as audit or discipline (R76); nothing for who runs the review."""
    if stands.runs:
        return
    day = today(parts.clock, parts.settings.time_zone)
    term = next(iter(looking_from(parts.group.organisation, person, UnitId(cycle.unit), day)), None)
    await take_look(request, parts.writer, person, term, "review", cycle.cycle)


def _line(row: Any) -> ReviewLine:
    going_on = row.stage == "judging" and row.at < len(row.rounds)
    return ReviewLine(
        review=UUID(row.cycle),
        unit=row.unit,
        year=row.year,
        stage=row.stage,
        round=row.rounds[row.at] if going_on else "",
        rounds=list(row.rounds),
        programme=row.programme,
        department=row.department,
        closed_from=row.closed_from,
        closed_until=row.closed_until,
        projects=row.projects,
        has_notice=row.has_notice,
        notice_until=row.notice_until,
        runs=row.run,
        decision=row.decision,
    )


def _entered(row: Any, stands: Viewer, own: bool) -> Entered:
    shown = Entered(
        project=row.project,
        reference=row.reference,
        title=row.title,
        branch=row.branch,
        unit=row.unit,
        track=row.track,
        place=None if row.place == NO_PLACE else row.place,
        award=row.award,
        standing="" if row.standing == "held" and not stands.sees_course else row.standing,
    )
    if not (stands.sees_course or own):
        return shown.model_copy(update={"place": None})
    return shown.model_copy(
        update={
            "closing": Decimal(row.closing),
            "score": Decimal(row.score),
            "why": row.why,
            "tie": row.tie,
            "exception": row.exception,
            "out": row.out,
            "listed": row.listed,
            "group": row.group,
            "group_place": row.group_place or None,
        }
    )
