"""What is read of changes, pauses and the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.evaluation.domain.heard.values import (
    NO_REPORT,
    NOBODY,
    ClosingReport,
    Indicator,
    Mark,
    Milestone,
    NewDate,
    Seat,
    Step,
    Team,
)
from shared.domain import PersonId, UnitId


@dataclass(frozen=True, slots=True)
class ChangeRequested:
    person: PersonId = NOBODY
    deciders: tuple[Seat, ...] = ()  # of old events
    route: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeReferredUp:
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class ChangeSignerAdded:
    signer: Seat


@dataclass(frozen=True, slots=True)
class PartMoved:
    part: str
    after: str


@dataclass(frozen=True, slots=True)
class VersionMoved:
    parts: tuple[PartMoved, ...]


@dataclass(frozen=True, slots=True)
class PlanChanged:
    plan: tuple[Milestone, ...]


@dataclass(frozen=True, slots=True)
class TargetChanged:
    targets: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class TeamChanged:
    team: Team


@dataclass(frozen=True, slots=True)
class LeadHandedOver:
    from_person: PersonId
    to_person: PersonId


@dataclass(frozen=True, slots=True)
class Succession:
    before: UnitId
    after: UnitId


@dataclass(frozen=True, slots=True)
class LeadMoved:
    unit: UnitId
    company: UnitId
    units: tuple[Succession, ...]


@dataclass(frozen=True, slots=True)
class ExtensionGranted:
    milestone: str
    due: date


@dataclass(frozen=True, slots=True)
class ProjectSuspended:
    on: date


@dataclass(frozen=True, slots=True)
class ProjectResumed:
    dates: tuple[NewDate, ...]


@dataclass(frozen=True, slots=True)
class LimitsPaused:
    dates: tuple[NewDate, ...]


@dataclass(frozen=True, slots=True)
class LimitsResumed:
    dates: tuple[NewDate, ...]


@dataclass(frozen=True, slots=True)
class ProjectTerminated:
    on: date


@dataclass(frozen=True, slots=True)
class ClosureRequested:
    on: date
    first_key: tuple[Seat, ...]
    person: PersonId = NOBODY
    report: ClosingReport = NO_REPORT


@dataclass(frozen=True, slots=True)
class ClosureReviewed:
    pass


@dataclass(frozen=True, slots=True)
class ClosureReturned:
    pass


@dataclass(frozen=True, slots=True)
class ClosureAssessed:
    marks: tuple[Mark, ...]
    unit: str = ""  # none in old events
    body: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class ProjectClosed:
    on: date


@dataclass(frozen=True, slots=True)
class ProjectArchived:
    pass


OfChange = (
    ChangeRequested
    | ChangeReferredUp
    | ChangeSignerAdded
    | VersionMoved
    | PlanChanged
    | TargetChanged
    | TeamChanged
    | LeadHandedOver
    | LeadMoved
    | ExtensionGranted
    | ProjectSuspended
    | ProjectResumed
    | LimitsPaused
    | LimitsResumed
    | ProjectTerminated
    | ClosureRequested
    | ClosureReviewed
    | ClosureReturned
    | ClosureAssessed
    | ProjectClosed
    | ProjectArchived
)
