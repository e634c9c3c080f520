"""ReviewScore: what a project has from a review once its awards are confirmed; adjusted since (R54)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import assert_never, get_args

from services.evaluation.domain.project_score import (
    AdjustmentNeedsReason,
    OnlyTheFixingBodyAdjusts,
    ScoreNotFixed,
    ScoreOutOfRange,
)
from services.evaluation.domain.review.panel.state import Round
from services.evaluation.domain.score import shown
from shared.domain import By, Decider, Refusal, UnitId


@dataclass(frozen=True, slots=True)
class RoundScore:
    """A round: so much of the score before, the rest of the cards."""

    round: Round
    before: Decimal
    cards: Decimal
    score: Decimal
    event: str  # evaluation/<ledger>/<position>, by which it was scored


# Events


@dataclass(frozen=True, slots=True)
class ReviewScoreFixed:
    """The mark of a review with all that it follows from; the score at closing stays beside it."""

    project: str
    review: str
    year: int
    programme: str
    closing: Decimal
    rounds: tuple[RoundScore, ...]
    score: Decimal
    place: int | None  # none where it left before places were given
    award: str | None
    decision: str  # number of the committee's
    at: str  # event by which it was confirmed
    appeal_until: date  # R55


@dataclass(frozen=True, slots=True)
class ReviewScoreAdjusted:
    """The mark or its award is another since; what was fixed stays beside it."""

    project: str
    review: str
    before: Decimal
    score: Decimal
    award_before: str | None
    award: str | None
    reason: str  # empty where it moved up
    decision: str  # number of the committee's, or of the document
    at: str = ""  # event that it follows, where it follows one


Event = ReviewScoreFixed | ReviewScoreAdjusted


# Commands


@dataclass(frozen=True, slots=True)
class FixReviewScore:
    """Write what a project has from a review. Facts: all of it, from the reaction."""

    by: By | None
    fixed: ReviewScoreFixed


@dataclass(frozen=True, slots=True)
class FollowAward:
    """Say what award the project has since one was revoked, or it moved up (R63). Facts: all of it."""

    by: By | None
    award: str | None
    reason: str
    decision: str
    at: str


@dataclass(frozen=True, slots=True)
class AdjustReviewScore:
    """Change a mark, by the body whose review it was, such as after an accepted appeal (R54, R55)."""

    by: By
    body: UnitId  # fact: whose review it was
    score: Decimal
    reason: str
    document: str


Command = FixReviewScore | FollowAward | AdjustReviewScore


# Refusals


class ReviewScoreIsFixed(Refusal):
    """What this project has from the review is written already.

    Ask for it to be looked at again, or for an adjustment with a reason."""


# State


@dataclass(frozen=True, slots=True)
class State:
    """What is written, as it was adjusted last."""

    project: str = ""
    review: str = ""
    score: Decimal | None = None
    award: str | None = None


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command, or the rule that refuses it."""
    match command:
        case FixReviewScore():
            return fix(command, state)
        case FollowAward():
            return follow(command, state)
        case AdjustReviewScore():
            return adjust(command, state)
        case _:
            assert_never(command)


def fix(command: FixReviewScore, state: State) -> list[Event]:
    """Once only (R54)."""
    if state.score is not None:
        raise ReviewScoreIsFixed()
    return [command.fixed]


def follow(command: FollowAward, state: State) -> list[Event]:
    """As the committee decided; the score stays (R63)."""
    if state.score is None:
        raise ScoreNotFixed()
    if command.award == state.award:
        raise ReviewScoreIsFixed()
    return [_adjusted(state, state.score, command.award, command.reason, command.decision, command.at)]


def adjust(command: AdjustReviewScore, state: State) -> list[Event]:
    """With a reason, by the body that fixed it; only the committee takes or gives an award (R54, R63)."""
    if state.score is None:
        raise ScoreNotFixed()
    if command.by.unit != command.body:
        raise OnlyTheFixingBodyAdjusts()
    if not command.reason.strip() or not command.document.strip():
        raise AdjustmentNeedsReason()
    score = command.score
    if not (score.is_finite() and 0 <= score <= 100 and score == shown(score)):
        raise ScoreOutOfRange()
    return [_adjusted(state, score, state.award, command.reason, command.document)]


def _adjusted(
    state: State, score: Decimal, award: str | None, reason: str, decision: str, at: str = ""
) -> ReviewScoreAdjusted:
    before = state.score
    assert before is not None  # who calls has looked
    return ReviewScoreAdjusted(
        state.project, state.review, before, score, state.award, award, reason, decision, at
    )


def evolve(state: State, event: Event) -> State:
    """As it was fixed, or adjusted since."""
    match event:
        case ReviewScoreFixed() | ReviewScoreAdjusted():
            return State(event.project, event.review, event.score, event.award)
        case _:
            assert_never(event)


REVIEW_SCORE: Decider[Command, Event, State] = Decider(
    "review_score", State(), decide, evolve, get_args(Command), get_args(Event)
)
