"""What is read of partners and practices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.notifications.domain.heard.values import Partner, Seat


@dataclass(frozen=True, slots=True)
class PracticeRecommended:
    of: Seat


@dataclass(frozen=True, slots=True)
class PracticeListed:
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PracticeDeclined:
    reason: str


@dataclass(frozen=True, slots=True)
class PartnerInvited:
    partner: Partner
    brings: str
    of: Seat


@dataclass(frozen=True, slots=True)
class PartnerJoined:
    partner: Partner


@dataclass(frozen=True, slots=True)
class PartnerLeft:
    partner: Partner
    reason: str
    answer_by: date | None


@dataclass(frozen=True, slots=True)
class DepartureAnswered:
    partner: str


@dataclass(frozen=True, slots=True)
class PartnersChanged:
    partners: tuple[Partner, ...]


OfSpread = (
    PracticeRecommended
    | PracticeListed
    | PracticeDeclined
    | PartnerInvited
    | PartnerJoined
    | PartnerLeft
    | DepartureAnswered
    | PartnersChanged
)
