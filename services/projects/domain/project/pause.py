"""A pause in which clocks stand still, and its end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.dates import days_after, months_after
from services.projects.domain.project.extension import NewDate, open_dates, steps_of_changes, with_dates
from services.projects.domain.project.limits import USUAL, Limits
from services.projects.domain.project.state import State, acting, refuse_players, require
from shared.domain import By


@dataclass(frozen=True, slots=True)
class ProjectSuspended:
    """Clocks stand still from this day."""

    on: date
    reason: str
    until: date | None = None  # the last day on which they may (R43)


@dataclass(frozen=True, slots=True)
class ProjectResumed:
    """Work goes on; open dates moved by the days suspended (R43)."""

    on: date
    days: int
    dates: tuple[NewDate, ...]


Event = ProjectSuspended | ProjectResumed


@dataclass(frozen=True, slots=True)
class SuspendProject:
    """Let the clocks stand still. Fact: limits."""

    by: By
    reason: str
    today: date
    limits: Limits = USUAL


@dataclass(frozen=True, slots=True)
class ResumeProject:
    """Let work go on."""

    by: By
    today: date


Command = SuspendProject | ResumeProject


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command that stops the clocks, or lets them run."""
    match command:
        case SuspendProject():
            return suspend(command, state)
        case ResumeProject():
            return resume(command, state)
        case _:
            assert_never(command)


def suspend(command: SuspendProject, state: State) -> list[Event]:
    """Clocks stop, by nobody with a part in the project (R4)."""
    require(state, "in_implementation")
    refuse_players(state, acting(command.by))
    until = months_after(command.today, command.limits.suspension_months)
    return [ProjectSuspended(command.today, command.reason, until)]


def resume(command: ResumeProject, state: State) -> list[Event]:
    """One act with all the new dates (R43)."""
    require(state, "suspended")
    days = max(0, (command.today - state.suspended_on).days)
    dates = (*open_dates(state, days), *steps_of_changes(state, days))
    return [ProjectResumed(command.today, days, dates)]


def evolve(state: State, event: Event) -> State:
    """The project after its clocks stopped or ran again."""
    match event:
        case ProjectSuspended():
            until = event.until or months_after(event.on, USUAL.suspension_months)
            return replace(state, phase="suspended", suspended_on=event.on, suspended_until=until)
        case ProjectResumed():
            began = days_after(state.began, max(0, event.days))
            return with_dates(replace(state, phase="in_implementation", began=began), event.dates)
        case _:
            assert_never(event)
