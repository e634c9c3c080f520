"""What is read of acts that were entered from paper."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from shared.domain import PersonId


@dataclass(frozen=True, slots=True)
class Paper:
    on: date
    entered_by: PersonId
    confirm_by: date | None


@dataclass(frozen=True, slots=True)
class PaperEntered:
    entry: str
    person: PersonId
    paper: Paper


@dataclass(frozen=True, slots=True)
class LateEntryToAccept:
    entry: str
    on: date
    until: date


@dataclass(frozen=True, slots=True)
class PaperConfirmed:
    entry: str


@dataclass(frozen=True, slots=True)
class PaperDenied:
    entry: str
    reason: str


@dataclass(frozen=True, slots=True)
class PaperLeftUnconfirmed:
    entry: str


@dataclass(frozen=True, slots=True)
class LateEntryAccepted:
    entry: str


OfPaper = (
    PaperEntered | LateEntryToAccept | PaperConfirmed | PaperDenied | PaperLeftUnconfirmed | LateEntryAccepted
)
