"""What is read of entries from paper and of partners."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.evaluation.domain.heard.values import Partner
from shared.domain import PersonId


@dataclass(frozen=True, slots=True)
class PaperEntered:
    entry: str
    subject: str
    code: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class PaperDenied:
    entry: str


@dataclass(frozen=True, slots=True)
class LateEntryAccepted:
    entry: str
    on: date


@dataclass(frozen=True, slots=True)
class PartnersChanged:
    partners: tuple[Partner, ...]


@dataclass(frozen=True, slots=True)
class PartnerInvited:
    partner: Partner


@dataclass(frozen=True, slots=True)
class PartnerJoined:
    partner: Partner


@dataclass(frozen=True, slots=True)
class PartnerLeft:
    partner: Partner


OfSpread = (
    PaperEntered
    | PaperDenied
    | LateEntryAccepted
    | PartnersChanged
    | PartnerInvited
    | PartnerJoined
    | PartnerLeft
)
