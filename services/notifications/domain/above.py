"""Who is told that something waits too long: the offices above who owes it, each by name, no group (R42)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set
from datetime import date
from typing import Protocol

from services.notifications.domain.heard import Seat
from services.notifications.domain.recipients import words_in
from shared.domain import PersonId, UnitId

ABOVE = words_in("inspector_superior leader_in_charge office_above party_department")


class Held(Protocol):
    """An office that somebody holds."""

    @property
    def office(self) -> str: ...

    @property
    def unit(self) -> UnitId: ...


class Organisation(Protocol):
    """What is asked of the organisation."""

    def above(self, unit: UnitId) -> Iterator[UnitId]: ...

    def persons(self, office: str, unit: UnitId, on: date) -> tuple[PersonId, ...]: ...

    def with_deputies(self, people: Set[PersonId], on: date) -> frozenset[PersonId]: ...

    def offices_of(self, person: PersonId, on: date) -> Iterable[Held]: ...


def above(
    word: str,
    late: PersonId,
    seat: Seat,
    without: Set[PersonId],
    organisation: Organisation,
    on: date,
) -> tuple[PersonId, ...]:
    """Who hold the first of the word's offices, from the late seat up, that anybody else holds (R3).

    Neither who is late nor who has a part in the matter (`without`) is told of it in that office.
    """
    if word == "inspector_superior":  # of where they inspect from, which the project's unit does not say
        posts = (term.unit for term in organisation.offices_of(late, on) if term.office == "inspector")
        seat = Seat("inspector", next(posts, seat.unit))
    units = tuple(organisation.above(seat.unit))
    tied = organisation.with_deputies({late, *without}, on)
    for office, unit in _offices(word, seat.office, units):
        if people := tuple(p for p in organisation.persons(office, unit, on) if p not in tied):
            return people
    return ()


def _offices(word: str, office: str, units: tuple[UnitId, ...]) -> list[tuple[str, UnitId]]:
    """As a step goes up in projects: the same office above, headquarters, the leader in charge."""
    led = [("leader_in_charge", unit) for unit in units] + [("headquarters", unit) for unit in units[-1:]]
    higher = units[1:] if office == "party_department" else units
    departments = [(name, unit) for name in ("party_department", "headquarters") for unit in higher]
    match word:
        case "party_department":
            return departments
        case "office_above":
            same = [(office, unit) for unit in units[1:]] if office else []
            return [*same, *(departments if office == "party_department" else ()), *led]
        case _:
            return led
