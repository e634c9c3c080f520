"""While a step waits: those whose turn it is open what they decide on, and are urged once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.project.approval import steps
from services.projects.domain.project.content import Seat
from services.projects.domain.project.standing import Standing
from services.projects.domain.project.state import SeatNotAddressed, State
from shared.domain import By, NotAsItStands, PersonId


@dataclass(frozen=True, slots=True)
class ContentOpened:
    """Somebody of an addressed seat opened exactly this content."""

    step: int
    seat: Seat
    person: PersonId
    content_hash: str


@dataclass(frozen=True, slots=True)
class DeciderUrged:
    """The leading organisation reminded those whose word it waits for."""

    step: int
    name: str
    seats: tuple[Seat, ...]
    on: date


Event = ContentOpened | DeciderUrged


@dataclass(frozen=True, slots=True)
class OpenContent:
    """Note that an addressee has this content before them. Fact: seat."""

    by: By
    step: int
    content_hash: str
    seat: Seat


@dataclass(frozen=True, slots=True)
class UrgeDecider:
    """Remind those who are to decide. Fact: today."""

    by: By
    step: int
    today: date


Command = OpenContent | UrgeDecider


class OpenedAlready(NotAsItStands):
    """You have opened this content before; the first time counts.

    Nothing needs to be done."""


class UrgedAlready(NotAsItStands):
    """This step was urged on {on}; it is urged once.

    Speak with who is asked, or with the party department."""


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command that decides nothing."""
    steps.refuse_unless_open(command.step, state)
    match command:
        case OpenContent():
            return open_content(command, state)
        case UrgeDecider():
            return urge(command, state)
        case _:
            assert_never(command)


def open_content(command: OpenContent, state: State) -> list[Event]:
    """Each person each content once: what was approved within a minute can be told from it (R83)."""
    if command.seat not in state.approval.seats:
        raise SeatNotAddressed()
    steps.refuse_other_content(command.content_hash, state)
    if (command.by.person, command.content_hash) in state.approval.read:
        raise OpenedAlready()
    return [ContentOpened(command.step, command.seat, command.by.person, command.content_hash)]


def urge(command: UrgeDecider, state: State) -> list[Event]:
    """Once a step; where it is stopped, those are asked who return or reject."""
    name, seats = to_urge(state.approval)
    return [DeciderUrged(command.step, name, seats, command.today)]


def to_urge(standing: Standing) -> tuple[str, tuple[Seat, ...]]:
    """The name of the open step and who is reminded in it; UrgedAlready."""
    if standing.urged_on is not None:
        raise UrgedAlready(on=standing.urged_on)
    seats = standing.seats if standing.stopped else standing.asked_now
    place = standing.open
    name = standing.route[place].name if place is not None and place < len(standing.route) else ""
    return name, seats


def evolve(state: State, event: Event) -> State:
    """The project after somebody read it or was reminded."""
    approval = state.approval
    match event:
        case ContentOpened():
            read = approval.read | {(event.person, event.content_hash)}
            return replace(state, approval=replace(approval, read=read))
        case DeciderUrged():
            return replace(state, approval=replace(approval, urged_on=event.on))
        case _:
            assert_never(event)
