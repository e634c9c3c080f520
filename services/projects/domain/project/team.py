"""The team as it stands in the field: formed in a form and under a name, and stood down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.projects.domain.project.state import State, refuse_future, require
from shared.domain import By, Incomplete, NotAsItStands, PersonId, Refusal

TeamForm = Literal["commando", "task_force", "responsibility_area", "model_post"]


@dataclass(frozen=True, slots=True)
class TeamFormed:
    """The project's team stands in this form."""

    form: str
    name: str
    on: date
    person: PersonId


@dataclass(frozen=True, slots=True)
class TeamStoodDown:
    """It stands no more in this form; its people stay on the project's team."""

    reason: str
    on: date
    person: PersonId


Event = TeamFormed | TeamStoodDown


@dataclass(frozen=True, slots=True)
class FormTeam:
    """Form the project's team as a commando, a task force, a responsibility area or model posts."""

    by: By
    form: TeamForm
    name: str
    on: date
    today: date


@dataclass(frozen=True, slots=True)
class StandDownTeam:
    """Stand the team down, and say why."""

    by: By
    reason: str
    on: date
    today: date


Command = FormTeam | StandDownTeam


class TeamIsFormed(NotAsItStands):
    """This project's team is formed already.

    Stand it down first, if it is to stand in another form."""


class NoTeamFormed(NotAsItStands):
    """This project's team is not formed, or was stood down.

    Form it first."""


class FormedAfterThat(Refusal):
    """The team was formed on {since}.

    Name that day or a later one."""


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command on the team's form."""
    refuse_future(command.on, command.today)
    match command:
        case FormTeam():
            return form(command, state)
        case StandDownTeam():
            return stand_down(command, state)
        case _:
            assert_never(command)


def form(command: FormTeam, state: State) -> list[Event]:
    """One team in one form at a time."""
    require(state, "in_implementation")
    if state.team_formed is not None:
        raise TeamIsFormed()
    if not command.name.strip():
        raise Incomplete(missing=["name"])
    return [TeamFormed(command.form, command.name, command.on, command.by.person)]


def stand_down(command: StandDownTeam, state: State) -> list[Event]:
    """Once, also after the work has ended."""
    require(state, "in_implementation", "suspended", "in_closing", "closed")
    if state.team_formed is None:
        raise NoTeamFormed()
    if command.on < state.team_formed:
        raise FormedAfterThat(since=state.team_formed)
    return [TeamStoodDown(command.reason, command.on, command.by.person)]


def evolve(state: State, event: Event) -> State:
    """The project after its team was formed or stood down."""
    match event:
        case TeamFormed():
            return replace(state, team_formed=event.on)
        case TeamStoodDown():
            return replace(state, team_formed=None)
        case _:
            assert_never(event)
