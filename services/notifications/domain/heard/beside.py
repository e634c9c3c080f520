"""What is read beside the project: meetings, visits, rules, scores, appeals and what is sealed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shared.domain import PersonId, UnitId


@dataclass(frozen=True, slots=True)
class MeetingConvened:
    meeting: str
    chair: PersonId


@dataclass(frozen=True, slots=True)
class MeetingRecorded:
    meeting: str
    minutes_number: str


@dataclass(frozen=True, slots=True)
class MeetingConfirmed:
    meeting: str


@dataclass(frozen=True, slots=True)
class MeetingLapsed:
    meeting: str


@dataclass(frozen=True, slots=True)
class InspectionPlanned:
    unit: UnitId
    leader: str
    inspection: str
    on: date


@dataclass(frozen=True, slots=True)
class ScoreFixed:
    project: str
    total: Decimal
    losses: int
    appeal_until: date


@dataclass(frozen=True, slots=True)
class DetachedActivityFound:
    project: str
    indicator: str
    activities: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReviewScoreFixed:
    project: str
    score: Decimal
    appeal_until: date


@dataclass(frozen=True, slots=True)
class AppealFiled:
    project: str
    about: str
    of: UnitId
    to: UnitId
    answer_until: date
    review: str = ""


@dataclass(frozen=True, slots=True)
class AppealAnswered:
    project: str
    accepted: bool
    answer: str
    about: str = "closing"
    review: str = ""


@dataclass(frozen=True, slots=True)
class AppraisalLine:
    person: PersonId


@dataclass(frozen=True, slots=True)
class AppraisalFigures:
    lines: tuple[AppraisalLine, ...]


@dataclass(frozen=True, slots=True)
class AppraisalIssued:
    unit: UnitId
    year: int
    figures: AppraisalFigures


@dataclass(frozen=True, slots=True)
class UnsealingAsked:
    number: int
    cycle: str


@dataclass(frozen=True, slots=True)
class UnsealingAgreed:
    number: int
    opening: str  # discipline or secretary


@dataclass(frozen=True, slots=True)
class UnsealingDeclined:
    number: int


@dataclass(frozen=True, slots=True)
class Changed:
    place: str


@dataclass(frozen=True, slots=True)
class ProgrammePublished:
    version: str
    in_force: date
    changes: tuple[Changed, ...] = ()


@dataclass(frozen=True, slots=True)
class SupplementPublished:
    company: UnitId
    document: str
    in_force: date
    changes: tuple[Changed, ...] = ()


OfMeeting = MeetingConvened | MeetingRecorded | MeetingConfirmed | MeetingLapsed
OfVisits = InspectionPlanned
OfRules = ProgrammePublished | SupplementPublished
OfUnsealing = UnsealingAsked | UnsealingAgreed | UnsealingDeclined
OfEvaluation = (
    ScoreFixed
    | DetachedActivityFound
    | ReviewScoreFixed
    | AppealFiled
    | AppealAnswered
    | AppraisalIssued
    | OfUnsealing
)
