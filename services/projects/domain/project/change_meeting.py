"""A change that a meeting decides: by valid numbers, or by the body above where this one cannot pass it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from services.projects.domain.body import Kind
from services.projects.domain.project import change, change_route
from services.projects.domain.project.approval import came_to, refuse_other_step
from services.projects.domain.project.content import Seat
from services.projects.domain.project.route import STAYS, Onward
from services.projects.domain.project.state import SeatNotAddressed, State
from services.projects.domain.quorum import Numbers
from shared.domain import By, PersonId, Refusal, UnitId


@dataclass(frozen=True, slots=True)
class RecordChangeDecision:
    """Enter what a confirmed meeting decided on a change. Facts: all but change, step, meeting and item."""

    by: By
    change: str
    step: int
    meeting: str
    item: int
    minutes: str
    content_hash: str  # that was put before the meeting
    hash_now: str  # of the content as it would be with the change today
    numbers: Numbers
    kind: Kind
    body: UnitId  # that met
    held_on: date
    voters: tuple[PersonId, ...] = ()
    tied_to: tuple[PersonId, ...] = ()  # to whom one of them has a tie (R5)
    deferred: bool = False
    on_condition: bool = False
    onward: Onward = STAYS
    parts: tuple[str, ...] = ()  # what the version that was asked for changes now


@dataclass(frozen=True, slots=True)
class ReferChangeUp:
    """Pass the open step of a change to the body above. Facts: seats, due, counted_from."""

    by: By
    change: str
    step: int
    reason: str
    seats: tuple[Seat, ...]
    due: date | None = None
    counted_from: date | None = None


Command = RecordChangeDecision | ReferChangeUp


class ChangePassesAsItIs(Refusal):
    """A change is passed as it was asked for, or it is not passed.

    Let the project ask for another one, and put that on the agenda."""


def decide(command: Command, state: State) -> Sequence[change.Decided]:
    """The events of a command on a change that is before a body."""
    match command:
        case RecordChangeDecision():
            return record(command, state)
        case ReferChangeUp():
            return refer_up(command, state)
        case _:
            assert_never(command)


def record(command: RecordChangeDecision, state: State) -> Sequence[change.Decided]:
    """Valid by its numbers as the approval of a proposal is, and nobody with a part in it voted (R4, R26)."""
    alteration = change.waiting(command.change, state)
    standing = state.deciding[command.change]
    refuse_other_step(command.step, standing)
    result = came_to(command, standing, command.hash_now, state)
    if result == "passed" and command.on_condition:
        raise ChangePassesAsItIs()
    decided = change_route.ChangeMeetingDecided(
        command.change,
        command.step,
        command.meeting,
        command.item,
        command.minutes,
        command.numbers,
        result,
        command.content_hash,
    )
    if result == "deferred":
        return [decided]
    if result == "not_passed":
        return [decided, change.ChangeRejected(command.change, command.minutes)]
    on = change.onward(command.change, alteration, command.hash_now, state, command)
    return [decided, *on]


def refer_up(command: ReferChangeUp, state: State) -> Sequence[change.Decided]:
    """The step stays a meeting; only its body is another."""
    change.waiting(command.change, state)
    refuse_other_step(command.step, state.deciding[command.change])
    if not command.seats:
        raise SeatNotAddressed()
    return [
        change_route.ChangeReferredUp(
            command.change, command.step, command.seats, command.reason, command.due, command.counted_from
        )
    ]
