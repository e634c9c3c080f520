"""What is read of changes and of the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.notifications.domain.heard.approval import Step
from services.notifications.domain.heard.values import NOBODY, Indicator, RequiredChange, Seat, Team
from shared.domain import PersonId, UnitId


@dataclass(frozen=True, slots=True)
class TeamChanged:
    team: Team


@dataclass(frozen=True, slots=True)
class TeamFormed:
    name: str


@dataclass(frozen=True, slots=True)
class TeamStoodDown:
    reason: str


@dataclass(frozen=True, slots=True)
class TargetChanged:
    targets: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class LeadHandedOver:
    to_person: PersonId


@dataclass(frozen=True, slots=True)
class Succession:
    before: UnitId
    after: UnitId


@dataclass(frozen=True, slots=True)
class LeadMoved:
    unit: UnitId
    company: UnitId
    leader: str
    units: tuple[Succession, ...]
    unit_before: UnitId


@dataclass(frozen=True, slots=True)
class Alteration:
    plan: tuple[object, ...] | None
    targets: tuple[object, ...] | None
    team: object | None
    partners: tuple[object, ...] | None = None
    programme: str | None = None


@dataclass(frozen=True, slots=True)
class ChangeRequested:
    change: str
    alteration: Alteration
    person: PersonId = NOBODY
    deciders: tuple[Seat, ...] = ()  # of old events
    route: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeStepOpened:
    change: str
    name: str
    seats: tuple[Seat, ...]
    decides: str
    due: date | None


@dataclass(frozen=True, slots=True)
class ChangeOpinionGiven:
    change: str
    seat: Seat


@dataclass(frozen=True, slots=True)
class ChangeOpinionWithdrawn:
    change: str
    seat: Seat


@dataclass(frozen=True, slots=True)
class ChangeSignerAdded:
    change: str
    signer: Seat


@dataclass(frozen=True, slots=True)
class ChangeStepTransferred:
    change: str
    seat: Seat
    to: PersonId


@dataclass(frozen=True, slots=True)
class ChangeDeciderUrged:
    change: str
    name: str
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class ChangeDeadlinePassed:
    change: str
    due: date
    decides: str
    late: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class ChangeMeetingDecided:
    change: str
    result: str


@dataclass(frozen=True, slots=True)
class ChangeReferredUp:
    change: str
    seats: tuple[Seat, ...]
    reason: str
    due: date | None = None
    stays: tuple[Seat, ...] = ()  # of the seats those whose word stands


@dataclass(frozen=True, slots=True)
class ChangeApproved:
    change: str


@dataclass(frozen=True, slots=True)
class ChangeRejected:
    change: str


@dataclass(frozen=True, slots=True)
class PartMoved:
    part: str
    after: str


@dataclass(frozen=True, slots=True)
class VersionMoved:
    parts: tuple[PartMoved, ...]
    demanded_by: str = ""


@dataclass(frozen=True, slots=True)
class SuspensionOverran:
    until: date


@dataclass(frozen=True, slots=True)
class ClosureRequested:
    first_key: tuple[Seat, ...]
    person: PersonId = NOBODY


@dataclass(frozen=True, slots=True)
class ClosureReviewed:
    seat: Seat


@dataclass(frozen=True, slots=True)
class ClosureAssessed:
    pass


@dataclass(frozen=True, slots=True)
class ClosureReturned:
    changes: tuple[RequiredChange, ...]


@dataclass(frozen=True, slots=True)
class ProjectClosed:
    pass


@dataclass(frozen=True, slots=True)
class ProjectTerminated:
    reason: str


OfChange = (
    TeamChanged
    | TeamFormed
    | TeamStoodDown
    | TargetChanged
    | LeadHandedOver
    | LeadMoved
    | ChangeRequested
    | ChangeStepOpened
    | ChangeOpinionGiven
    | ChangeOpinionWithdrawn
    | ChangeSignerAdded
    | ChangeStepTransferred
    | ChangeDeciderUrged
    | ChangeDeadlinePassed
    | ChangeMeetingDecided
    | ChangeReferredUp
    | ChangeApproved
    | ChangeRejected
    | VersionMoved
    | SuspensionOverran
    | ClosureRequested
    | ClosureReviewed
    | ClosureAssessed
    | ClosureReturned
    | ProjectClosed
    | ProjectTerminated
)
