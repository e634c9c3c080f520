"""What is read of milestones, figures and tasks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from shared.domain import PersonId, UnitId


@dataclass(frozen=True, slots=True)
class MilestoneReached:
    milestone: str
    on: date


@dataclass(frozen=True, slots=True)
class BaselineConfirmed:
    indicator: str


@dataclass(frozen=True, slots=True)
class IndicatorRead:
    indicator: str


@dataclass(frozen=True, slots=True)
class FigureConfirmed:
    indicator: str
    period: str
    value: Decimal
    on: date


@dataclass(frozen=True, slots=True)
class ActivityHeld:
    on: date
    indicator: str


@dataclass(frozen=True, slots=True)
class TaskAdded:
    task: str
    title: str
    due: date
    weight: Decimal


@dataclass(frozen=True, slots=True)
class TaskAssigned:
    task: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class TaskOffered:
    task: str
    circle: tuple[UnitId, ...]


@dataclass(frozen=True, slots=True)
class ClaimGranted:
    task: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class TaskSplit:
    task: str
    title: str
    half: str
    half_title: str
    weight: Decimal


@dataclass(frozen=True, slots=True)
class ClaimExpired:
    task: str


@dataclass(frozen=True, slots=True)
class TaskReleased:
    task: str


@dataclass(frozen=True, slots=True)
class TaskCompleted:
    task: str
    on: date


@dataclass(frozen=True, slots=True)
class TaskAccepted:
    task: str


@dataclass(frozen=True, slots=True)
class TaskSentBack:
    task: str


OfWork = (
    MilestoneReached
    | BaselineConfirmed
    | IndicatorRead
    | FigureConfirmed
    | ActivityHeld
    | TaskAdded
    | TaskAssigned
    | TaskOffered
    | ClaimGranted
    | TaskSplit
    | ClaimExpired
    | TaskReleased
    | TaskCompleted
    | TaskAccepted
    | TaskSentBack
)
