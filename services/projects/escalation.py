"""To whom a step goes whose time is over: to the office above of each seat that has not spoken."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.projects.domain.body import KINDS_OF
from services.projects.domain.project.approval import StillAdded
from services.projects.domain.project.content import Seat
from services.projects.domain.project.standing import Standing
from services.projects.domain.project.state import State
from services.projects.facts import body_above
from shared.domain import UnitId
from shared.organisation import Organisation


@dataclass(frozen=True, slots=True)
class Above:
    """Who is asked once a step went up; of them whose word stands, and who still signs besides (R29)."""

    seats: tuple[Seat, ...] = ()
    stays: tuple[Seat, ...] = ()
    added: tuple[StillAdded, ...] = ()


def seats_above(organisation: Organisation, state: State, standing: Standing, on: date) -> Above:
    """Those above the silent seats; above whom there is nobody is asked still. Empty where nobody is above.

    Where all have spoken and it is stopped, those above come beside them, to return or reject it too.
    """
    find = body_seat_above if standing.decides == "meeting" else office_above
    silent = standing.waiting
    up = {seat: above for seat in silent or standing.seats if (above := find(organisation, seat, state, on))}
    if not up:
        return Above()
    asked = tuple(dict.fromkeys([up.get(seat, seat) for seat in silent] or up.values()))
    stays = tuple(seat for seat in standing.seats if seat in standing.opinions and seat not in asked)
    return Above((*stays, *asked), stays, _still_added(standing, up if silent else {}))


def _still_added(standing: Standing, up: Mapping[Seat, Seat]) -> tuple[StillAdded, ...]:
    """The added signers, or who is above them; who is above a seat of the step as well stands for that."""
    added = standing.added
    own = {up.get(seat, seat) for seat in standing.seats if seat not in added}
    still = dict[Seat, StillAdded]()
    for signer, how in added.items():
        here = up.get(signer, signer)
        if here not in own:
            still.setdefault(here, StillAdded(here, how.place, up.get(how.beside, how.beside)))
    return tuple(still.values())


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
