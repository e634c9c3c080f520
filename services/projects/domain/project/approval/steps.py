"""What all steps of a route share: one opens after the other, and the last one through approves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol, TypeVar, assert_never

from services.projects.domain.project.content import FIELDS, Proposal, Seat
from services.projects.domain.project.route import (
    Decides,
    Onward,
    RequiredChange,
    Share,
    Step,
    Wanted,
    ratified_at,
)
from services.projects.domain.project.standing import Standing
from services.projects.domain.project.state import ContentHasChanged, State, require
from shared.domain import Incomplete, NotAsItStands, Refusal, UnitId

S = TypeVar("S", bound=Standing)


@dataclass(frozen=True, slots=True)
class StepOpened:
    """A step of the route asks its seats; a filing step only informs them (R34)."""

    step: int  # place in the route, from 0
    name: str
    seats: tuple[Seat, ...]
    decides: Decides
    due: date | None
    on: date | None = None
    share: Share | None = None


@dataclass(frozen=True, slots=True)
class StepCompleted:
    """The step agreed, perhaps on condition."""

    step: int


@dataclass(frozen=True, slots=True)
class ProjectApproved:
    """It is a project now: this content, under this number and programme version."""

    number: str
    programme: str
    content_hash: str
    company: UnitId
    unit: UnitId
    proposal: Proposal


Event = StepOpened | StepCompleted | ProjectApproved


class StepNotOpen(NotAsItStands):
    """This step is not open now.

    Look at the route to see which step decides."""


class NoSuchField(Refusal):
    """A proposal has no field {field}.

    Name the field that each change touches."""


def refuse_unanchored(wanted: Sequence[Wanted]) -> None:
    """Incomplete for a change that says nothing; NoSuchField for one that nobody could make (R30)."""
    if blank := [f"changes.{n}.text" for n, change in enumerate(wanted, 1) if not change.text.strip()]:
        raise Incomplete(missing=blank)
    for change in wanted:
        if change.field not in FIELDS:
            raise NoSuchField(field=change.field)


def numbered(
    state: State, wanted: Sequence[Wanted], confirmer: Seat | None = None
) -> tuple[RequiredChange, ...]:
    """The wanted changes under the proposal's next numbers."""
    first = state.approval.numbered + 1
    return tuple(
        RequiredChange(number, change.text, change.field, confirmer)
        for number, change in enumerate(wanted, first)
    )


def steps_from(route: Sequence[Step], start: int, due: date | None, on: date | None) -> list[StepOpened]:
    """What opens at this place of a route: filing steps only inform, so it runs on to the next decider."""
    opened = []
    for place, step in enumerate(route[start:], start):
        files = step.decides == "filing"  # `due` is the decider's
        last_day = None if files else due
        opened.append(StepOpened(place, step.name, step.seats, step.decides, last_day, on, step.share))
        if not files:
            break
    return opened


def onward(state: State, new_conditions: Sequence[RequiredChange], facts: Onward) -> list[Event]:
    """The open step is through; the next opens, or the project is approved if no condition is left."""
    assert state.approval.open is not None  # a step just decided
    place = state.approval.open
    ratified = None if state.ratifying else ratified_at(state.approval.route)
    opened = steps_from(state.approval.route[:ratified], place + 1, facts.due, facts.on)
    events: list[Event] = [StepCompleted(place), *opened]
    is_through = not state.ratifying and (not opened or opened[-1].decides == "filing")
    if is_through and not new_conditions and not state.approval.conditions:
        events += approved(state, facts)
    return events


def approved(state: State, facts: Onward) -> list[Event]:
    """It is a project; where a meeting has to ratify that, it is asked now (R33)."""
    route = state.approval.route
    ratified = ratified_at(route)
    made = ProjectApproved(
        facts.number, state.programme, state.content_hash, state.company, state.unit, state.proposal
    )
    if ratified is None or ratified == state.approval.open:
        return [made]
    return [made, *steps_from(route, ratified, facts.due, facts.on)]


def refuse_decided(state: State) -> None:
    """NotInApproval for what is neither on its way nor to be ratified."""
    if not state.ratifying:
        require(state, "in_approval")


def refuse_unless_open(step: int, state: State) -> None:
    refuse_other_step(step, state.approval)


def refuse_other_step(step: int, standing: Standing) -> None:
    """StepNotOpen for a step that does not decide now."""
    if standing.open != step:
        raise StepNotOpen()


def refuse_other_content(content_hash: str, state: State) -> None:
    if content_hash != state.content_hash:
        raise ContentHasChanged()


def evolve(state: State, event: Event) -> State:
    """The project after an event that steps of every kind have."""
    approval = state.approval
    match event:
        case StepOpened(decides="filing"):
            filed = {**approval.filed, event.step: event.on or date.min}
            objected = {key: known for key, known in approval.objected.items() if key[0] != event.step}
            return replace(state, approval=replace(approval, filed=filed, objected=objected))
        case StepOpened():
            return replace(state, approval=opened(approval, event))
        case StepCompleted():
            return replace(state, approval=asking(replace(approval, open=None)))
        case ProjectApproved():
            return replace(
                state, phase="in_implementation", proposal=event.proposal, content_hash=event.content_hash
            )
        case _:
            assert_never(event)


class Opened(Protocol):
    """That a step of some route opened."""

    @property
    def step(self) -> int: ...
    @property
    def seats(self) -> tuple[Seat, ...]: ...
    @property
    def decides(self) -> Decides: ...
    @property
    def due(self) -> date | None: ...
    @property
    def on(self) -> date | None: ...
    @property
    def share(self) -> Share | None: ...


def opened(standing: S, event: Opened) -> S:
    """With the step that decides now, and its seats asked."""
    begun = replace(
        standing,
        open=event.step,
        opened_on=event.on or date.min,
        due=event.due,
        raised_on=(),
        decides=event.decides,
        share=event.share,
        urged_on=None,
    )
    return asking(begun, event.seats)


def asking(standing: S, seats: tuple[Seat, ...] = ()) -> S:
    """With these seats asked, of whom nobody has spoken yet."""
    return replace(standing, seats=seats, opinions={}, added={}, handlers={})


class ReferredUp(Protocol):
    """That the open step of some route is for other seats now."""

    @property
    def seats(self) -> tuple[Seat, ...]: ...
    @property
    def due(self) -> date | None: ...
    @property
    def on(self) -> date | None: ...
    @property
    def stays(self) -> tuple[Seat, ...]: ...


def referred(standing: S, event: ReferredUp) -> S:
    """With the seats to which it went up asked; a word that stays is not asked for again."""
    return replace(
        asking(standing, event.seats),
        due=event.due,
        raised_on=standing.raised_on + ((event.on,) if event.on else ()),
        opinions={seat: word for seat, word in standing.opinions.items() if seat in event.stays},
        handlers={seat: who for seat, who in standing.handlers.items() if seat in event.seats},
    )


def with_conditions(state: State, changes: tuple[RequiredChange, ...]) -> State:
    approval = replace(
        state.approval,
        numbered=state.approval.numbered + len(changes),
        conditions=state.approval.conditions + changes,
    )
    return replace(state, approval=approval)
