"""What events hold, as far as scores need it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from shared.domain import PersonId, UnitId

NOBODY = PersonId("")  # what an event of before this was kept names


@dataclass(frozen=True, slots=True)
class Seat:
    office: str
    unit: UnitId


@dataclass(frozen=True, slots=True)
class Step:
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class RequiredChange:
    confirmer: Seat | None


@dataclass(frozen=True, slots=True)
class Member:
    person: PersonId


@dataclass(frozen=True, slots=True)
class Team:
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Partner:
    unit: UnitId | None


@dataclass(frozen=True, slots=True)
class Milestone:
    code: str
    title: str
    due: date
    weight: Decimal


@dataclass(frozen=True, slots=True)
class Indicator:
    code: str
    name: str
    kind: Literal["raise", "lower", "keep_at_most", "keep_at_least", "by_date"]
    source: Seat
    baseline: Decimal | None
    target: Decimal | None
    due: date | None
    weight: Decimal


@dataclass(frozen=True, slots=True)
class ClosingReport:
    data: str = ""
    facts: str = ""
    experience: str = ""
    results: str = ""


NO_REPORT = ClosingReport()


@dataclass(frozen=True, slots=True)
class Proposal:
    title: str
    track: str
    plan: tuple[Milestone, ...]
    targets: tuple[Indicator, ...]
    team: Team
    partners: tuple[Partner, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FigureThen:
    indicator: str
    name: str
    baseline: Decimal | None
    target: Decimal | None
    period: str
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class NewDate:
    subject: Literal["milestone", "task", "finding", "indicator", "change"]
    code: str
    due: date


@dataclass(frozen=True, slots=True)
class Mark:
    criterion: str
    points: Decimal
