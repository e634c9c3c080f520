"""A project's end before its goal."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from services.projects.domain.project.state import State, acting, refuse_players
from shared.domain import By, NotAsItStands

NOT_RATIFIED = "R33"  # a reason, as a code


@dataclass(frozen=True, slots=True)
class ProjectTerminated:
    """It ends before its goal; what was done stays."""

    on: date
    reason: str


Event = ProjectTerminated


@dataclass(frozen=True, slots=True)
class TerminateProject:
    """End it before its goal."""

    by: By
    reason: str
    today: date


Command = TerminateProject


class AlreadyEnded(NotAsItStands):
    """Only a running project is ended early.

    A proposal is withdrawn or rejected; a closed project stays closed."""


def decide(command: TerminateProject, state: State) -> list[Event]:
    """A running project only, by nobody with a part in it (R4)."""
    if state.phase not in ("in_implementation", "suspended", "in_closing"):
        raise AlreadyEnded()
    refuse_players(state, acting(command.by))
    return [ProjectTerminated(command.today, command.reason)]


def evolve(state: State, event: Event) -> State:
    """It has ended."""
    return replace(state, phase="terminated")
