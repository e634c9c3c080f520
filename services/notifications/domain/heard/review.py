"""What is read of a review: that it collects, who had a hand in it, its notice and its awards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shared.domain import PersonId, UnitId


@dataclass(frozen=True, slots=True)
class CycleOpened:
    unit: UnitId
    year: int
    closed_from: date
    closed_until: date
    opened_by: PersonId


@dataclass(frozen=True, slots=True)
class RoundClosed:
    closed_by: PersonId


@dataclass(frozen=True, slots=True)
class AllocationRun:
    to_vote: tuple[tuple[str, ...], ...]
    made_by: PersonId


@dataclass(frozen=True, slots=True)
class PlaceGiven:
    project: str
    award: str | None


@dataclass(frozen=True, slots=True)
class TieVoted:
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoticeOpened:
    until: date


@dataclass(frozen=True, slots=True)
class AwardObjectionFiled:
    number: int
    goes: str
    answer_until: date | None


@dataclass(frozen=True, slots=True)
class AwardObjectionAnswered:
    number: int
    accepted: bool


@dataclass(frozen=True, slots=True)
class ResultHeld:
    project: str
    until: date


@dataclass(frozen=True, slots=True)
class HoldEnded:
    project: str


@dataclass(frozen=True, slots=True)
class Awarded:
    project: str
    award: str


@dataclass(frozen=True, slots=True)
class AwardsConfirmed:
    decision: str
    awards: tuple[Awarded, ...]


@dataclass(frozen=True, slots=True)
class AwardRevoked:
    project: str
    award: str
    reason: str
    decision: str


@dataclass(frozen=True, slots=True)
class ProjectMovedUp:
    project: str
    award: str
    decision: str


OfReview = (
    CycleOpened
    | RoundClosed
    | AllocationRun
    | PlaceGiven
    | TieVoted
    | NoticeOpened
    | AwardObjectionFiled
    | AwardObjectionAnswered
    | ResultHeld
    | HoldEnded
    | AwardsConfirmed
    | AwardRevoked
    | ProjectMovedUp
)
