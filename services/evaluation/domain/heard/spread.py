"""What is read of entries from paper, of partners, of stages, and of practices that others took up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.evaluation.domain.heard.values import FigureThen, Partner, Seat
from shared.domain import PersonId, UnitId


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


@dataclass(frozen=True, slots=True)
class StageReviewed:
    year: int
    cut_off: date
    seat: Seat
    note: str
    figures: tuple[FigureThen, ...]


@dataclass(frozen=True, slots=True)
class AdoptionCredited:
    project: str
    unit: UnitId
    on: date


OfSpread = (
    PaperEntered
    | PaperDenied
    | LateEntryAccepted
    | PartnersChanged
    | PartnerInvited
    | PartnerJoined
    | PartnerLeft
    | StageReviewed
    | AdoptionCredited
)
