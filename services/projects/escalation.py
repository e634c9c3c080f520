"""To whom a step goes whose time is over: to the office above of each seat that has not spoken."""

from __future__ import annotations

from datetime import date

from services.projects.domain.body import KINDS_OF
from services.projects.domain.project.content import Seat
from services.projects.domain.project.state import State
from services.projects.facts import body_above
from shared.domain import UnitId
from shared.organisation import Organisation


def seats_above(
    organisation: Organisation, state: State, on: date
) -> tuple[tuple[Seat, ...], tuple[Seat, ...]]:
    """The seats whose word stands, and those above the others; none of these where nobody is above."""
    approval = state.approval
    spoken = tuple(seat for seat in approval.seats if seat in approval.opinions)
    silent = tuple(seat for seat in approval.seats if seat not in approval.opinions) or spoken
    find = body_seat_above if approval.decides == "meeting" else office_above
    above = dict.fromkeys(found for seat in silent if (found := find(organisation, seat, state, on)))
    stays = tuple(seat for seat in spoken if seat not in above)
    return stays, tuple(above)


def body_seat_above(organisation: Organisation, seat: Seat, _state: State, on: date) -> Seat | None:
    """The same seat of the nearest body above that has members (R27)."""
    kinds = sorted(KINDS_OF.get(seat.office, ()))
    units = (body_above(organisation, kind, seat.unit, on) for kind in kinds)
    unit = next((unit for unit in units if unit), None)
    return Seat(seat.office, unit) if unit else None


def office_above(organisation: Organisation, seat: Seat, state: State, on: date) -> Seat | None:
    """The same office above, for a party department at last headquarters; else the leader in charge (R3)."""

    def held(office: str, unit: UnitId) -> bool:
        return not state.players.issuperset(organisation.persons(office, unit, on))

    own, *higher = organisation.above(seat.unit)
    wanted = [(seat.office, unit) for unit in higher]
    if seat.office == "party_department":
        wanted += [("headquarters", unit) for unit in higher]
    if seat.office != "leader_in_charge":
        wanted += [("leader_in_charge", unit) for unit in (own, *higher)]
    found = next(((office, unit) for office, unit in wanted if held(office, unit)), None)
    return Seat(*found) if found else None
