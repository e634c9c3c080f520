"""What is read of tasks and figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.notifications.domain.heard.values import Seat
from shared.domain import PersonId, UnitId


@dataclass(frozen=True, slots=True)
class TaskAdded:
    task: str
    title: str
    standard: str
    due: date


@dataclass(frozen=True, slots=True)
class TaskAssigned:
    task: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class TaskOffered:
    task: str
    circle: tuple[UnitId, ...]
    window_ends: date


@dataclass(frozen=True, slots=True)
class ClaimGranted:
    task: str
    person: PersonId
    declined: tuple[PersonId, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class TaskSplit:
    task: str
    title: str
    half: str
    half_title: str


@dataclass(frozen=True, slots=True)
class ClaimExpired:
    task: str


@dataclass(frozen=True, slots=True)
class ClaimLapsed:
    task: str
    reason: str
    left: int


@dataclass(frozen=True, slots=True)
class TaskReleased:
    task: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class TaskCompleted:
    task: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class TaskAccepted:
    task: str


@dataclass(frozen=True, slots=True)
class TaskSentBack:
    task: str
    person: PersonId
    reason: str


@dataclass(frozen=True, slots=True)
class FigureToConfirm:
    indicator: str
    period: str
    value: Decimal
    source: Seat


@dataclass(frozen=True, slots=True)
class FigureConfirmed:
    indicator: str
    period: str


@dataclass(frozen=True, slots=True)
class FigureDisputed:
    indicator: str
    period: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReadingDue:
    indicator: str
    period: str


@dataclass(frozen=True, slots=True)
class ItemDueSoon:
    subject: str
    code: str
    title: str
    due: date
    told: str
    holder: PersonId | None


@dataclass(frozen=True, slots=True)
class ItemOverdue:
    subject: str
    code: str
    title: str
    due: date
    on: date
    holder: PersonId | None


@dataclass(frozen=True, slots=True)
class MilestoneMissed:
    milestone: str
    due: date
    title: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class MilestoneReached:
    milestone: str


@dataclass(frozen=True, slots=True)
class ExplanationGiven:
    subject: str
    code: str


OfWork = (
    TaskAdded
    | TaskAssigned
    | TaskOffered
    | ClaimGranted
    | TaskSplit
    | ClaimExpired
    | ClaimLapsed
    | TaskReleased
    | TaskCompleted
    | TaskAccepted
    | TaskSentBack
    | FigureToConfirm
    | FigureConfirmed
    | FigureDisputed
    | ReadingDue
    | ItemDueSoon
    | ItemOverdue
    | MilestoneMissed
    | MilestoneReached
    | ExplanationGiven
)
