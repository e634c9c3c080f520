"""A step that a meeting decides: by valid numbers, or a body above where this one cannot pass it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Protocol, assert_never

from services.projects.domain.body import KINDS_OF, Kind, NotTheDecidingBody
from services.projects.domain.project.approval import returns, steps
from services.projects.domain.project.content import Seat
from services.projects.domain.project.route import (
    STAYS,
    MeetingResult,
    Onward,
    Place,
    RequiredChange,
    Wanted,
)
from services.projects.domain.project.standing import Added, Standing
from services.projects.domain.project.state import ContentHasChanged, SeatNotAddressed, State, refuse_players
from services.projects.domain.project.termination import NOT_RATIFIED, ProjectTerminated
from services.projects.domain.quorum import (
    Numbers,
    TooFewPresent,
    can_pass,
    passes,
    present_is_enough,
    refuse_impossible,
)
from shared.domain import By, PersonId, Refusal, UnitId


@dataclass(frozen=True, slots=True)
class StillAdded:
    """A seat that still signs besides those of the step; it may stand above the signer that was added."""

    signer: Seat
    place: Place
    beside: Seat


@dataclass(frozen=True, slots=True)
class StepReferredUp:
    """The step is for other seats now: vacancy, conflict, or a meeting that cannot pass it (R10, R27)."""

    step: int
    seats: tuple[Seat, ...]
    reason: str
    due: date | None
    on: date | None = None  # the day on which its time sent it up; None where nobody had been late
    stays: tuple[Seat, ...] = ()  # of the seats those whose word stands
    added: tuple[StillAdded, ...] = ()  # of the seats those that were not asked by the route
    counted_from: date | None = None  # `due` by working days, where that is not `on`; none in old events


@dataclass(frozen=True, slots=True)
class MeetingDecided:
    """A committee voted on exactly this content; the result follows from the numbers."""

    step: int
    meeting: str
    item: int
    minutes: str
    numbers: Numbers
    result: MeetingResult
    content_hash: str
    changes: tuple[RequiredChange, ...] = ()
    body: tuple[PersonId, ...] = ()  # who voted; none in old events


Event = StepReferredUp | MeetingDecided
Followed = steps.Event | returns.ProjectRejected | ProjectTerminated


@dataclass(frozen=True, slots=True)
class RecordMeetingDecision:
    """Enter what a confirmed meeting decided. Facts: all but step, meeting and item."""

    by: By
    step: int
    meeting: str
    item: int
    minutes: str
    content_hash: str
    numbers: Numbers
    confirmer: Seat  # who sees to changes that the meeting asks for
    kind: Kind
    body: UnitId  # that met
    held_on: date
    voters: tuple[PersonId, ...] = ()  # those who voted on the item
    tied_to: tuple[PersonId, ...] = ()  # to whom one of them has a tie (R5)
    deferred: bool = False
    changes: tuple[Wanted, ...] = ()
    onward: Onward = STAYS


@dataclass(frozen=True, slots=True)
class ReferStepUp:
    """Pass the open step to the seats above. Facts: seats, due, counted_from."""

    by: By
    step: int
    reason: str
    seats: tuple[Seat, ...]
    due: date | None = None
    counted_from: date | None = None


Command = RecordMeetingDecision | ReferStepUp


class OnlyAMeetingStepMeets(Refusal):
    """This step is decided by signing, not by a meeting.

    The offices addressed give their opinions."""


class MeetingBeforeStep(Refusal):
    """The meeting was on {held_on}, before the step opened on {opened_on}.

    Put the matter on the agenda of the body's next meeting."""


class MeetingCannotPass(Refusal):
    """Of {should_attend} who should attend only {may_vote} may vote: the item cannot be passed here.

    It is referred up to the body above."""


def decide(command: Command, state: State) -> list[Event | Followed]:
    """The events of a command on a step before a body."""
    match command:
        case RecordMeetingDecision():
            return record_meeting_decision(command, state)
        case ReferStepUp():
            return refer_up(command, state)
        case _:
            assert_never(command)


def record_meeting_decision(command: RecordMeetingDecision, state: State) -> list[Event | Followed]:
    """Valid by its numbers, and the result follows from them; nobody with a part in it voted (R4, R26).

    What is not ratified ends: it runs already (R33).
    """
    steps.refuse_unless_open(command.step, state)
    result = came_to(command, state.approval, state.content_hash, state)
    if result == "deferred":
        return [_meeting_decided(command, "deferred")]
    if result == "not_passed":
        ended = (
            ProjectTerminated(command.held_on, NOT_RATIFIED)
            if state.ratifying
            else returns.ProjectRejected(command.step, command.minutes)
        )
        return [_meeting_decided(command, "not_passed"), ended]
    changes = steps.numbered(state, command.changes, command.confirmer)
    decided = _meeting_decided(command, "passed_with_changes" if changes else "passed", changes)
    return [decided, *steps.onward(state, changes, command.onward)]


class Met(Protocol):
    """What minutes say of an item that decides an open step."""

    @property
    def numbers(self) -> Numbers: ...
    @property
    def content_hash(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def body(self) -> UnitId: ...
    @property
    def held_on(self) -> date: ...
    @property
    def voters(self) -> tuple[PersonId, ...]: ...
    @property
    def tied_to(self) -> tuple[PersonId, ...]: ...
    @property
    def deferred(self) -> bool: ...


def came_to(
    met: Met, standing: Standing, content_hash: str, state: State
) -> Literal["deferred", "not_passed", "passed"]:
    """What the numbers of a vote make of the open step; refused is what they do not decide (R26, R27)."""
    numbers, opened = met.numbers, standing.open
    if opened is None or standing.decides != "meeting":
        raise OnlyAMeetingStepMeets()
    refuse_other_meeting(standing, met.kind, met.body, met.held_on)
    if met.content_hash != content_hash:
        raise ContentHasChanged()
    refuse_impossible(numbers)
    two_thirds = standing.route[opened].two_thirds
    if not present_is_enough(numbers.should_attend, numbers.present, two_thirds):
        raise TooFewPresent(present=numbers.present, should_attend=numbers.should_attend)
    if met.deferred:
        return "deferred"
    may_vote = numbers.should_attend - numbers.withdrawn
    if not can_pass(numbers.should_attend, may_vote):
        raise MeetingCannotPass(should_attend=numbers.should_attend, may_vote=may_vote)
    refuse_players(state, {*met.voters, *met.tied_to})
    return "passed" if passes(numbers.should_attend, numbers.votes_for) else "not_passed"


def refuse_other_meeting(standing: Standing, kind: Kind, body: UnitId, held_on: date) -> None:
    """NotTheDecidingBody unless the open step's seats are those of the body that met (R26, R27).

    MeetingBeforeStep where it met before the step was open.
    """
    if not any(seat.unit == body and kind in KINDS_OF.get(seat.office, ()) for seat in standing.seats):
        raise NotTheDecidingBody()
    if held_on < standing.opened_on:
        raise MeetingBeforeStep(held_on=held_on, opened_on=standing.opened_on)


def _meeting_decided(
    command: RecordMeetingDecision, result: MeetingResult, changes: tuple[RequiredChange, ...] = ()
) -> MeetingDecided:
    return MeetingDecided(
        command.step,
        command.meeting,
        command.item,
        command.minutes,
        command.numbers,
        result,
        command.content_hash,
        changes,
        command.voters,
    )


def refer_up(command: ReferStepUp, state: State) -> list[Event | Followed]:
    """The step stays what it is, a meeting a meeting; only its seats are others."""
    steps.refuse_unless_open(command.step, state)
    if not command.seats:
        raise SeatNotAddressed()
    return [
        StepReferredUp(
            command.step, command.seats, command.reason, command.due, counted_from=command.counted_from
        )
    ]


class ReferredUp(steps.ReferredUp, Protocol):
    """That a step of some route went up, in which others still sign besides."""

    @property
    def added(self) -> tuple[StillAdded, ...]: ...


def referred(standing: steps.S, event: ReferredUp) -> steps.S:
    """With the seats asked to which it went up, and those who still sign besides."""
    added = {still.signer: Added(still.place, still.beside) for still in event.added}
    return replace(steps.referred(standing, event), added=added)


def evolve(state: State, event: Event) -> State:
    """The project after a body decided, or the step went to another."""
    match event:
        case StepReferredUp():
            return replace(state, approval=referred(state.approval, event))
        case MeetingDecided():
            return steps.with_conditions(state, event.changes)
        case _:
            assert_never(event)
