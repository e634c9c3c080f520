"""Reviews as they stand: which there are, how far each is, its list with places, its public notice."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import select

from services.evaluation.parts import Parts, parts_of
from services.evaluation.projections import SCORES
from services.evaluation.review_sight import (
    OPEN_TO_ALL,
    ReviewIsPrepared,
    Viewer,
    in_line,
    viewer,
)
from services.evaluation.reviews import REVIEWS
from services.evaluation.reviews.tables import NO_PLACE
from shared.clock import today
from shared.domain import NotKnown, PersonId, UnitId
from shared.looking import looking_from, take_look
from shared.organisation import Organisation
from shared.sight import BLIND
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor

router = APIRouter(prefix="/reviews", tags=["review"])
CYCLES, ENTRANTS = REVIEWS.table("cycles"), REVIEWS.table("entrants")
SCORED = SCORES.table("scores")


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
    """Reviews, the latest year first."""

    reviews: list[ReviewLine]
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
) -> Reviews:
    """The reviews of one's own units, of those above them, and of those that one's offices reach."""
    parts = parts_of(request)
    complete_to = await parts.group.reached(parts.reviews, wait_for)
    query = select(CYCLES).order_by(CYCLES.c.year.desc(), CYCLES.c.unit)
    if year is not None:
        query = query.where(CYCLES.c.year == year)
    async with parts.views.connect() as connection:
        rows = (await connection.execute(query)).all()
    known, day = parts.group.organisation, today(parts.clock, parts.settings.time_zone)
    return Reviews(
        reviews=[_line(row) for row in rows if in_line(known, person, UnitId(row.unit), day)],
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
    after: Annotated[str | None, Query(pattern="^[0-9]{1,9}:[0-9a-f-]{36}$")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> EnteredPage:
    """The projects of a review by place.

    Before its notice only to who runs it and audit; from then on awards to everybody, of one's own
    projects the score too (R67).
    """
    parts = parts_of(request)
    complete_to = await parts.group.reached(parts.reviews, wait_for)
    cycle = await seen_cycle(parts, person, review)
    known, day = parts.group.organisation, today(parts.clock, parts.settings.time_zone)
    stands = viewer(known, person, UnitId(cycle.unit), day)
    if not stands.sees_course and cycle.stage not in OPEN_TO_ALL:
        raise ReviewIsPrepared()
    await note_look(request, parts, person, cycle, stands)
    place = ENTRANTS.c.place
    query = (
        select(ENTRANTS, SCORED.c.reference, SCORED.c.title)
        .join(SCORED, SCORED.c.project == ENTRANTS.c.project)
        .where(ENTRANTS.c.cycle == str(review))
    )
    if track:
        query = query.where(ENTRANTS.c.track == track)
    if awarded:
        query = query.where(ENTRANTS.c.award.is_not(None) if awarded == "yes" else ENTRANTS.c.award.is_(None))
    if after:
        at, _, project = after.partition(":")
        behind = (place > int(at)) | ((place == int(at)) & (ENTRANTS.c.project > UUID(project)))
        query = query.where(behind)
    async with parts.views.connect() as connection:
        rows = (await connection.execute(query.order_by(place, ENTRANTS.c.project).limit(limit + 1))).all()
    last = rows[limit - 1] if len(rows) > limit else None
    return EnteredPage(
        projects=[_entered(row, stands, _own(known, person, row.branch, day)) for row in rows[:limit]],
        next=f"{last.place}:{last.project}" if last else None,
        complete_to=complete_to,
    )


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


def _own(organisation: Organisation, person: PersonId, branch: str, day: date) -> bool:
    """Whether a project is of somebody's branch, or of one that an office of theirs reaches."""
    known = organisation.people.get(person)
    terms = organisation.offices_of(person, day)
    return (known is not None and known.unit == branch) or any(
        organisation.reaches(term.unit, UnitId(branch)) for term in terms if term.office not in BLIND
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
