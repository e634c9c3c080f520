"""Acts by which partners are invited, join and leave: who signs for whom (R69, R72, R73)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from fastapi import APIRouter

from services.projects.acting import Asking
from services.projects.api.acts import Act, Situation
from services.projects.api.on_project import take_on_project
from services.projects.api.project_facts import leads, today
from services.projects.api.signing_acts import tied_to
from services.projects.domain.project import partnership
from services.projects.domain.project.content import Partner, Seat
from services.projects.domain.project.partnership import NotInvited
from services.projects.domain.project.state import Membership, SeatNotAddressed, State
from services.projects.routing import leader_kind
from shared.acts import offer
from shared.bodies import made
from shared.domain import FIRST_OFFICE, By, PersonId
from shared.organisation import Organisation

ANSWER_WORKING_DAYS = 20  # after a partner left (R69)
DEPUTIES = {"branch_secretary": "deputy_branch_secretary", "party_secretary": "deputy_party_secretary"}
NONE: frozenset[PersonId] = frozenset()


def signs_for(
    organisation: Organisation, state: State, partner: Partner, without: frozenset[PersonId], on: date
) -> Seat:
    """Whose word binds a partner: its first office, its deputy, the party department above it (R72).

    The first that somebody holds who is not on the other side; for an outside partner the party
    department confirms what it signed (R73).
    """
    seats = list(_seats(organisation, state, partner))
    held = (s for s in seats if not without.issuperset(organisation.persons(s.office, s.unit, on)))
    return next(held, seats[0])


def _seats(organisation: Organisation, state: State, partner: Partner) -> Iterator[Seat]:
    unit = partner.unit
    if unit is not None and unit in organisation.units:
        first = FIRST_OFFICE[leader_kind(organisation, unit)]
        yield Seat(first, unit)
        if first in DEPUTIES:
            yield Seat(DEPUTIES[first], unit)
    above = organisation.above(unit if unit in organisation.units else state.company)
    yield from (Seat("party_department", known) for known in above)


def _membership(state: State, key: str) -> Membership:
    known = state.membership(key)
    if known is None:
        raise NotInvited()
    return known


def joins(asking: Asking, state: State, body: Any) -> By:
    """Who signs for the partner; that one person signs for one side, the rule says (R72)."""
    known = _membership(state, body.partner)
    seats = (NONE, state.signed_for_lead(known))
    for without in seats:
        seat = signs_for(asking.organisation, state, known.partner, without, asking.today)
        try:
            return asking.in_seat([seat])[0]
        except SeatNotAddressed:
            continue
    raise SeatNotAddressed()


def leaves(asking: Asking, state: State, body: Any) -> By:
    """Who signs for the partner, or the party department where it is no more; the lead for an outside one."""
    known = _membership(state, body.partner)
    if known.partner.unit is None:
        return leads(asking, state, body)
    try:
        return joins(asking, state, body)
    except SeatNotAddressed:
        return asking.in_seat([Seat("party_department", state.company)], state.players)[0]


def asked(it: Situation) -> Seat:
    """Who is asked to sign for the partner, as things stand today."""
    partner = made(Partner, it.body.partner)
    without = it.state.signed_for_lead(Membership(partner)) | {it.by.person}
    return signs_for(it.asking.organisation, it.state, partner, without, it.asking.today)


def answer_by(it: Situation) -> date:
    """The last day on which the lead answers a departure (R69)."""
    return it.asking.organisation.working_day_after(it.asking.today, ANSWER_WORKING_DAYS, [it.state.unit])


ACTS: tuple[Act, ...] = (
    Act(partnership.InvitePartner, leads, {"today": today, "of": asked}),
    Act(partnership.JoinProject, joins, {"today": today, "tied_to": tied_to}),
    Act(
        partnership.LeaveProject,
        leaves,
        {"today": today, "answer_by": answer_by},
    ),
)

router = APIRouter(prefix="/projects", tags=["project acts"])
for _act in ACTS:
    offer(router, _act, "/{stream}", take_on_project)
