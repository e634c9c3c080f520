"""One light check in the middle: on plan, or what it needs; help or a change of plan follows, no score."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from services.projects.domain.project.content import Seat
from services.projects.domain.project.state import State, require
from services.projects.domain.project.supervision import refuse_inspector
from shared.domain import By, NotAsItStands, PersonId, Refusal, UnitId

MidtermResult = Literal["on_plan", "needs_help", "needs_change"]


@dataclass(frozen=True, slots=True)
class MidtermChecked:
    """An inspector said how it stands in the middle of its way."""

    result: MidtermResult
    note: str
    on: date
    seat: Seat
    person: PersonId


Event = MidtermChecked


@dataclass(frozen=True, slots=True)
class CheckMidterm:
    """Say once whether a project is on plan, needs help or needs a change.

    Facts: today, units, tied_to, says_no_tie.
    """

    by: By
    result: MidtermResult
    note: str
    today: date
    units: tuple[UnitId, ...] = ()  # to which `by` belongs, through every office held (R5)
    tied_to: tuple[PersonId, ...] = ()
    says_no_tie: bool = True


Command = CheckMidterm


class MidtermIsChecked(NotAsItStands):
    """This project has had its mid-term check.

    There is one for each project; give guidance, or hold an inspection."""


class MidtermNeedsANote(Refusal):
    """Whoever checks a project says what they saw.

    Write it in one sentence."""


def decide(command: Command, state: State) -> list[Event]:
    """Once, by somebody of elsewhere without a part in it (R4, R5)."""
    require(state, "in_implementation", "suspended")
    if state.midterm_checked:
        raise MidtermIsChecked()
    refuse_inspector(command.by, command.units, command.tied_to, command.says_no_tie, state)
    if not command.note.strip():
        raise MidtermNeedsANote()
    seat = Seat(command.by.office, command.by.unit)
    return [MidtermChecked(command.result, command.note, command.today, seat, command.by.person)]


def evolve(state: State, event: Event) -> State:
    """The project after its check."""
    return replace(state, midterm_checked=True)
