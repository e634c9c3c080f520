"""Who judges no more: ties declared before a dossier opens, recusal, withdrawal (R5, R57)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from services.evaluation.domain.review.panel.state import (
    JUROR,
    JurorInConflict,
    NotOfThePanel,
    Seat,
    State,
    assigned,
    dossier_of,
    opened,
    without,
)
from shared.domain import By, Refusal

TieKind = Literal["own_unit", "former_unit", "relative", "paid_guidance", "other"]


@dataclass(frozen=True, slots=True)
class JurorTie:
    """What ties a juror to a dossier: one of the ticks, and a line of their own."""

    number: int
    kind: TieKind
    line: str = ""  # sealed before it is recorded (R68)


# Events


@dataclass(frozen=True, slots=True)
class JurorDeclared:
    """Of these dossiers a juror has said whether anything ties them, before they opened."""

    juror: str
    numbers: tuple[int, ...]
    ties: tuple[JurorTie, ...]


@dataclass(frozen=True, slots=True)
class JurorRecused:
    """A juror does not judge a dossier; a card that was there is kept and does not count."""

    number: int
    juror: str
    kind: TieKind
    line: str
    voided: bool  # whether there was a card


@dataclass(frozen=True, slots=True)
class JurorWithdrew:
    """From the whole panel; cards that were given stand."""

    juror: str
    reason: str
    freed: tuple[int, ...]  # dossiers that wait for another


Event = JurorDeclared | JurorRecused | JurorWithdrew


# Commands


@dataclass(frozen=True, slots=True)
class DeclareTies:
    by: By
    juror: str  # fact: the letter of who acts
    ties: tuple[JurorTie, ...]


@dataclass(frozen=True, slots=True)
class Recuse:
    """By the juror, at any time before the panel is sealed; or for one, once a tie is found."""

    by: By
    number: int
    juror: str
    kind: TieKind
    line: str


@dataclass(frozen=True, slots=True)
class WithdrawJuror:
    by: By
    juror: str
    reason: str


Command = DeclareTies | Recuse | WithdrawJuror


# Refusals


class NothingToDeclare(Refusal):
    """This juror has no dossier of which nothing was declared.

    Declare once dossiers are assigned."""


class RecusalSaysWhy(Refusal):
    """A tie of another kind, a withdrawal, and whatever is found of another person, are said in a line.

    Write what it is."""


def decide(command: Command, panel: State) -> Sequence[Event]:
    """The events of a command about who judges no more."""
    match command:
        case DeclareTies():
            return declare_ties(command, panel)
        case Recuse():
            return recuse(command, panel)
        case WithdrawJuror():
            return withdraw_juror(command, panel)
        case _:
            assert_never(command)


def declare_ties(command: DeclareTies, panel: State) -> Sequence[Event]:
    """Of all that is assigned and not yet declared; each tie is a recusal (R5)."""
    opened(panel)
    open_ = sorted(number for number, juror in panel.assigned - panel.declared if juror == command.juror)
    if not open_:
        raise NothingToDeclare()
    tied: dict[int, JurorTie] = {}
    for tie in command.ties:
        assigned(panel, (tie.number, command.juror))
        _said(tie.kind, tie.line)
        tied.setdefault(tie.number, tie)
    recused = (_recused((at, command.juror), tie.kind, tie.line, panel) for at, tie in sorted(tied.items()))
    return [JurorDeclared(command.juror, tuple(open_), command.ties), *recused]


def recuse(command: Recuse, panel: State) -> Sequence[Event]:
    """Whenever it shows before the seal; a card is void, kept, not counted (R57).

    Who finds it of another says why: a kind alone would strike any card, with nothing to check it by."""
    opened(panel)
    dossier_of(panel, command.number)
    seat = (command.number, command.juror)
    if command.juror not in panel.letters:
        raise NotOfThePanel(juror=command.juror)
    if seat in panel.recused:
        raise JurorInConflict(juror=command.juror, number=command.number)
    if command.by.office != JUROR and not command.line.strip():
        raise RecusalSaysWhy()
    _said(command.kind, command.line)
    return [_recused(seat, command.kind, command.line, panel)]


def withdraw_juror(command: WithdrawJuror, panel: State) -> Sequence[Event]:
    """What was not scored yet waits for another juror."""
    opened(panel)
    if command.juror not in panel.jurors:
        raise NotOfThePanel(juror=command.juror)
    if not command.reason.strip():
        raise RecusalSaysWhy()
    freed = sorted(at for at, juror in panel.assigned - panel.cards.keys() if juror == command.juror)
    return [JurorWithdrew(command.juror, command.reason, tuple(freed))]


def _recused(seat: Seat, kind: TieKind, line: str, panel: State) -> JurorRecused:
    return JurorRecused(*seat, kind, line, voided=seat in panel.cards)


def _said(kind: TieKind, line: str) -> None:
    if kind == "other" and not line.strip():
        raise RecusalSaysWhy()


def evolve(panel: State, event: Event) -> State:
    """The panel after somebody said or left something."""
    match event:
        case JurorDeclared():
            return replace(panel, declared=panel.declared | {(at, event.juror) for at in event.numbers})
        case JurorRecused():
            return _freed(
                replace(panel, recused=panel.recused | {(event.number, event.juror)}),
                event.juror,
                event.number,
            )
        case JurorWithdrew():
            left = _freed(panel, event.juror, *event.freed)
            unanswered = [seat for seat in panel.assigned if seat[1] == event.juror]
            return replace(
                left,
                jurors=panel.jurors - {event.juror},
                checks=without(left.checks, *unanswered),
                typed=without(left.typed, *unanswered),
            )
        case _:
            assert_never(event)


def _freed(panel: State, juror: str, *numbers: int) -> State:
    seats = [(number, juror) for number in numbers]
    return replace(
        panel,
        assigned=panel.assigned - {*seats},
        cards=without(panel.cards, *seats),
        checks=without(panel.checks, *seats),
        typed=without(panel.typed, *seats),
        signed={},
    )
