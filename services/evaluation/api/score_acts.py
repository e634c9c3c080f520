"""Acts on a fixed score: adjusted by who fixed it, appealed by its unit to the level above (R54, R55)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import select

from services.evaluation.api.acts import Situation, ledger_of, take, take_on_stream
from services.evaluation.api.appeals import marked_by
from services.evaluation.api.reading import seen_score
from services.evaluation.api.review.signing_for import ANSWER as HANDLES
from services.evaluation.api.review.signing_for import RUN
from services.evaluation.appraisal.issuing import appeal_id
from services.evaluation.domain.appeal import (
    APPEAL,
    About,
    AnswerAppeal,
    FileAppeal,
    NoOpenAppeal,
)
from services.evaluation.domain.project_score import (
    PROJECT_SCORE,
    AdjustScore,
    ScoreFixed,
    ScoreNotFixed,
    State,
)
from services.evaluation.domain.review.cycle import CYCLE
from services.evaluation.domain.review.cycle.notice import AnsweredByAnother
from services.evaluation.domain.review.mark import REVIEW_SCORE, AdjustReviewScore
from services.evaluation.parts import Parts
from services.evaluation.projections import SCORES
from services.evaluation.reactions import mark_id
from services.evaluation.review.hands import hands_in
from shared.acting import Asking
from shared.acts import Act, offer
from shared.decision import Outcome
from shared.domain import By, NotKnown, OfficeId, PersonId, UnitId
from shared.web import Sent

router = APIRouter(prefix="/scores", tags=["scores"])

ANSWER_WORKING_DAYS = 10  # R55
DECIDES = ("decide", *RUN)
OF_ITSELF = ("decide", HANDLES)


@dataclass(frozen=True, slots=True)
class Appealing:
    """The score at closing, or the mark of a review, that is to be looked at again, and why."""

    about: About
    reason: str
    review: UUID | None = None  # whose mark; none: the last that the project has


@dataclass(frozen=True, slots=True)
class Answering:
    """What the level above says to an appeal; accepted, the body that fixed the result adjusts it."""

    about: About
    accepted: bool
    answer: str
    review: UUID | None = None  # whose mark; none: the last that the project has


@dataclass(frozen=True, slots=True)
class AdjustingMark:
    """What the mark of a review is from now on, why, and the document of the decision."""

    review: UUID
    score: Decimal
    reason: str
    document: str


@dataclass(frozen=True, slots=True)
class Appealable:
    """A result, who fixed it, and until when its unit may appeal."""

    project: UUID
    unit: UnitId
    body: UnitId
    until: date
    review: str = ""  # whose mark it is


# Whose act it is


def _adjusting(asking: Asking, score: State, _body: Any, _seen: Any) -> By:
    """An office that decides, in just the body that fixed it."""
    return asking.with_right_in(DECIDES, UnitId(score.body))


def _adjusting_mark(asking: Asking, _state: Any, _body: Any, reviewed_by: UnitId) -> By:
    """An office that decides, or runs its reviews, in the unit whose review it was."""
    return asking.with_right_in(DECIDES, reviewed_by)


def _of_unit(asking: Asking, _state: Any, _body: Any, seen: Appealable) -> By:
    """Whoever leads for the unit that has the project."""
    return asking.with_any_right(("propose", "lead_project"), seen.unit)


def _above(asking: Asking, state: Any, _body: Any, seen: Any) -> By:
    """An office that decides, at the level that was asked.

    Nobody is above the group: of its own review discipline or a leader answers, who had no hand in it.
    """
    appealable, hands = seen
    of_itself = bool(appealable.review) and appealable.body == state.to
    if of_itself and asking.person in hands:
        raise AnsweredByAnother()
    if state.to is None:
        raise NoOpenAppeal()
    return asking.with_right_in(OF_ITSELF if of_itself else DECIDES, state.to)


# What is read before a decision


async def _appealable(parts: Parts, project: UUID, body: Appealing | Answering) -> Appealable:
    """Who fixed a result, and until when its unit may appeal; ScoreNotFixed."""
    scores = SCORES.table("scores")
    async with parts.views.connect() as connection:
        unit = (
            await connection.execute(select(scores.c.unit).where(scores.c.project == project))
        ).scalar_one_or_none()
        marks = await marked_by(connection, project) if body.about == "review" else ()
    if unit is None:
        raise NotKnown()
    for marked in marks:
        if body.review in (None, UUID(marked.cycle)):
            return Appealable(project, UnitId(unit), UnitId(marked.unit), marked.appeal_until, marked.cycle)
    stream = await parts.ledgers.read_stream(project)
    if body.about == "review" or not stream or not isinstance(stream[0].event, ScoreFixed):
        raise ScoreNotFixed()
    fixed = stream[0].event
    return Appealable(project, UnitId(unit), fixed.body, fixed.appeal_until)


# Facts


def _level_above(it: Situation) -> UnitId:
    """The unit above the one that fixed the result; of the group itself, the group."""
    above = [*it.asking.organisation.above(it.seen.body)]
    return above[1] if len(above) > 1 else it.seen.body


def _answer_until(it: Situation) -> date:
    return it.asking.organisation.working_day_after(it.asking.today, ANSWER_WORKING_DAYS, [it.seen.unit])


ADJUST = Act(AdjustScore, _adjusting)
ADJUST_MARK = Act(AdjustReviewScore, _adjusting_mark, {"body": lambda it: it.seen}, asks=AdjustingMark)
APPEAL_IT = Act(
    FileAppeal,
    _of_unit,
    {
        "project": lambda it: str(it.seen.project),
        "of": lambda it: it.seen.unit,
        "to": _level_above,
        "until": lambda it: it.seen.until,
        "on": lambda it: it.asking.today,
        "answer_until": _answer_until,
        "review": lambda it: it.seen.review,
    },
    given=frozenset({"review"}),
    asks=Appealing,
)
ANSWER = Act(AnswerAppeal, _above, asks=Answering)


async def _on_score(
    parts: Parts, act: Act, project: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    return await take_on_stream(parts, act, PROJECT_SCORE, project, body, person, office, sent)


async def _on_mark(
    parts: Parts, act: Act, project: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    """In the ledger of the review; ScoreNotFixed where the project has no mark of it."""
    await seen_score(parts, person, project)
    stream = mark_id(str(body.review), project)
    ledger, unit = (
        await parts.ledgers.ledger_of(stream),
        (await parts.streams.now(CYCLE, body.review)).state.unit,
    )
    if ledger is None or unit is None:
        raise ScoreNotFixed()
    return await take(
        parts,
        act,
        REVIEW_SCORE,
        ledger=ledger,
        stream=stream,
        body=body,
        person=person,
        office=office,
        sent=sent,
        seen=unit,
    )


async def _appeal(
    parts: Parts, act: Act, project: UUID, body: Any, person: PersonId, office: OfficeId | None, sent: Sent
) -> Outcome:
    """In the ledger of who has the project, in a stream of its own for each result."""
    await seen_score(parts, person, project)
    found = await _appealable(parts, project, body)
    seen: Any = found
    if act is ANSWER:
        seen = (found, await hands_in(parts, UUID(found.review)) if found.review else frozenset())
    return await take(
        parts,
        act,
        APPEAL,
        ledger=ledger_of(parts.group.organisation, found.unit),
        stream=appeal_id(project, body.about, found.review),
        body=body,
        person=person,
        office=office,
        sent=sent,
        seen=seen,
    )


offer(router, ADJUST, "/{stream}", _on_score)
offer(router, ADJUST_MARK, "/{stream}", _on_mark)
offer(router, APPEAL_IT, "/{stream}", _appeal)
offer(router, ANSWER, "/{stream}", _appeal)
