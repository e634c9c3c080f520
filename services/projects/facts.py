"""Facts that the edge puts into a project's commands: hashes, routes, dates, seats, marks to be given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from hashlib import sha256

import msgspec

from services.projects.acting import Asking
from services.projects.checklists import Asked
from services.projects.domain.body import Kind
from services.projects.domain.project.closing import SECOND_KEY_AT_LEAST, Criterion
from services.projects.domain.project.content import Alteration, LeaderKind, Part, Proposal, Seat, touched
from services.projects.domain.project.limits import USUAL, Limits
from services.projects.domain.project.route import Onward, Question, Step, ratified_at
from services.projects.domain.project.state import State
from services.projects.domain.project.succession import Successor
from services.projects.domain.quorum import can_pass
from services.projects.programme_content import Deadlines, Retention, YearWindow, read_content
from services.projects.routing import (
    Route,
    choose_route,
    due_of,
    leader_kind,
    programme_in_force,
    steps_found,
)
from shared.codec import canonical
from shared.domain import FIRST_OFFICE, MODEL_BRANCH, PersonId, UnitId
from shared.organisation import Organisation
from shared.working_days import working_day_after

CHANGE_WORKING_DAYS = 3  # of a step of a change that no programme names
GROUP = "group"  # name of the ledger of what is nobody's below the group
TRACK_LETTERS = {
    "major_projects": "Z",
    "reform_innovation": "G",
    "safety_quality": "A",
    "management_effectiveness": "X",
}


def content_hash(proposal: Proposal) -> str:
    """SHA-256 of the content's canonical bytes, as hex: what an opinion binds to.

    What was added to contents later is left out where it says nothing, so that older ones keep their hash.
    """
    said = msgspec.to_builtins(proposal)
    for later in ("serves", "strong_side_reason"):
        if not said[later]:
            del said[later]
    return sha256(canonical(said)).hexdigest()


def lead_of(organisation: Organisation, unit: UnitId, leader: LeaderKind, on: date) -> PersonId | None:
    """The first responsible person: who holds the leading organisation's first office."""
    holders = organisation.holders(FIRST_OFFICE[leader], unit, on)
    return holders[0].person if holders else None


def route_of(asking: Asking, state: State) -> Route:
    """The pinned route of a proposal that was submitted before (R18), else the one in force that fits."""
    if state.approval.route:
        return Route(state.programme, state.approval.route_code, state.approval.route, state.supplement)
    programme = programme_in_force(asking.organisation, asking.today)
    known = asking.organisation
    return choose_route(known, programme, state.unit, state.leader, state.proposal, asking.today)


def to_adopt(asking: Asking, state: State) -> str:
    """The version that a returned proposal has to adopt before it is submitted (R19)."""
    found = asking.organisation.to_adopt(state.programme, asking.today) if state.approval.route else None
    return found.version if found else ""


def parts_to_move(asking: Asking, state: State, version: str, by_order: bool) -> tuple[str, ...]:
    """In which parts a version that began later applies to a running project (R19)."""
    known = asking.organisation

    def is_new(part: str) -> bool:
        since = known.begun_since(state.goes_by(part), asking.today)
        return version in (later.version for later in since)

    found = known.version(version)
    if found is None:
        return ()
    wanted = found.by_order if by_order else (*found.by_order, *found.on_request)
    return tuple(part for part in wanted if is_new(part))


def supplement_in_force(asking: Asking, state: State) -> str:
    """The company's version beside the programme in force (R22); empty where it has none."""
    programme = programme_in_force(asking.organisation, asking.today).version
    found = asking.organisation.supplement(state.unit, programme, asking.today)
    return found.version if found else ""


def strong_side_is_model(asking: Asking, state: State) -> bool:
    """Whether the strong side of a pair is a model branch today; so where it is none of our units.

    It leads, or is the partner where no partner is the weak side.
    """
    partners = state.proposal.partners
    leads = any(partner.weak for partner in partners)
    strong = [state.unit] if leads else [partner.unit for partner in partners if partner.unit]
    known = asking.organisation.units
    return all(MODEL_BRANCH in known[unit].marks_on(asking.today) for unit in strong if unit in known)


def first_due(asking: Asking, state: State) -> date | None:
    """The last day of the step with which a submission begins."""
    steps = route_of(asking, state).steps[state.goes_on_at :]
    return due_of(asking.organisation, steps[0], asking.today) if steps else None


def onward(asking: Asking, state: State) -> Onward:
    """The next step's last day, and the number should there be none."""
    opened = state.approval.rejected if state.phase == "rejected" else state.approval.open
    start = ratified_at(state.approval.route) if opened is None else opened + 1
    later = () if start is None else state.approval.route[start:]
    following = next((step for step in later if step.decides != "filing"), None)
    due = due_of(asking.organisation, following, asking.today) if following else None
    return Onward(due, number_of(state), asking.today)


def number_of(state: State) -> str:
    """The approved project's number: its reference with the track's letter before the serial (R81)."""
    head, _, serial = state.reference.rpartition("-")
    return f"{head}-{TRACK_LETTERS.get(state.proposal.track, 'Q')}-{serial}"


def reference_of(organisation: Organisation, company: UnitId, year: int, serial: int) -> str:
    """The short readable reference of a draft: year, company's code, serial within both (R81)."""
    return f"{year}-{organisation.units[company].code}-{serial:04}"


def first_key_seats(state: State) -> tuple[Seat, ...]:
    """Who turns the first key: the party department, and those who stand for the figures (R52)."""
    sources = {indicator.source for indicator in state.proposal.targets}
    asked = [Seat("party_department", state.company)]
    return (*asked, *sorted(sources - set(asked), key=lambda seat: (seat.office, seat.unit)))


def second_key_units(asking: Asking, state: State, held_on: date) -> tuple[UnitId, ...]:
    """Whose committee may turn the second key: the company's, or the one that decided to begin (R52).

    Where the company's has too few without conflict on that day, the nearest one above as well, and of
    a pair the strong partner's.
    """
    known = asking.organisation
    decided = (seat.unit for step in state.approval.route if step.decides == "meeting" for seat in step.seats)
    units = tuple(dict.fromkeys((state.company, *decided)))
    committee = known.body("party_committee", state.company, held_on)
    free = set(committee) - known.with_ties(state.barred("second"), held_on)
    if len(free) >= SECOND_KEY_AT_LEAST and can_pass(len(committee), len(free)):
        return units
    strong = (p.unit for p in state.proposal.partners if state.proposal.pair and p.unit and not p.weak)
    others = (body_above(known, "party_committee", state.company, held_on), *map(known.company, strong))
    return tuple(dict.fromkeys((*units, *(unit for unit in others if unit is not None))))


def body_above(organisation: Organisation, kind: Kind, unit: UnitId, on: date) -> UnitId | None:
    """The nearest unit above that has such a body with members; None at the top (R27)."""
    higher = (found for found in organisation.above(unit) if found != unit)
    return next((found for found in higher if organisation.body(kind, found, on)), None)


def judged_criteria(asking: Asking, state: State) -> tuple[Criterion, ...]:
    """The criteria that the second key marks, from the scheme of the pinned version (R53)."""
    version = state.goes_by("scheme")
    if not version:  # nothing is pinned before the proposal is submitted
        return ()
    programme = asking.organisation.version(version)
    assert programme is not None, f"the pinned version {version} was published"
    return tuple(
        Criterion(criterion.code, criterion.weight, criterion.zh)
        for group in read_content(programme.content).scheme.groups
        for criterion in group.criteria
        if criterion.source == "judged"
    )


def limits_of(asking: Asking, state: State) -> Limits:
    """What the version sets to which the project is pinned (R18), before that the one in force."""
    return limits_by(asking, state.goes_by("deadlines"))


def limits_by(asking: Asking, version: str = "") -> Limits:
    """What a version sets; the one in force, where there is none of that name."""
    known = asking.organisation
    programme = known.version(version) or known.programme(asking.today)
    return read_content(programme.content).deadlines.limits if programme else USUAL


def year_ends(asking: Asking, state: State, year: int) -> date:
    """The last day of a year by the version to which the project is pinned (R25)."""
    known = asking.organisation
    programme = known.version(state.goes_by("deadlines")) or known.programme(asking.today)
    window = read_content(programme.content).deadlines.year_window if programme else YearWindow()
    return window.ends(year)


def retention_of(asking: Asking, state: State) -> str:
    """How long the archive keeps it, as the version says to which it is pinned."""
    if state.archive.retention:  # as it was said first: what is added later is kept as long
        return state.archive.retention
    known = asking.organisation
    programme = known.version(state.goes_by("deadlines")) or known.programme(asking.today)
    kept = read_content(programme.content).deadlines.retention if programme else Retention()
    return kept.awards_and_approved_projects if state.phase == "closed" else kept.rejected_and_ended


def final_seats(state: State) -> tuple[Seat, ...]:
    """Who decided last in the approval; for a committee its secretary signs."""
    last = next((step for step in reversed(state.approval.route) if step.decides != "filing"), None)
    if last is None:
        return ()
    return tuple(Seat("party_secretary", s.unit) if last.decides == "meeting" else s for s in last.seats)


def change_route(asking: Asking, state: State, alteration: Alteration) -> tuple[Step, ...]:
    """The route of a change: as the pinned programme says for the weightiest of what it touches."""
    return route_for(asking, state, touched(state.proposal, alteration))


def route_for(asking: Asking, state: State, parts: frozenset[Part]) -> tuple[Step, ...]:
    """The route of a change that touches these parts.

    The party department decides, where the programme names nobody for that; where a step finds no
    office of its own, it is the party department's as well.
    """
    programme = asking.organisation.version(state.programme)
    said = read_content(programme.content).routes.changes if programme else ()
    weighty = [one.steps for one in said if parts.intersection(one.touches)]
    steps = weighty[-1] if weighty else ()
    if isinstance(steps, str) or (not weighty and parts & {"target", "scheme"}):
        found = last_to_decide(state)
    else:
        found = steps_found(steps, asking.organisation, state.unit, state.proposal, asking.today)
    department = (Seat("party_department", state.company),)
    return tuple(replace(step, seats=step.seats or department) for step in found) or (
        Step("", "any", department, CHANGE_WORKING_DAYS),
    )


def last_to_decide(state: State) -> tuple[Step, ...]:
    """The step that decided last in the approval, which decides on what weighs as much (R28)."""
    last = next((step for step in reversed(state.approval.route) if step.decides != "filing"), None)
    return () if last is None else (replace(last, stops=False, checklist=()),)


def change_onward(asking: Asking, route: Sequence[Step], start: int) -> Onward:
    """The last day of the next step of a change that decides."""
    following = next((step for step in route[start:] if step.decides != "filing"), None)
    due = due_of(asking.organisation, following, asking.today) if following else None
    return Onward(due, on=asking.today)


def asked_in(asking: Asking, version: str, question: Question) -> Asked | None:
    """A question of a route's step as that version of the programme says it."""
    programme = asking.organisation.version(version)
    return read_content(programme.content).forms.asked(question.code) if programme else None


def deadlines(asking: Asking) -> Deadlines:
    """The section of the programme in force."""
    return read_content(programme_in_force(asking.organisation, asking.today).content).deadlines


def claim_window_ends(asking: Asking, unit: UnitId) -> date:
    """The last day on which a climbing item that is offered today can be claimed (R39)."""
    days = deadlines(asking).claim_window_working_days
    return asking.organisation.working_day_after(asking.today, days, [unit])


def look_back_on(asking: Asking) -> date:
    """When a finding that is closed today is looked at again."""
    months = deadlines(asking).look_back_months
    year, month = divmod(asking.today.year * 12 + asking.today.month - 1 + months, 12)
    return working_day_after(date(year, month + 1, min(asking.today.day, 28)), 0)


def successor_of(organisation: Organisation, unit: UnitId) -> Successor | None:
    """Who leads what this unit leads: itself, or its last successor; None where there is none (R70)."""
    heir = organisation.heir(unit)
    return None if heir is None else led_by(organisation, heir)


def goes_on_with(organisation: Organisation, company: UnitId) -> Successor:
    """Who goes on for a company: itself, its successor, or who is nearest above and in force."""
    above = next(unit for unit in organisation.above(company) if not organisation.units[unit].ceased)
    return successor_of(organisation, company) or led_by(organisation, above)


def led_by(organisation: Organisation, unit: UnitId) -> Successor:
    """What a project says of a unit in force that leads it."""
    company, ledger = organisation.company(unit), organisation.ledger(unit)
    assert company is not None, "every unit stands below the group"
    assert ledger is not None, "and is recorded in some ledger"
    return Successor(unit, company, leader_kind(organisation, unit), ledger)


def recorded_in(organisation: Organisation, state: State) -> str:
    """The name of the ledger in which a project is recorded now."""
    return state.ledger or (GROUP if state.company == organisation.group else state.company)
