"""The way that a proposal would take, before it is submitted: who decides, who in their place, when (R86)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.projects.acting import Asking
from services.projects.domain.body import KINDS_OF
from services.projects.domain.project.clarity import missing_in, owed_at_submission
from services.projects.domain.project.content import Seat
from services.projects.domain.project.route import Decides, Question, Step
from services.projects.domain.project.state import State
from services.projects.domain.quorum import can_pass
from services.projects.facts import body_above, route_of, strong_side_is_model
from services.projects.routing import due_of
from shared.domain import PersonId, UnitId
from shared.working_days import is_provisional


@dataclass(frozen=True, slots=True)
class Instead:
    """The nearest without conflict; a person of an overseas unit is not named (R75)."""

    person: PersonId | None
    office: str
    unit: UnitId


@dataclass(frozen=True, slots=True)
class Asked:
    """A seat: who holds it, and who acts where that is somebody else or nobody (R3)."""

    seat: Seat
    holders: tuple[PersonId, ...]  # without conflict; empty where they may not be named (R75)
    instead: Instead | None  # the nearest without conflict, where no holder can act
    waits: bool  # nobody can act, here or above


@dataclass(frozen=True, slots=True)
class Body:
    """The body that meets: whether those without conflict can pass it, else to whom it is referred (R27)."""

    unit: UnitId
    should_attend: int
    may_vote: int
    can_pass: bool
    referred_to: UnitId | None


@dataclass(frozen=True, slots=True)
class Ahead:
    """A step ahead, with the last day by which to expect it; provisional beyond the announced calendar."""

    step: int
    name: str
    decides: Decides
    asked: tuple[Asked, ...]
    bodies: tuple[Body, ...]
    expected: date
    provisional: bool
    checklist: tuple[Question, ...]  # answered with each word of the step's own seats


@dataclass(frozen=True, slots=True)
class Preview:
    """The route from where the proposal stands, and what a draft still lacks for it, as codes."""

    programme: str
    supplement: str
    route: str
    steps: tuple[Ahead, ...]
    missing: tuple[str, ...]


def preview(asking: Asking, state: State) -> Preview:
    """The pinned route of what was submitted, else the one that fits the draft as it is written now.

    Raises what keeps a route from being found.
    """
    route = route_of(asking, state)
    opened = state.approval.open
    return Preview(
        route.programme,
        route.supplement,
        route.code,
        tuple(_ahead(asking, state, route.steps, state.goes_on_at if opened is None else opened)),
        tuple(_missing(asking, state)) if state.phase == "draft" else (),
    )


def _missing(asking: Asking, state: State) -> Iterator[str]:
    """As the submission would name it, but for the resolution that comes with it."""
    yield from missing_in(state.proposal)
    yield from owed_at_submission(state.proposal, strong_side_is_model(asking, state))


def preview_of_change(asking: Asking, state: State, steps: tuple[Step, ...]) -> Preview:
    """The route that a change of a running project would take, were it asked for today."""
    return Preview(state.programme, "", "", tuple(_ahead(asking, state, steps, 0)), ())


def _ahead(asking: Asking, state: State, steps: tuple[Step, ...], first: int) -> Iterator[Ahead]:
    begins = asking.today
    for place, step in enumerate(steps[first:], first):
        expected = begins if step.decides == "filing" else due_of(asking.organisation, step, begins)
        seats = state.approval.seats if place == state.approval.open else step.seats
        meets = step.decides == "meeting"
        yield Ahead(
            place,
            step.name,
            step.decides,
            () if meets else tuple(_asked(asking, state, seat) for seat in seats),
            tuple(body for seat in seats if (body := _body(asking, state, seat))) if meets else (),
            expected,
            is_provisional(expected),
            step.checklist,
        )
        begins = expected


def _asked(asking: Asking, state: State, seat: Seat) -> Asked:
    known, day = asking.organisation, asking.today
    barred = known.with_deputies(state.players, day)
    able = tuple(p for p in known.persons(seat.office, seat.unit, day) if p not in barred)
    nearest = None if able else known.nearest(seat.office, seat.unit, day, state.players)
    instead = None
    if nearest:
        person = nearest.person if _named(asking, nearest.unit) else None
        instead = Instead(person, nearest.office, nearest.unit)
    return Asked(
        seat,
        able if _named(asking, seat.unit) else (),
        instead,
        waits=not able and instead is None,
    )


def _named(asking: Asking, unit: UnitId) -> bool:
    return not asking.organisation.is_overseas(unit)


def _body(asking: Asking, state: State, seat: Seat) -> Body | None:
    known, day = asking.organisation, asking.today
    for kind in sorted(KINDS_OF.get(seat.office, ())):
        if members := known.body(kind, seat.unit, day):
            free = set(members) - state.players
            passes = can_pass(len(members), len(free))
            above = None if passes else body_above(known, kind, seat.unit, day)
            return Body(seat.unit, len(members), len(free), passes, above)
    return None
