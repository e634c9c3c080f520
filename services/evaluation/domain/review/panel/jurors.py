"""Who judges: ties declared before a dossier opens, recusal, withdrawal, who takes the place (R5, R57)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from services.evaluation.domain.review.panel.state import (
    JUROR,
    JurorInConflict,
    JurorOverloaded,
    NotOfThePanel,
    Seat,
    State,
    assigned,
    dossier_of,
    opened,
    without,
)
from shared.domain import By, NotAllowed, Refusal

TieKind = Literal["own_unit", "former_unit", "relative", "paid_guidance", "other"]
Source = Literal["substitute", "other_track", "external"]  # where a further juror comes from (R57)


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


@dataclass(frozen=True, slots=True)
class JurorAdded:
    juror: str
    source: Source
    sealed: str = ""  # who the letter is (R68)


@dataclass(frozen=True, slots=True)
class JurorAssigned:
    number: int
    juror: str
    seed: str  # of the lot


Event = JurorDeclared | JurorRecused | JurorWithdrew | JurorAdded | JurorAssigned


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


@dataclass(frozen=True, slots=True)
class AddJuror:
    by: By
    juror: str  # fact: the next letter
    source: Source
    listed: bool  # fact: whether they are in the pool, with its pledge
    runs: bool  # fact: whether they may run this review
    sealed: str = ""  # fact: who the letter is


@dataclass(frozen=True, slots=True)
class AssignJuror:
    by: By
    number: int
    juror: str  # fact: by lot among those without conflict
    conflict: bool  # fact: whether anything ties them that is on record
    seed: str


Command = DeclareTies | Recuse | WithdrawJuror | AddJuror | AssignJuror


# Refusals


class AlreadyAssigned(Refusal):
    """Juror {juror} has dossier {number} already.

    Assign another."""


class NothingToDeclare(Refusal):
    """This juror has no dossier of which nothing was declared.

    Declare once dossiers are assigned."""


class RecusalSaysWhy(Refusal):
    """A tie of another kind, a withdrawal, and whatever is found of another person, are said in a line.

    Write what it is."""


class LetterIsTaken(Refusal):
    """There is or was a juror {juror} in this panel.

    Take the next letter."""


class NotOfThePool(Refusal):
    """Only who is in the review's pool, with its pledge signed, joins the jurors; external ones too.

    Put them into the pool first, or choose somebody of its list."""


class WhoRunsDoesNotJudge(NotAllowed):
    """Whoever may run this review judges nothing in it.

    Choose somebody else of the pool."""


def decide(command: Command, panel: State) -> Sequence[Event]:
    """The events of a command about who judges."""
    match command:
        case DeclareTies():
            return declare_ties(command, panel)
        case Recuse():
            return recuse(command, panel)
        case WithdrawJuror():
            return withdraw_juror(command, panel)
        case AddJuror():
            return add_juror(command, panel)
        case AssignJuror():
            return assign_juror(command, panel)
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


def add_juror(command: AddJuror, panel: State) -> Sequence[Event]:
    """From among the substitutes, another track of the same field, or outside: all of the pool (R57, R61)."""
    opened(panel)
    if command.runs:
        raise WhoRunsDoesNotJudge()
    if not command.listed:
        raise NotOfThePool()
    if command.juror in panel.letters:
        raise LetterIsTaken(juror=command.juror)
    return [JurorAdded(command.juror, command.source, command.sealed)]


def assign_juror(command: AssignJuror, panel: State) -> Sequence[Event]:
    """Never one in conflict, never more dossiers than one can read (R57)."""
    terms = opened(panel)
    dossier_of(panel, command.number)
    seat = (command.number, command.juror)
    if command.juror not in panel.jurors:
        raise NotOfThePanel(juror=command.juror)
    if command.conflict or seat in panel.recused:
        raise JurorInConflict(juror=command.juror, number=command.number)
    if seat in panel.assigned:
        raise AlreadyAssigned(juror=command.juror, number=command.number)
    if panel.load(command.juror) >= terms.dossiers_at_most:
        raise JurorOverloaded(juror=command.juror, most=terms.dossiers_at_most)
    return [JurorAssigned(command.number, command.juror, command.seed)]


def _recused(seat: Seat, kind: TieKind, line: str, panel: State) -> JurorRecused:
    return JurorRecused(*seat, kind, line, voided=seat in panel.cards)


def _said(kind: TieKind, line: str) -> None:
    if kind == "other" and not line.strip():
        raise RecusalSaysWhy()


def evolve(panel: State, event: Event) -> State:
    """The panel after something happened to who judges."""
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
        case JurorAdded():
            return replace(
                panel,
                jurors=panel.jurors | {event.juror},
                letters=panel.letters | {event.juror},
                sealed_letters=(*panel.sealed_letters, event.sealed),
            )
        case JurorAssigned():
            return replace(panel, assigned=panel.assigned | {(event.number, event.juror)}, signed={})
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
