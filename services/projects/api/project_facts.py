"""Who may take an act on a project, and what else its rules ask to know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from uuid import UUID

from services.projects.acting import Asking
from services.projects.api.acts import FactOf, Situation
from services.projects.api.signing_acts import tied_to
from services.projects.deciding import handler_acts, spoken_for, whose_word
from services.projects.domain.handover import HANDOVER
from services.projects.domain.project import (
    PROJECT,
    succession,
)
from services.projects.domain.project.approval import refuse_other_step
from services.projects.domain.project.change import waiting
from services.projects.domain.project.content import Alteration, Seat, altered
from services.projects.domain.project.route import Onward, Step
from services.projects.domain.project.standing import NOBODY_ASKED, Standing
from services.projects.domain.project.state import Key, SeatNotAddressed, State
from services.projects.facts import (
    change_onward,
    change_route,
    content_hash,
    first_key_seats,
    led_by,
    limits_of,
    parts_to_move,
    second_key_units,
)
from services.projects.minutes import Decided, decided_on
from services.projects.parts import Parts
from shared import clock
from shared.bodies import made
from shared.domain import FIRST_OFFICE, By, NotAllowed, UnitId
from shared.folding import folded
from shared.ids import derived

LEADS = ("propose", "lead_project")

# Who signs


def leads(asking: Asking, state: State, body: Any) -> By:
    """An office that leads projects of the leading organisation."""
    return asking.with_any_right(LEADS, state.unit)


def keeps_going(asking: Asking, state: State, body: Any) -> By:
    """Who leads, or while nobody does the custodian: they record, report and ask for time (R10)."""
    try:
        return leads(asking, state, body)
    except NotAllowed:
        return asking.as_custodian(FIRST_OFFICE[state.leader], state.unit)


def takes_part(asking: Asking, state: State, body: Any) -> By:
    """Who leads or keeps it going, or anybody on the team in their own name."""
    try:
        return keeps_going(asking, state, body)
    except NotAllowed:
        if asking.person not in state.team:
            raise
    return asking.as_member()


def member(asking: Asking, state: State, body: Any) -> By:
    """Anybody of the group, in their own name."""
    return asking.as_member()


def accepts(asking: Asking, state: State, body: Any) -> By:
    """The nearest to the secretary who did not do the task; of a pair perhaps the partner's (R3, R4)."""
    task = state.tasks.get(body.task)
    without = {task.holder} if task else set()
    partner = next((partner.unit for partner in state.proposal.partners if partner.unit), None)
    return asking.in_seat([_first_seat(state)], without, partner)[0]


def chooses(asking: Asking, state: State, body: Any) -> By:
    """The nearest to the secretary who does not claim the item (R39)."""
    task = state.tasks.get(body.task)
    return asking.in_seat([_first_seat(state)], set(task.claimants) if task else set())[0]


def confirms(asking: Asking, state: State, body: Any) -> By:
    """The source department of the indicator, by somebody without a part in the project (R40)."""
    return asking.in_seat([state.indicator(body.indicator).source], state.players)[0]


def first_key(asking: Asking, state: State) -> tuple[By, Seat]:
    """Of their seats in the first key one that has not reviewed; any, where theirs have."""
    waiting = [seat for seat in state.closing.first_key if seat not in state.closing.reviewers]
    try:
        return asking.in_seat(waiting, state.barred("first"))
    except SeatNotAddressed:
        return asking.in_seat(state.closing.first_key, state.barred("first"))


def turns_first_key(asking: Asking, state: State, body: Any) -> By:
    """Who sits in the first key, or is nearest to it without being in the other (R3, R4)."""
    return first_key(asking, state)[0]


def in_first_key(asking: Asking, state: State) -> tuple[By, Seat]:
    """The signature of somebody who did not work on it for a seat of the first key to come, and the seat."""
    return asking.in_seat(first_key_seats(state), state.workers)


def reviews_stage(asking: Asking, state: State, body: Any) -> By:
    """Who will turn the first key, by somebody who did not work on it (R24)."""
    return in_first_key(asking, state)[0]


def returning(asking: Asking, state: State) -> tuple[By, Key]:
    """In which of the two keys somebody sits; in the second as secretary of a committee that may hold it."""
    try:
        return asking.in_seat(state.closing.first_key, state.barred("first"))[0], "first"
    except SeatNotAddressed:
        units = second_key_units(asking, state, asking.today)
        secretaries = [Seat("party_secretary", unit) for unit in units]
        return asking.in_seat(secretaries, state.barred("second"))[0], "second"


def right(name: str) -> Callable[[Asking, State, Any], By]:
    """Any office with this right over the leading organisation."""

    def signed(asking: Asking, state: State, body: Any) -> By:
        return asking.with_right(name, state.unit)

    return signed


# Facts


def today(it: Situation) -> Any:
    """The local date."""
    return it.asking.today


def confirming_seat(it: Situation) -> Seat:
    """The seat that is to confirm the named changes."""
    wanted = {
        c.confirmer for c in it.state.approval.conditions if c.confirmer and c.number in it.body.numbers
    }
    return it.asking.in_seat(wanted or it.state.approval.seats, it.state.players)[1]


def secrecy_valid(it: Situation) -> bool:
    """Whether the named person was secrecy reviewer over the leading organisation on the named day (R74)."""
    said = it.body.secrecy
    if said is None:
        return False
    reviewer = it.asking.organisation.may(said.person, "review_secrecy", it.state.unit, said.on)
    return reviewer is not None


def to_lead(it: Situation) -> succession.Successor | None:
    """The unit that the body names, if it is in force."""
    unit, known = UnitId(it.body.unit), it.asking.organisation
    return led_by(known, unit) if known.heir(unit) == unit else None


def _first_seat(state: State) -> Seat:
    return Seat(FIRST_OFFICE[state.leader], state.unit)


def hash_after_change(it: Situation) -> str:
    """The content's hash once the requested change is made; that of today where there is none to approve."""
    return content_hash(altered(it.state.proposal, _asked_for(it)))


def parts_requested(it: Situation) -> tuple[str, ...]:
    """In which parts the version that a request asks for is new to the project (R19)."""
    asked = getattr(it.body, "alteration", None) or it.state.changes.get(it.body.change)
    version = asked.programme if asked else None
    return parts_to_move(it.asking, it.state, version, by_order=False) if version else ()


async def look_at_meeting(parts: Parts, project: UUID, body: Any) -> Decided:
    """What a confirmed meeting decided on the item that is about this project."""
    return await decided_on(parts.ledgers, body.meeting, body.item, project)


async def look_at_handover(parts: Parts, project: UUID, body: Any) -> bool:
    """Whether a handover of the project's lead is owed (R11)."""
    return await handover_is_owed(parts, await folded(parts.ledgers, PROJECT, project))


async def handover_is_owed(parts: Parts, state: State) -> bool:
    """Whether who holds the office that leads has not taken it over yet, and is not late with that (R11)."""
    known = parts.organisation
    day = clock.today(parts.clock, parts.settings.time_zone)
    for term in known.holders(FIRST_OFFICE[state.leader], state.unit, day):
        handover = await folded(parts.ledgers, HANDOVER, UUID(derived("handover", term.id)))
        if handover.parties and handover.confirmed_on is None and not (handover.overdue or handover.lapsed):
            return True
    return False


def department(asking: Asking, state: State, body: Any) -> By:
    """The party department, by somebody without a part in the project."""
    return asking.in_seat([Seat("party_department", state.company)], state.players)[0]


def decides_change(asking: Asking, state: State, body: Any) -> By:
    """Who acts for a seat of the change's open step, or was asked when there were no steps yet (R3)."""
    return _deciding(asking, state, body)[0]


def _deciding(asking: Asking, state: State, body: Any) -> tuple[By, Seat]:
    """Of their seats the one whose word is waited for; any, where theirs are given or not yet to come."""
    standing = _standing(state, body)
    if not standing.seats:
        return asking.in_seat(_before_routes(asking, state, body), state.players)
    return whose_word(asking, state, standing)


def takes_back_on_change(asking: Asking, state: State, body: Any) -> By:
    """Who acts for the seat for which they spoke on a change (R82)."""
    return _spoken_on_change(asking, state, body)[0]


def _spoken_on_change(asking: Asking, state: State, body: Any) -> tuple[By, Seat]:
    """The seat whose word they gave; any of theirs, where they gave none."""
    _refuse_unless_open(state, body)
    return spoken_for(asking, state, _standing(state, body))


def signs_change(asking: Asking, state: State, body: Any) -> By:
    """Who acts for a seat of the change's open step that has not spoken (R3)."""
    _refuse_unless_open(state, body)
    return _deciding(asking, state, body)[0]


def _standing(state: State, body: Any) -> Standing:
    """Where a change stands on its way; nobody is asked of one that is not open."""
    return state.deciding.get(body.change, NOBODY_ASKED)


def _refuse_unless_open(state: State, body: Any) -> None:
    """To who comes too late it is said that the change went on, and not that its next step is not theirs."""
    waiting(body.change, state)
    refuse_other_step(body.step, state.deciding[body.change])


def _before_routes(asking: Asking, state: State, body: Any) -> Iterator[Seat]:
    """Who decides on a request that names nobody: the last of its route; of a committee its secretary."""
    steps = change_route(asking, state, state.changes.get(body.change) or Alteration())
    last = next((step for step in reversed(steps) if step.decides != "filing"), steps[-1])
    for seat in last.seats:
        yield Seat("party_secretary", seat.unit) if last.decides == "meeting" else seat


def _asked_for(it: Situation) -> Alteration:
    """What the request asks for, made now or before; nothing, where it is not open."""
    asked = getattr(it.body, "alteration", None)
    return (made(Alteration, asked) if asked else it.state.changes.get(it.body.change)) or Alteration()


def route_requested(it: Situation) -> tuple[Step, ...]:
    """The route that a request would take (R19)."""
    return change_route(it.asking, it.state, _asked_for(it))


def change_goes_on(it: Situation) -> Onward:
    """The last day of the step of a change that opens next."""
    standing = _standing(it.state, it.body)
    start = 0 if standing.open is None else standing.open + 1
    return change_onward(it.asking, standing.route or route_requested(it), start)


def demanded_by(it: Situation) -> str:
    """The superior document because of which a version applies to running projects (R19)."""
    found = it.asking.organisation.version(it.body.programme)
    return found.demanded_by if found else ""


def limits(it: Situation) -> Any:
    """What the programme lets a project take."""
    return limits_of(it.asking, it.state)


def units(it: Situation) -> Any:
    """The units to which they belong, or belonged of late, and the branches of those they share with (R5)."""
    known = it.asking.organisation.people
    shared = [known[other].unit for other in it.asking.tied_to() if other in known]
    own = it.asking.units(limits_of(it.asking, it.state).former_posts_months)
    return tuple(dict.fromkeys((*own, *shared)))


def says_no_tie(it: Situation) -> bool:
    """Whether they have declared this year to have no tie with the leading organisation (R5)."""
    return it.state.unit in it.asking.organisation.untied(it.by.person, it.asking.today)


def dispute_days(it: Situation) -> date:
    """The last day for disputing a finding, or for deciding on that, counted from today (R48)."""
    days = limits_of(it.asking, it.state).dispute_working_days
    return it.asking.organisation.working_day_after(it.asking.today, days, [it.state.unit])


def _in_seat_of_change(found: Callable[[Asking, State, Any], tuple[By, Seat]]) -> dict[str, FactOf]:
    """The facts of every act for a seat of a change's open step."""

    def seat(it: Situation) -> Seat:
        return found(it.asking, it.state, it.body)[1]

    return {
        "seat": seat,
        "tied_to": tied_to,
        "handler_acts": lambda it: handler_acts(it.asking, it.state, _standing(it.state, it.body), seat(it)),
    }


WORD_ON_CHANGE = _in_seat_of_change(_spoken_on_change)
SIGNS_CHANGE = _in_seat_of_change(_deciding)
DECIDES_CHANGE: dict[str, FactOf] = SIGNS_CHANGE | {"content_hash": hash_after_change}
