"""Runs of the allocation, each with what it followed from; and the objections of the notice (R62)."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from services.evaluation.api.review.cycles import note_look, seen_cycle
from services.evaluation.domain.review.cycle import CYCLE
from services.evaluation.domain.review.cycle.allotting import AllocationRun, PlaceGiven
from services.evaluation.domain.review.cycle.collecting import mixed_tracks
from services.evaluation.domain.review.cycle.notice import AwardObjectionAnswered, AwardObjectionFiled
from services.evaluation.parts import Parts, parts_of
from services.evaluation.review.keys import OBJECTOR
from services.evaluation.review.sight import ReviewIsPrepared, Viewer, viewer
from shared.clock import today
from shared.domain import NotKnown, PersonId, UnitId
from shared.sealing import unseal
from shared.signed_in import SignedIn
from shared.wait_for import WaitFor

router = APIRouter(prefix="/reviews/{review}", tags=["review"])


class RunLine(BaseModel):
    """A run of the allocation; the last one holds, the others stay as they were."""

    run: int
    at: datetime
    cause: str = Field(description="first, left_vacant, vote, objection or veto")
    reason: str
    vacant: dict[str, int] = Field(description="Places that nobody got, by award")
    left_vacant: dict[str, int] = Field(description="Places that were left empty on purpose, by award")
    vetoed: list[UUID]
    to_vote: list[list[UUID]] = Field(description="Ties on which a place hangs")
    votes: list[UUID] = Field(description="Projects of ties, as votes have ordered them")


class PlaceShown(BaseModel):
    """A project's place in a run, and why."""

    project: UUID
    track: str
    unit: UnitId
    place: int
    score: Decimal
    award: str | None
    why: str
    tie: str
    listed: str


class RunShown(RunLine):
    """A run with its whole derivation: what it went by, and what each project got."""

    quotas: dict[str, Any] = Field(description="Awards, floors and limits, as the programme's version says")
    places: list[PlaceShown]


class Runs(BaseModel):
    """All runs, the first one first."""

    runs: list[RunLine]


class SchemeOfTrack(BaseModel):
    """How many projects of a track were assessed by a scheme."""

    track: str
    scheme: str = Field(description="By its criteria and weights")
    projects: int


class Schemes(BaseModel):
    """What the choice hangs on: lists of their own, a conversion, or neither."""

    schemes: list[SchemeOfTrack]
    mixed: list[str] = Field(
        description="Tracks in which schemes differ: a decision must say how to rank them"
    )


class ObjectionShown(BaseModel):
    """What somebody objected; who it was is sealed (R68)."""

    number: int
    at: datetime
    project: UUID
    text: str
    goes: str = Field(description="answered, discipline or filed")
    in_name: bool
    answer_until: date | None
    accepted: bool | None
    answer: str


class Objections(BaseModel):
    """Objections in their order."""

    objections: list[ObjectionShown]
    awaits_run: bool = Field(
        description="An accepted one asks for a run of the allocation, not made yet (R62)"
    )


@router.get("/runs")
async def list_runs(request: Request, review: UUID, person: SignedIn, wait_for: WaitFor) -> Runs:
    """How often places were given, each time why; to who runs the review and to audit."""
    parts, _, _ = await _course(request, review, person, wait_for)
    stream = await parts.ledgers.read_stream(review)
    return Runs(
        runs=[
            RunLine(**_run(one.event, one.recorded_at))
            for one in stream
            if isinstance(one.event, AllocationRun)
        ]
    )


@router.get("/runs/{run}")
async def one_run(request: Request, review: UUID, run: int, person: SignedIn, wait_for: WaitFor) -> RunShown:
    """One run: what it followed from, and the place of every project with its reason."""
    parts, _, _ = await _course(request, review, person, wait_for)
    stream = await parts.ledgers.read_stream(review)
    ran = next((o for o in stream if isinstance(o.event, AllocationRun) and o.event.run == run), None)
    if ran is None:
        raise NotKnown()
    entrants = (await parts.streams.now(CYCLE, review)).state.entrants
    places = (o.event for o in stream if isinstance(o.event, PlaceGiven) and o.event.run == run)
    return RunShown(
        **_run(ran.event, ran.recorded_at),
        quotas=msgspec.to_builtins(ran.event.quotas, builtin_types=(Decimal,)),
        places=[
            PlaceShown(
                project=UUID(given.project),
                track=entrants[given.project].track,
                unit=entrants[given.project].unit,
                place=given.place,
                score=given.score,
                award=given.award,
                why=given.why,
                tie=given.tie,
                listed=given.listed,
            )
            for given in places
        ],
    )


@router.get("/schemes")
async def list_schemes(request: Request, review: UUID, person: SignedIn, wait_for: WaitFor) -> Schemes:
    """By which schemes the projects of each track were assessed (R20)."""
    parts, _, _ = await _course(request, review, person, wait_for)
    cycle = (await parts.streams.now(CYCLE, review)).state
    counts = Counter((entrant.track, entrant.scheme) for entrant in cycle.entrants.values())
    found = [SchemeOfTrack(track=t, scheme=s, projects=n) for (t, s), n in sorted(counts.items())]
    return Schemes(schemes=found, mixed=mixed_tracks(cycle, ()))


@router.get("/objections")
async def list_objections(request: Request, review: UUID, person: SignedIn, wait_for: WaitFor) -> Objections:
    """What was objected, and how it was answered; nobody's name (R68).

    To who runs the review and to discipline; to everybody else what they objected themselves.
    """
    parts = parts_of(request)
    await parts.group.reached(parts.reviews, wait_for)
    cycle = await seen_cycle(parts, person, review)
    stands = _stands(parts, person, cycle)
    if stands.sees_course:
        await note_look(request, parts, person, cycle, stands)
    key = await parts.keys.give(str(review))
    found: dict[int, ObjectionShown] = {}
    for recorded in await parts.ledgers.read_stream(review):
        event = recorded.event
        if isinstance(event, AwardObjectionFiled):
            own = unseal(key, OBJECTOR, event.objector) == person
            others = stands.sees_course and (event.goes != "discipline" or stands.answers)
            if own or others:
                found[event.number] = _objection(event, recorded.recorded_at)
        elif isinstance(event, AwardObjectionAnswered) and event.number in found:
            answered = {"accepted": event.accepted, "answer": event.answer}
            found[event.number] = found[event.number].model_copy(update=answered)
    waits = stands.sees_course and (await parts.streams.now(CYCLE, review)).state.run_is_due
    return Objections(objections=list(found.values()), awaits_run=waits)


async def _course(
    request: Request, review: UUID, person: PersonId, wait_for: Any
) -> tuple[Parts, Any, Viewer]:
    """For who sees how a review goes; ReviewIsPrepared for all others."""
    parts = parts_of(request)
    await parts.group.reached(parts.reviews, wait_for)
    cycle = await seen_cycle(parts, person, review)
    stands = _stands(parts, person, cycle)
    if not stands.sees_course:
        raise ReviewIsPrepared()
    await note_look(request, parts, person, cycle, stands)
    return parts, cycle, stands


def _stands(parts: Parts, person: PersonId, cycle: Any) -> Viewer:
    day = today(parts.clock, parts.settings.time_zone)
    return viewer(parts.group.organisation, person, UnitId(cycle.unit), day)


def _run(event: AllocationRun, at: datetime) -> dict[str, Any]:
    return {
        "run": event.run,
        "at": at,
        "cause": event.cause,
        "reason": event.reason,
        "vacant": event.vacant,
        "left_vacant": event.left_vacant,
        "vetoed": event.vetoed,
        "to_vote": event.to_vote,
        "votes": event.votes,
    }


def _objection(event: AwardObjectionFiled, at: datetime) -> ObjectionShown:
    return ObjectionShown(
        number=event.number,
        at=at,
        project=UUID(event.project),
        text=event.text,
        goes=event.goes,
        in_name=bool(event.objector),
        answer_until=event.answer_until,
        accepted=None,
        answer="",
    )
