"""A project that runs over the end of a year is looked at there by the first closing bodies (R24, R25)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from services.projects.domain.project.content import Seat
from services.projects.domain.project.figures import FigureThen, figures_now
from services.projects.domain.project.state import (
    ProposerMayNotApprove,
    SeatNotAddressed,
    State,
    acting,
    require,
)
from shared.domain import By, PersonId, Refusal


@dataclass(frozen=True, slots=True)
class StageReviewed:
    """How far it has come by the end of the programme's year; its figures go to that year's appraisal."""

    year: int
    cut_off: date  # the year's last day
    on: date
    seat: Seat
    person: PersonId
    note: str
    figures: tuple[FigureThen, ...]


Event = StageReviewed


@dataclass(frozen=True, slots=True)
class ReviewStage:
    """Say how far a project has come by the end of a year; it is no closing. Facts: all but year and note."""

    by: By
    year: int
    note: str
    today: date
    cut_off: date
    seat: Seat
    first_key: tuple[Seat, ...]
    tied_to: tuple[PersonId, ...] = ()


Command = ReviewStage


class YearNotOver(Refusal):
    """The year {year} lasts until {until}.

    Review the stage after that day."""


class EndsWithinTheYear(Refusal):
    """By its plan the project does not run over the end of {year}.

    It is reviewed when it is closed."""


class StageIsReviewed(Refusal):
    """Your office has reviewed this project's stage of {year}.

    What was said stays on the record."""


class StageNeedsANote(Refusal):
    """Whoever reviews a stage says how far it has come.

    Write it in one sentence."""


def decide(command: Command, state: State) -> list[Event]:
    """Once a year by each seat of the first key, by nobody who works on it (R4)."""
    require(state, "in_implementation", "suspended")
    if command.seat not in command.first_key:
        raise SeatNotAddressed()
    if command.today <= command.cut_off:
        raise YearNotOver(year=command.year, until=command.cut_off)
    ends = state.proposal.ends
    if state.began > command.cut_off or ends is None or ends <= command.cut_off:
        raise EndsWithinTheYear(year=command.year)
    if (command.year, command.seat) in state.stages:
        raise StageIsReviewed(year=command.year)
    if not state.workers.isdisjoint(acting(command.by) | set(command.tied_to)):
        raise ProposerMayNotApprove()
    if not command.note.strip():
        raise StageNeedsANote()
    return [
        StageReviewed(
            command.year,
            command.cut_off,
            command.today,
            command.seat,
            command.by.person,
            command.note,
            figures_now(state, command.cut_off),
        )
    ]


def evolve(state: State, event: Event) -> State:
    """The project after a stage was reviewed."""
    return replace(state, stages=state.stages | {(event.year, event.seat)})
