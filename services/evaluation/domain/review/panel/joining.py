"""Who judges besides: further jurors of the pool, and who takes a dossier that lacks one (R57)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, assert_never

from services.evaluation.domain.review.panel.state import (
    JurorInConflict,
    JurorOverloaded,
    NotOfThePanel,
    State,
    dossier_of,
    opened,
)
from shared.domain import By, NotAllowed, Refusal

Source = Literal["substitute", "other_track", "external"]  # where a further juror comes from (R57)

# Events


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


Event = JurorAdded | JurorAssigned


# Commands


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


Command = AddJuror | AssignJuror


# Refusals


class AlreadyAssigned(Refusal):
    """Juror {juror} has dossier {number} already.

    Assign another."""


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
    """The events of a command about who judges besides."""
    match command:
        case AddJuror():
            return add_juror(command, panel)
        case AssignJuror():
            return assign_juror(command, panel)
        case _:
            assert_never(command)


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


def evolve(panel: State, event: Event) -> State:
    """The panel with one more juror, or one more seat."""
    match event:
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
