"""While a step of a change waits: a word is taken back, another signs too or instead, somebody is urged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from services.projects.domain.project import change
from services.projects.domain.project.approval import refuse_other_step, signers, signing, waiting
from services.projects.domain.project.change_route import (
    ChangeDeciderUrged,
    ChangeOpinionWithdrawn,
    ChangeSignerAdded,
    ChangeStepTransferred,
)
from services.projects.domain.project.content import Seat
from services.projects.domain.project.route import Place
from services.projects.domain.project.standing import Standing
from services.projects.domain.project.state import State, acting, refuse_players
from shared.domain import By, PersonId


@dataclass(frozen=True, slots=True)
class WithdrawChangeOpinion:
    """Take back one's own word on a change, as long as the step is not decided.

    Facts: seat, tied_to, handler_acts.
    """

    by: By
    change: str
    step: int
    reason: str
    seat: Seat
    tied_to: tuple[PersonId, ...] = ()
    handler_acts: bool = True


@dataclass(frozen=True, slots=True)
class AddChangeSigner:
    """Ask another office to sign a change as well. Facts: seat, tied_to, handler_acts, can_sign."""

    by: By
    change: str
    step: int
    signer: Seat
    place: Place
    seat: Seat
    can_sign: bool  # whether it is of the company or above it, and somebody without conflict acts for it
    reason: str = ""
    tied_to: tuple[PersonId, ...] = ()
    handler_acts: bool = True


@dataclass(frozen=True, slots=True)
class TransferChangeStep:
    """Pass a seat's work on a change to a colleague.

    Facts: seat, tied_to, handler_acts, colleagues, their_ties.
    """

    by: By
    change: str
    step: int
    to: PersonId
    seat: Seat
    colleagues: tuple[PersonId, ...]  # who hold the office in which `by` acts, and their deputies
    their_ties: tuple[PersonId, ...] = ()  # whom `to` is deputy for (R8)
    reason: str = ""
    tied_to: tuple[PersonId, ...] = ()
    handler_acts: bool = True


@dataclass(frozen=True, slots=True)
class UrgeChangeDecider:
    """Remind those who are to decide on a change. Fact: today."""

    by: By
    change: str
    step: int
    today: date


Command = WithdrawChangeOpinion | AddChangeSigner | TransferChangeStep | UrgeChangeDecider
Decided = ChangeOpinionWithdrawn | ChangeSignerAdded | ChangeStepTransferred | ChangeDeciderUrged


def decide(command: Command, state: State) -> Sequence[Decided]:
    """The events of a command that decides nothing on a change."""
    match command:
        case WithdrawChangeOpinion():
            return withdraw(command, state)
        case AddChangeSigner():
            return add_signer(command, state)
        case TransferChangeStep():
            return transfer(command, state)
        case UrgeChangeDecider():
            return urge(command, state)
        case _:
            assert_never(command)


def withdraw(command: WithdrawChangeOpinion, state: State) -> Sequence[Decided]:
    """By who gave it, with a reason (R82); both stay on record."""
    standing = _in_seat(command, state)
    signing.word_of(command.seat, command.by.person, standing)
    return [
        ChangeOpinionWithdrawn(command.change, command.step, command.seat, command.by.person, command.reason)
    ]


def add_signer(command: AddChangeSigner, state: State) -> Sequence[Decided]:
    """It replaces nobody, and must agree as well (R29); never in a meeting (R28)."""
    signers.refuse_signer(command, _in_seat(command, state))
    return [
        ChangeSignerAdded(
            command.change,
            command.step,
            command.signer,
            command.place,
            command.seat,
            command.by.person,
            command.reason,
        )
    ]


def transfer(command: TransferChangeStep, state: State) -> Sequence[Decided]:
    """Within the same office, in person, to somebody without conflict, of a word not yet given (R29)."""
    office = signers.office_to_pass_on(command, _in_seat(command, state), state)
    return [
        ChangeStepTransferred(
            command.change,
            command.step,
            command.seat,
            command.by.person,
            command.to,
            office,
            command.reason,
        )
    ]


def urge(command: UrgeChangeDecider, state: State) -> Sequence[Decided]:
    """Once a step."""
    name, seats = waiting.to_urge(_open(command, state))
    return [ChangeDeciderUrged(command.change, command.step, name, seats, command.today)]


def _in_seat(command: WithdrawChangeOpinion | AddChangeSigner | TransferChangeStep, state: State) -> Standing:
    """Where the change stands; refused to a seat that is not asked, and to who may not act for it (R4)."""
    standing = _open(command, state)
    signing.refuse_unless_asked(command.seat, standing)
    refuse_players(state, acting(command.by) | set(command.tied_to))
    signing.refuse_handled(command, standing)
    return standing


def _open(command: Command, state: State) -> Standing:
    """Where the change stands; refused unless this step of it decides now."""
    change.waiting(command.change, state)
    standing = state.deciding[command.change]
    refuse_other_step(command.step, standing)
    return standing
