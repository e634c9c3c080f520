"""What is read of findings and of support."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.evaluation.domain.heard.values import Seat


@dataclass(frozen=True, slots=True)
class FindingRecorded:
    finding: str
    text: str
    due: date


@dataclass(frozen=True, slots=True)
class RectificationReported:
    finding: str
    on: date


@dataclass(frozen=True, slots=True)
class FindingClosed:
    finding: str
    on: date


@dataclass(frozen=True, slots=True)
class FindingReopened:
    finding: str
    due: date


@dataclass(frozen=True, slots=True)
class FindingDisputed:
    finding: str
    of: Seat


@dataclass(frozen=True, slots=True)
class FindingUpheld:
    finding: str
    due: date


@dataclass(frozen=True, slots=True)
class FindingWithdrawn:
    finding: str


@dataclass(frozen=True, slots=True)
class SupportRequested:
    support: str
    of: Seat


@dataclass(frozen=True, slots=True)
class FindingTurnedIntoSupport:
    finding: str


@dataclass(frozen=True, slots=True)
class SupportDecided:
    finding: str
    finding_due: date | None


OfSupervision = (
    FindingRecorded
    | RectificationReported
    | FindingClosed
    | FindingReopened
    | FindingDisputed
    | FindingUpheld
    | FindingWithdrawn
    | SupportRequested
    | FindingTurnedIntoSupport
    | SupportDecided
)
