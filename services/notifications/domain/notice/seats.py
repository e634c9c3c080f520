"""Whom an event addresses by office: who puts right, confirms, reviews, turns the second key."""

from __future__ import annotations

from collections.abc import Iterable

from services.notifications.domain import heard
from services.notifications.domain.known import Known
from shared.domain import FIRST_OFFICE, PersonId, UnitId


def inspector(finding: str, known: Known) -> dict[str, tuple[PersonId, ...]]:
    """Who found it, as rules address them."""
    inspector = known.inspectors.get(finding)
    return {"inspector": (PersonId(inspector),) if inspector else ()}


def rectifier(finding: str, known: Known) -> heard.Seat:
    """Who puts a finding right: the first office of its unit."""
    unit = known.rectifiers.get(finding, known.unit)
    office = first_office(known) if unit == known.unit else "branch_secretary"
    return heard.Seat(office, UnitId(unit))


def first_office(known: Known) -> str:
    """The office whose holder is the project's first responsible person."""
    return office_leading(known.leader)


def office_leading(leader: str) -> str:
    """The office that leads a party organisation of this kind."""
    return FIRST_OFFICE.get(leader, "branch_secretary")


def second_key(known: Known) -> heard.Seat:
    """Who calls the committee together that turns the second key (R52)."""
    return heard.Seat("party_secretary", UnitId(known.company))


def secrecy_reviewer(known: Known) -> heard.Seat:
    """Who looks for classified matter (R74)."""
    return heard.Seat("secrecy_reviewer", UnitId(known.company))


def newly_asked(event: heard.StepReferredUp | heard.ChangeReferredUp) -> tuple[heard.Seat, ...]:
    """Who is asked since a step went up, but for those whose word stands."""
    return tuple(seat for seat in event.seats if seat not in event.stays)


def confirmers(changes: Iterable[heard.RequiredChange]) -> tuple[heard.Seat, ...]:
    """Who is to confirm these changes, each once."""
    return tuple(dict.fromkeys(change.confirmer for change in changes if change.confirmer))
