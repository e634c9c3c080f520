"""While a step of a change waits: a word is taken back, who is to decide is urged, as in an approval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import assert_never

from services.projects.domain.project import change
from services.projects.domain.project.approval import refuse_other_step, signing, waiting
from services.projects.domain.project.change_route import ChangeDeciderUrged, ChangeOpinionWithdrawn
from services.projects.domain.project.content import Seat
from services.projects.domain.project.standing import Standing
from services.projects.domain.project.state import State, acting, refuse_players
from shared.domain import By, PersonId


@dataclass(frozen=True, slots=True)
class WithdrawChangeOpinion:
    """Take back one's own word on a change, as long as the step is not decided. Facts: seat, tied_to."""

    by: By
    change: str
    step: int
    reason: str
    seat: Seat
    tied_to: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class UrgeChangeDecider:
    """Remind those who are to decide on a change. Fact: today."""

    by: By
    change: str
    step: int
    today: date


Command = WithdrawChangeOpinion | UrgeChangeDecider
Decided = ChangeOpinionWithdrawn | ChangeDeciderUrged


def decide(command: Command, state: State) -> Sequence[Decided]:
    """The events of a command that decides nothing on a change."""
    match command:
        case WithdrawChangeOpinion():
            return withdraw(command, state)
        case UrgeChangeDecider():
            return urge(command, state)
        case _:
            assert_never(command)


def withdraw(command: WithdrawChangeOpinion, state: State) -> Sequence[Decided]:
    """By who gave it, with a reason (R82); both stay on record."""
    standing = _open(command, state)
    signing.refuse_unless_asked(command.seat, standing)
    refuse_players(state, acting(command.by) | set(command.tied_to))
    signing.word_of(command.seat, command.by.person, standing)
    return [
        ChangeOpinionWithdrawn(command.change, command.step, command.seat, command.by.person, command.reason)
    ]


def urge(command: UrgeChangeDecider, state: State) -> Sequence[Decided]:
    """Once a step."""
    name, seats = waiting.to_urge(_open(command, state))
    return [ChangeDeciderUrged(command.change, command.step, name, seats, command.today)]


def _open(command: Command, state: State) -> Standing:
    """Where the change stands; refused unless this step of it decides now."""
    change.waiting(command.change, state)
    standing = state.deciding[command.change]
    refuse_other_step(command.step, standing)
    return standing
