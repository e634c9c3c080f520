"""What is read of offices: who hands over, where nobody is, whose acts are to be ratified."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.notifications.domain.heard.values import Seat
from shared.domain import PersonId, UnitId


@dataclass(frozen=True, slots=True)
class Parties:
    office: str
    unit: UnitId
    company: UnitId
    outgoing: PersonId
    incoming: PersonId


@dataclass(frozen=True, slots=True)
class HandoverOpened:
    parties: Parties
    due: date
    count: int


@dataclass(frozen=True, slots=True)
class HandoverListDrawnUp:
    parties: Parties
    due: date
    count: int


@dataclass(frozen=True, slots=True)
class HandoverSigned:
    parties: Parties
    role: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class HandoverConfirmed:
    parties: Parties


@dataclass(frozen=True, slots=True)
class HandoverOverdue:
    parties: Parties
    due: date


@dataclass(frozen=True, slots=True)
class HandoverLapsed:
    parties: Parties


def witness_of(parties: Parties) -> Seat:
    """Where one of the party department is to witness it."""
    return Seat("party_department", parties.company)


@dataclass(frozen=True, slots=True)
class VacancyRecorded:
    office: str
    unit: UnitId


@dataclass(frozen=True, slots=True)
class CustodianNamed:
    office: str
    unit: UnitId


@dataclass(frozen=True, slots=True)
class OfficeAppointed:
    office: str
    unit: UnitId


@dataclass(frozen=True, slots=True)
class Whose:
    office: str
    unit: UnitId
    company: UnitId
    holder: PersonId


@dataclass(frozen=True, slots=True)
class ActsToRatify:
    whose: Whose
    since: date
    until: date
    due: date
    count: int


@dataclass(frozen=True, slots=True)
class ActRatified:
    left: int


@dataclass(frozen=True, slots=True)
class RatificationOverdue:
    whose: Whose
    due: date
    count: int


@dataclass(frozen=True, slots=True)
class RatificationLapsed:
    whose: Whose


OfHandover = (
    HandoverOpened
    | HandoverListDrawnUp
    | HandoverSigned
    | HandoverConfirmed
    | HandoverOverdue
    | HandoverLapsed
)
OfVacancy = VacancyRecorded | CustodianNamed | OfficeAppointed
OfRatification = ActsToRatify | ActRatified | RatificationOverdue | RatificationLapsed
