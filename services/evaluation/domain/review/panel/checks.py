"""Checks: the chair asks a juror to look again, and only the juror changes or upholds a card (R59)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from services.evaluation.domain.review.panel.state import State, assigned, chair_of, opened, without
from shared.domain import By, NotAllowed, Refusal

# Events


@dataclass(frozen=True, slots=True)
class CheckAsked:
    number: int
    juror: str
    reason: str


@dataclass(frozen=True, slots=True)
class ScorecardUpheld:
    """The juror has looked again, as was asked, and leaves the marks as they are."""

    number: int
    juror: str
    reason: str


Event = CheckAsked | ScorecardUpheld


# Commands


@dataclass(frozen=True, slots=True)
class AskCheck:
    by: By
    number: int
    juror: str  # who is asked
    asking: str  # fact: the letter of who asks
    reason: str


@dataclass(frozen=True, slots=True)
class UpholdScorecard:
    by: By
    number: int
    juror: str  # fact: as above
    reason: str


Command = AskCheck | UpholdScorecard


# Refusals


class NothingToCheck(Refusal):
    """There is no card of this juror for dossier {number}, or none that is to be checked.

    Look at the panel's board for what is there."""


class CheckNeedsReason(Refusal):
    """Who asks for a check, and who leaves a mark after one, says why.

    Give the reason."""


class ChairAsks(NotAllowed):
    """The panel's chair asks for a check, or the vice-chair where the chair is in conflict; nobody else does.

    Turn to the one or the other, or have another juror named."""


def decide(command: Command, panel: State) -> Sequence[Event]:
    """The events of a command about a check."""
    match command:
        case AskCheck():
            return ask_check(command, panel)
        case UpholdScorecard():
            return uphold_scorecard(command, panel)
        case _:
            assert_never(command)


def ask_check(command: AskCheck, panel: State) -> Sequence[Event]:
    """The chair may ask, and changes nothing (R59)."""
    opened(panel)
    seat = (command.number, command.juror)
    if command.asking != chair_of(panel, command.number):
        raise ChairAsks()
    if seat not in panel.cards or command.juror not in panel.jurors:
        raise NothingToCheck(number=command.number)
    if not command.reason.strip():
        raise CheckNeedsReason()
    return [CheckAsked(*seat, command.reason)]


def uphold_scorecard(command: UpholdScorecard, panel: State) -> Sequence[Event]:
    """By the juror alone, who could also correct it (R59)."""
    opened(panel)
    seat = (command.number, command.juror)
    assigned(panel, seat)
    if seat not in panel.checks:
        raise NothingToCheck(number=command.number)
    if not command.reason.strip():
        raise CheckNeedsReason()
    return [ScorecardUpheld(*seat, command.reason)]


def evolve(panel: State, event: Event) -> State:
    """The panel after a check was asked for or answered; a card that is given answers it too."""
    seat = (event.number, event.juror)
    match event:
        case CheckAsked():
            return replace(panel, checks={**panel.checks, seat: event.reason})
        case ScorecardUpheld():
            return replace(panel, checks=without(panel.checks, seat))
        case _:
            assert_never(event)
