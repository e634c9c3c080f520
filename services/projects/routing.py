"""Which way a proposal takes: the programme's routes read, one chosen, its offices found in this group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from msgspec import structs

from services.projects.domain.body import KINDS_OF, Kind, next_regular
from services.projects.domain.dates import days_before
from services.projects.domain.project.content import LeaderKind, Proposal, Seat
from services.projects.domain.project.route import Step
from services.projects.programme_content import ORDER, FromBudget, RouteSaid, StepSaid, When, read_content
from services.projects.supplement_content import Additions, read_additions, steps_with
from shared.domain import Refusal, UnitId
from shared.organisation import Organisation, Programme

NOTHING_ADDED = Additions()
SMALL_FULL_MEMBERS = 7  # a branch below this has no committee (R1)


class NoProgrammeInForce(Refusal):
    """No programme is in force on {on}.

    Ask headquarters to publish the year's programme."""


class NoRouteFits(Refusal):
    """The programme {programme} has no route for this proposal.

    Ask headquarters to correct the programme."""


@dataclass(frozen=True, slots=True)
class Route:
    """A route as it is pinned to a submission."""

    programme: str
    code: str
    steps: tuple[Step, ...]
    supplement: str = ""  # the company's version beside it (R22)


def programme_in_force(organisation: Organisation, on: date) -> Programme:
    """The version in force on a day (R16); NoProgrammeInForce where nothing was ever published."""
    programme = organisation.programme(on)
    if programme is None:
        raise NoProgrammeInForce(on=on.isoformat())
    return programme


def taken_under(organisation: Organisation, state: Any) -> str | None:
    """The version that a decision names: the one that is pinned, or the corrigendum that mended it (R21)."""
    pinned: str = getattr(state, "programme", "")
    programme = organisation.version(pinned)
    return (programme.corrected_by if programme else "") or pinned or None


def tracks_of(organisation: Organisation, pinned: str, on: date) -> frozenset[str]:
    """The tracks of the pinned version, else of the one in force on a day (R18)."""
    programme = organisation.version(pinned) or programme_in_force(organisation, on)
    return frozenset(track.code for track in read_content(programme.content).tracks.tracks)


def theme_of(organisation: Organisation, pinned: str, on: date, language: str) -> str:
    """The theme of the pinned version's year, else of the one in force on a day; "" where there is none."""
    programme = organisation.version(pinned) or organisation.programme(on)
    return read_content(programme.content).tracks.theme_in(language) if programme else ""


def leader_kind(organisation: Organisation, unit: UnitId) -> LeaderKind:
    """How the leading organisation decides to propose: by which of its bodies (R1, R2)."""
    known = organisation.units[unit]
    if known.organisation in ("集团党委", "所属单位党委"):
        return "party_committee"
    if known.organisation == "党总支":
        return "general_branch"
    small = known.full_members < SMALL_FULL_MEMBERS
    return "branch_without_committee" if small or not known.has_committee else "branch_with_committee"


def choose_route(
    organisation: Organisation,
    programme: Programme,
    unit: UnitId,
    leader: LeaderKind,
    proposal: Proposal,
    on: date,
) -> Route:
    """The first route in the programme's order whose conditions hold, its seats found from the unit upwards.

    With what the company's supplement adds to it (R22).

    A step for which nobody is found stays, without a seat: it is not skipped, the rule refuses it (R23).
    Raises NoRouteFits.
    """
    routes = {route.code: route for route in read_content(programme.content).routes.routes}
    for code in ORDER:
        route = routes.get(code)
        if route is None or not _fits(route, organisation, unit, leader, proposal, on):
            continue
        added = organisation.supplement(unit, programme.version, on)
        additions = read_additions(added.content) if added else NOTHING_ADDED
        steps = (*route.extra_before, *steps_with(routes[route.then or code], additions))
        found = (
            _step(step, organisation, unit, proposal, on) for step in steps if _asked(step.asked, proposal)
        )
        return Route(programme.version, code, tuple(found), added.version if added else "")
    raise NoRouteFits(programme=programme.version)


@dataclass(frozen=True, slots=True)
class Unfilled:
    """An office that routes ask in a company and nobody holds there; who is asked instead (R23)."""

    office: str
    falls_to: UnitId | None  # None: nobody at any level, so that such a route blocks


def unfilled(organisation: Organisation, programme: Programme, company: UnitId, on: date) -> list[Unfilled]:
    """What a company has to settle before its first proposal, in the order in which routes ask."""
    asked = dict.fromkeys(
        (office, step.decides == "meeting")
        for route in read_content(programme.content).routes.routes
        for step in route.steps
        if step.of is None and step.decides != "filing"
        for office in ((step.office,) if isinstance(step.office, str) else step.office)
        if office != "headquarters"
    )
    found = []
    for office, meets in asked:
        holds = partial(_meets if meets else _is_held, organisation, office, on)
        where = next(filter(holds, organisation.above(company)), None)
        if where != company:
            found.append(Unfilled(office, where))
    return found


def due_of(organisation: Organisation, step: Step, today: date) -> date:
    """The last day of a step that opens today, by the calendars of who is asked (R38).

    A meeting's is its body's next regular one, unless it ratifies, which has its own days (R32, R33).
    """
    longest = organisation.working_day_after(today, step.working_days, [seat.unit for seat in step.seats])
    if step.decides != "meeting" or step.stops:
        return longest
    regular = (_regular(organisation, seat, kind, today) for seat in step.seats for kind in _kinds(seat))
    return min(longest, max(regular, default=longest))


def _kinds(seat: Seat) -> list[Kind]:
    return sorted(KINDS_OF.get(seat.office, ()))


def _regular(organisation: Organisation, seat: Seat, kind: Kind, today: date) -> date:
    """A body's next regular meeting; one on a day off is held on the next working day."""
    day = next_regular(organisation.rhythm(kind, seat.unit), today)
    return organisation.working_day_after(days_before(day, 1), 1, [seat.unit])


def _fits(
    route: RouteSaid,
    organisation: Organisation,
    unit: UnitId,
    leader: LeaderKind,
    proposal: Proposal,
    on: date,
) -> bool:
    def holds(condition: When) -> bool:
        named = structs.asdict(condition).items()
        return all(_holds(name, wanted) for name, wanted in named if wanted is not None)

    def _holds(name: str, wanted: Any) -> bool:
        match name:
            case "always":
                return bool(wanted)
            case "leader":
                return leader.startswith(wanted)
            case "mark_any":
                return bool(set(wanted) & set(organisation.units[unit].marks_on(on)))
            case "budget_below":
                return bool((proposal.budget or Decimal(0)) < wanted)
            case "budget_from":
                return bool((proposal.budget or Decimal(0)) >= wanted)
            case "track":
                return bool(proposal.track == wanted)
            case "serves":
                return bool(proposal.serves == wanted)
            case "emergency" | "pair":
                return getattr(proposal, name) is wanted
            case _:  # a condition on something that this version does not record never holds
                return False

    return any(map(holds, route.conditions))


def _asked(condition: FromBudget | None, proposal: Proposal) -> bool:
    return condition is None or (proposal.budget or Decimal(0)) >= condition.budget_from


def _step(step: StepSaid, organisation: Organisation, unit: UnitId, proposal: Proposal, on: date) -> Step:
    seats = seats_for(step, organisation, unit, proposal)
    if step.decides == "meeting":
        seats = list(dict.fromkeys(found for seat in seats if (found := _meeting(seat, organisation, on))))
    limit = step.limit or step.within
    return Step(
        step.zh,
        step.decides,
        tuple(seats),
        limit,
        two_thirds=step.present == "two_thirds",
        stops=step.if_not == "stop",
        share=step.share,
    )


def seats_for(step: StepSaid, organisation: Organisation, unit: UnitId, proposal: Proposal) -> list[Seat]:
    """The seats that all offices of a step mean."""
    offices = (step.office,) if isinstance(step.office, str) else step.office
    found = (_seats(office, step.of, organisation, unit, proposal) for office in offices)
    return list(dict.fromkeys(seat for seats in found for seat in seats))


def _seats(
    office: str, of: str | None, organisation: Organisation, unit: UnitId, proposal: Proposal
) -> list[Seat]:
    """The seats that an office means: of the company, the group, the partners, or the figures' sources.

    What an outside partner agreed to, the party department confirms (R73). Where all figures are
    finance's, finance countersigns for them as well, beside any step of its own (R6).
    """
    company = organisation.company(unit)
    if of == "partner":
        confirms = [Seat("party_department", company)] if company else []
        ours = [Seat(office, partner.unit) for partner in proposal.partners if partner.unit]
        return ours + (confirms if len(ours) < len(proposal.partners) else [])
    if of == "group" or office == "headquarters":
        company = organisation.group
    if office == "source_department" and of is None:
        sources = [target.source for target in proposal.targets]
        return [source for source in sources if source.office == office] or sources
    return [Seat(office, company)] if company else []


def _meeting(seat: Seat, organisation: Organisation, on: date) -> Seat | None:
    """The seat at the nearest unit, from its own upwards, whose body has members (R1)."""
    meets = partial(_meets, organisation, seat.office, on)
    unit = next(filter(meets, organisation.above(seat.unit)), None)
    return None if unit is None else Seat(seat.office, unit)


def _meets(organisation: Organisation, office: str, on: date, unit: UnitId) -> bool:
    return any(organisation.body(kind, unit, on) for kind in KINDS_OF.get(office, ()))


def _is_held(organisation: Organisation, office: str, on: date, unit: UnitId) -> bool:
    return bool(organisation.holders(office, unit, on))
