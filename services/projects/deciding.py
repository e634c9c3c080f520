"""Whose word is whose in an open step: by office, by transfer, as the nearest, or from above (R3, R6)."""

from __future__ import annotations

from collections.abc import Iterable

from services.projects.acting import Asking
from services.projects.domain.project.content import Seat
from services.projects.domain.project.standing import Standing
from services.projects.domain.project.state import SeatNotAddressed, State
from shared import ties
from shared.domain import By, NotAllowed, PersonId
from shared.offices import rights_of

CHANGES_DECISIONS = "change_decision"


def in_open_seat(asking: Asking, state: State, standing: Standing, seats: Iterable[Seat]) -> tuple[By, Seat]:
    """The signature for the first of these seats that is theirs; SeatNotAddressed.

    Who took a seat over comes first. A seat that was transferred to somebody else is theirs only for
    lack of another, so that the rule says who acts.
    """
    seats, handlers = tuple(seats), standing.handlers
    for seat in seats:
        if handler := handlers.get(seat):
            for term in asking.terms():
                theirs = handler.person in (asking.person, term.person)
                if theirs and Seat(term.office, term.unit) == handler.office:
                    return asking.as_holder(term), seat
    free = [seat for seat in seats if not handler_acts(asking, state, standing, seat)]
    try:
        return asking.in_seat(free, state.players)
    except SeatNotAddressed:
        return asking.in_seat(seats, state.players)


def handler_acts(asking: Asking, state: State, standing: Standing, seat: Seat) -> bool:
    """Whether the seat was transferred, and whoever took it over can act for it today."""
    handler = standing.handlers.get(seat)
    if handler is None:
        return False
    able = handler.person in colleagues(asking, handler.office)
    return able and state.players.isdisjoint({handler.person, *ties_of(asking, handler.person)})


def colleagues(asking: Asking, office: Seat) -> tuple[PersonId, ...]:
    """Who hold an office today, and who stand in for them."""
    holders = asking.organisation.holders(office.office, office.unit, asking.today)
    people = (p for term in holders for p in (term.person, *term.stood_in_by(asking.today)))
    return tuple(dict.fromkeys(people))


def ties_of(asking: Asking, person: PersonId) -> tuple[PersonId, ...]:
    """Whose conflicts somebody shares today (R5, R8)."""
    return ties.ties_of(asking.organisation, person, asking.today)


def whose_word(asking: Asking, state: State, standing: Standing) -> tuple[By, Seat]:
    """Of their seats the one whose word is waited for; any, where theirs are given or not yet to come.

    What is wrong with the word of another seat, the rule says (R29).
    """
    try:
        return in_open_seat(asking, state, standing, standing.asked_now)
    except SeatNotAddressed:
        return in_open_seat(asking, state, standing, standing.seats)


def spoken_for(asking: Asking, state: State, standing: Standing) -> tuple[By, Seat]:
    """The seat whose word they gave, to take it back; any of theirs, where they gave none (R82)."""
    given = [seat for seat, word in standing.opinions.items() if word.person == asking.person]
    try:
        return in_open_seat(asking, state, standing, given)
    except SeatNotAddressed:
        return in_open_seat(asking, state, standing, standing.seats)


def can_sign(asking: Asking, state: State, signer: Seat) -> bool:
    """Whether an office is of the company or above it, and somebody without conflict acts for it (R3)."""
    known = asking.organisation
    in_line = known.company(signer.unit) == state.company or known.reaches(signer.unit, state.company)
    nearest = known.nearest(signer.office, signer.unit, asking.today, state.players) if in_line else None
    return nearest is not None


def from_above(asking: Asking, state: State) -> tuple[By, bool]:
    """The signature of who may change decisions, and whether their office is above all that were asked.

    In person alone (R8). Above a seat is an office of a unit over its unit, or of the same one where
    the seat itself decides nothing. Raises NotAllowed.
    """
    found = None
    for term in asking.organisation.offices_of(asking.person, asking.today):
        chosen = asking.office in (None, term.id) and CHANGES_DECISIONS in rights_of(term.office)
        if not chosen or not asking.organisation.reaches(term.unit, state.unit):
            continue
        here = Seat(term.office, term.unit)
        if all(_above(asking, here, seat) for seat in state.approval.seats):
            return asking.as_holder(term), True
        found = found or (asking.as_holder(term), False)
    if found is None:
        raise NotAllowed()
    return found


def _above(asking: Asking, office: Seat, seat: Seat) -> bool:
    if office.unit == seat.unit:
        return "decide" not in rights_of(seat.office)
    return asking.organisation.reaches(office.unit, seat.unit)
