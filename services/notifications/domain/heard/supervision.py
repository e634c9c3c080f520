"""What is read of findings and of support."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.notifications.domain.heard.values import Seat
from shared.domain import PersonId, UnitId


@dataclass(frozen=True, slots=True)
class FindingRecorded:
    finding: str
    unit: UnitId
    found_by: PersonId


@dataclass(frozen=True, slots=True)
class RectificationPlanned:
    finding: str


@dataclass(frozen=True, slots=True)
class RectificationReported:
    finding: str


@dataclass(frozen=True, slots=True)
class FindingClosed:
    finding: str


@dataclass(frozen=True, slots=True)
class FindingReopened:
    finding: str


@dataclass(frozen=True, slots=True)
class LookBackDue:
    finding: str
    text: str
    due: date


@dataclass(frozen=True, slots=True)
class FindingLookedBackAt:
    finding: str


@dataclass(frozen=True, slots=True)
class FindingDisputed:
    finding: str
    reason: str
    of: Seat
    due: date


@dataclass(frozen=True, slots=True)
class FindingUpheld:
    finding: str
    reason: str


@dataclass(frozen=True, slots=True)
class FindingWithdrawn:
    finding: str
    reason: str


@dataclass(frozen=True, slots=True)
class GuidanceGiven:
    pass


@dataclass(frozen=True, slots=True)
class MidtermChecked:
    result: str
    note: str


@dataclass(frozen=True, slots=True)
class SupportRequested:
    support: str
    matter: str
    of: Seat
    due: date


@dataclass(frozen=True, slots=True)
class FindingTurnedIntoSupport:
    finding: str


@dataclass(frozen=True, slots=True)
class SupportDecided:
    support: str
    granted: bool
    note: str
    finding: str
    finding_due: date | None


@dataclass(frozen=True, slots=True)
class SupportProvided:
    support: str


OfSupervision = (
    FindingRecorded
    | RectificationPlanned
    | RectificationReported
    | FindingClosed
    | FindingReopened
    | LookBackDue
    | FindingLookedBackAt
    | FindingDisputed
    | FindingUpheld
    | FindingWithdrawn
    | GuidanceGiven
    | MidtermChecked
    | SupportRequested
    | FindingTurnedIntoSupport
    | SupportDecided
    | SupportProvided
)
