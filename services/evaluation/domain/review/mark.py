"""ReviewScore: what a project has from a review once its awards are confirmed, written once (R54)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.evaluation.domain.review.panel.state import Round
from shared.domain import By, Decider, Refusal


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
    place: int
    award: str | None
    decision: str  # number of the committee's
    at: str  # event by which it was confirmed
    appeal_until: date  # R55


# Commands


@dataclass(frozen=True, slots=True)
class FixReviewScore:
    """Write what a project has from a review. Facts: all of it, from the reaction."""

    by: By | None
    fixed: ReviewScoreFixed


# Refusals


class ReviewScoreIsFixed(Refusal):
    """What this project has from the review is written already.

    Ask for it to be looked at again, or for an adjustment with a reason."""


@dataclass(frozen=True, slots=True)
class State:
    """Whether it is written."""

    fixed: bool = False


def decide(command: FixReviewScore, state: State) -> list[ReviewScoreFixed]:
    """Once only (R54)."""
    if state.fixed:
        raise ReviewScoreIsFixed()
    return [command.fixed]


def evolve(state: State, event: ReviewScoreFixed) -> State:
    """Fixed for good."""
    return State(fixed=True)


REVIEW_SCORE: Decider[FixReviewScore, ReviewScoreFixed, State] = Decider(
    "review_score", State(), decide, evolve, (FixReviewScore,), (ReviewScoreFixed,)
)
