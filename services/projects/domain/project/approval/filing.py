"""The office above objects to what it was informed of; who decided answers, and the approval stands (R34)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.project.approval.steps import StepNotOpen
from services.projects.domain.project.content import Seat
from services.projects.domain.project.standing import Objection
from services.projects.domain.project.state import State, acting, refuse_players, require
from shared.domain import By, NotAllowed, NotAsItStands, PersonId, Refusal


@dataclass(frozen=True, slots=True)
class FilingObjected:
    """An office that was informed objects; what was approved stays approved until it is changed."""

    step: int
    seat: Seat
    person: PersonId
    reason: str
    on: date
    to: tuple[Seat, ...]  # who decided and has to answer


@dataclass(frozen=True, slots=True)
class ObjectionAnswered:
    """Who decided stands by it, or asks the proposer for a change; for all open objections to a step."""

    step: int
    seat: Seat
    person: PersonId
    stands: bool
    reason: str
    objectors: tuple[Seat, ...]


Event = FilingObjected | ObjectionAnswered


@dataclass(frozen=True, slots=True)
class ObjectToFiling:
    """Object to what was filed. Facts: seat, today, until, to."""

    by: By
    step: int
    reason: str
    seat: Seat
    today: date
    until: date  # the last day of the filing
    to: tuple[Seat, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerObjection:
    """Stand by what was decided, or ask the proposer for a change. Facts: seat, tied_to."""

    by: By
    step: int
    stands: bool
    reason: str
    seat: Seat
    tied_to: tuple[PersonId, ...] = ()


Command = ObjectToFiling | AnswerObjection


class FiledTooLate(Refusal):
    """Objections to this filing could be made until {until}.

    The approval stands; speak with the office that decided."""


class ObjectedAlready(Refusal):
    """Your office has objected to this filing already.

    Wait for the answer."""


class NoObjectionToAnswer(NotAsItStands):
    """No objection to this step waits for an answer.

    Look at the project's history."""


class ObjectorMayNotAnswer(NotAllowed):
    """Whoever objected to a filing does not answer the objection.

    Another holder of the office that decided answers, or the nearest person without conflict."""


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command about a filing, which informs of a project that goes on meanwhile."""
    require(state, "in_implementation", "in_approval", "suspended", "in_closing")
    match command:
        case ObjectToFiling():
            return object_to(command, state)
        case AnswerObjection():
            return answer(command, state)
        case _:
            assert_never(command)


def object_to(command: ObjectToFiling, state: State) -> list[Event]:
    """By each office that was informed, once and within the time of the filing."""
    if command.step not in state.approval.filed:
        raise StepNotOpen()
    if command.today > command.until:
        raise FiledTooLate(until=command.until)
    if (command.step, command.seat) in state.approval.objected:
        raise ObjectedAlready()
    objected = FilingObjected(
        command.step, command.seat, command.by.person, command.reason, command.today, command.to
    )
    return [objected]


def answer(command: AnswerObjection, state: State) -> list[Event]:
    """By who decided, without a part in the project (R4); nobody answers their own objection."""
    waiting = to_answer(state, command.step)
    if not waiting:
        raise NoObjectionToAnswer()
    people = acting(command.by) | set(command.tied_to)
    refuse_players(state, people)
    if not people.isdisjoint(objection.person for objection in waiting.values()):
        raise ObjectorMayNotAnswer()
    return [
        ObjectionAnswered(
            command.step,
            command.seat,
            command.by.person,
            command.stands,
            command.reason,
            objectors=tuple(waiting),
        )
    ]


def to_answer(state: State, step: int) -> Mapping[Seat, Objection]:
    """The objections to a step that wait for an answer, by the office that made them."""
    objected = state.approval.objected.items()
    return {seat: known for (place, seat), known in objected if place == step and not known.answered}


def evolve(state: State, event: Event) -> State:
    """The project with what was objected and answered; its phase is as before."""
    objected = dict(state.approval.objected)
    match event:
        case FilingObjected():
            objected[event.step, event.seat] = Objection(event.person, event.to)
        case ObjectionAnswered():
            for seat in event.objectors:
                if known := objected.get((event.step, seat)):
                    objected[event.step, seat] = replace(known, answered=True)
        case _:
            assert_never(event)
    return replace(state, approval=replace(state.approval, objected=objected))
