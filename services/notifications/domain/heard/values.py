"""What several events hold in common, of each only the fields that telling needs."""

from __future__ import annotations

from dataclasses import dataclass

from shared.domain import PersonId, UnitId

NOBODY = PersonId("")  # what an event of before this was kept names


@dataclass(frozen=True, slots=True)
class Seat:
    office: str
    unit: UnitId


def name_of(seat: Seat) -> str:
    """A seat as text."""
    return f"{seat.office}@{seat.unit}"


@dataclass(frozen=True, slots=True)
class Member:
    person: PersonId


@dataclass(frozen=True, slots=True)
class Team:
    members: tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Partner:
    unit: UnitId | None
    name: str = ""

    @property
    def key(self) -> str:
        return self.unit or self.name


@dataclass(frozen=True, slots=True)
class Indicator:
    code: str
    name: str
    unit: str  # of measure


@dataclass(frozen=True, slots=True)
class Proposal:
    title: str
    targets: tuple[Indicator, ...]
    team: Team
    partners: tuple[Partner, ...]


@dataclass(frozen=True, slots=True)
class RequiredChange:
    number: int
    confirmer: Seat | None
