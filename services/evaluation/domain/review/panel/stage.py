"""The on-site meeting: in which order projects come, drawn from the panel's seed, and whose turn it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal, assert_never

from services.evaluation.domain.review.panel.state import State, dossier_of, opened
from shared.domain import By, Refusal

Phase = Literal["show", "questions"]

# Events


@dataclass(frozen=True, slots=True)
class OrderDrawn:
    """From the seed of the panel, which nobody chose: whoever draws again draws the same."""

    order: tuple[int, ...]
    seed: str


@dataclass(frozen=True, slots=True)
class TurnBegan:
    """A project shows, or is questioned, for so many minutes from the moment of this event on."""

    number: int
    phase: Phase
    minutes: int


@dataclass(frozen=True, slots=True)
class TurnEnded:
    number: int


Event = OrderDrawn | TurnBegan | TurnEnded


# Commands


@dataclass(frozen=True, slots=True)
class DrawOrder:
    by: By


@dataclass(frozen=True, slots=True)
class BeginTurn:
    by: By
    number: int
    phase: Phase
    minutes: int  # fact: of the programme


@dataclass(frozen=True, slots=True)
class EndTurn:
    by: By
    number: int


Command = DrawOrder | BeginTurn | EndTurn


# Refusals


class NoMeetingInThisRound(Refusal):
    """Only the on-site round has a meeting with an order.

    In other rounds jurors score from their queues."""


class OrderIsDrawn(Refusal):
    """The order is drawn already.

    Go by it; who does not come when called comes last."""


class DrawOrderFirst(Refusal):
    """The order has not been drawn yet.

    Draw it before anybody shows."""


class AnotherHasTheTurn(Refusal):
    """Number {number} has the turn.

    End it first."""


class NoTurnGoesOn(Refusal):
    """Number {number} does not have the turn.

    Look at the stage for who has."""


class ShowComesFirst(Refusal):
    """Number {number} has not shown yet.

    Begin with its show; questions follow."""


class NotShownYet(Refusal):
    """Number {number} has not shown yet.

    Score it once its turn has begun; the stage shows whose it is."""


def decide(command: Command, panel: State) -> Sequence[Event]:
    """The events of a command about the meeting."""
    match command:
        case DrawOrder():
            return draw_order(panel)
        case BeginTurn():
            return begin_turn(command, panel)
        case EndTurn():
            return end_turn(command, panel)
        case _:
            assert_never(command)


def draw_order(panel: State) -> Sequence[Event]:
    """Once, of all dossiers that are before the panel."""
    if opened(panel).round != "on_site":
        raise NoMeetingInThisRound()
    if panel.order:
        raise OrderIsDrawn()
    return [OrderDrawn(tuple(sorted(panel.dossiers, key=lambda one: _lot(panel.seed, one))), panel.seed)]


def begin_turn(command: BeginTurn, panel: State) -> Sequence[Event]:
    """One after the other; who does not come when called may come later."""
    opened(panel)
    if not panel.order:
        raise DrawOrderFirst()
    dossier_of(panel, command.number)
    if panel.on_stage not in (None, command.number):
        raise AnotherHasTheTurn(number=panel.on_stage)
    if command.phase == "questions" and command.number not in panel.shown:
        raise ShowComesFirst(number=command.number)
    return [TurnBegan(command.number, command.phase, command.minutes)]


def end_turn(command: EndTurn, panel: State) -> Sequence[Event]:
    """By who leads the meeting; cards may be given for it from its beginning on."""
    opened(panel)
    if panel.on_stage != command.number:
        raise NoTurnGoesOn(number=command.number)
    return [TurnEnded(command.number)]


def refuse_not_shown(panel: State, number: int) -> None:
    """In the on-site round a card opens with the project's turn, of which there is none before the order."""
    if opened(panel).round == "on_site" and number not in panel.shown:
        raise NotShownYet(number=number)


def _lot(seed: str, number: int) -> bytes:
    return sha256(f"denggao order\n{seed}\n{number}".encode()).digest()


def evolve(panel: State, event: Event) -> State:
    """The panel after a step of its meeting."""
    match event:
        case OrderDrawn():
            return replace(panel, order=event.order)
        case TurnBegan():
            return replace(panel, on_stage=event.number, shown=panel.shown | {event.number})
        case TurnEnded():
            return replace(panel, on_stage=None)
        case _:
            assert_never(event)
