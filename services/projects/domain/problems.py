"""A branch's problem list: one line each, from which its projects start; no approval, no score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from services.projects.domain.project.content import FoundWhere, Listed, ProblemKind
from services.projects.domain.project.proposal import NotOnTheList
from services.projects.domain.project.state import NOWHERE, CodeTaken
from shared.domain import By, Decider, Incomplete, PersonId, Refusal, UnitId

LONGEST = 200  # characters of one line

# Events


@dataclass(frozen=True, slots=True)
class ProblemNoted:
    """The branch has this problem on its list."""

    unit: UnitId
    problem: str
    text: str
    kind: str
    found_where: str
    on: date
    person: PersonId


@dataclass(frozen=True, slots=True)
class ProblemStruckOff:
    """It is on the list no more: it is solved, or was none."""

    unit: UnitId
    problem: str
    reason: str
    on: date
    person: PersonId


Event = ProblemNoted | ProblemStruckOff

# Commands


@dataclass(frozen=True, slots=True)
class NoteProblem:
    """Put a problem on a branch's list, in one line. Fact: today."""

    by: By
    unit: UnitId
    problem: str
    text: str
    kind: ProblemKind
    found_where: FoundWhere
    today: date


@dataclass(frozen=True, slots=True)
class StrikeOffProblem:
    """Take a problem off the list, and say why. Fact: today."""

    by: By
    problem: str
    reason: str
    today: date


Command = NoteProblem | StrikeOffProblem

# Refusals


class ProblemIsOneLine(Refusal):
    """A problem on the list is one line of at most {characters} characters.

    Leave out what the proposal will say."""


class StrikingOffNeedsAReason(Refusal):
    """Whoever takes a problem off the list says why.

    Write whether it is solved, or what was found."""


# State


@dataclass(frozen=True, slots=True)
class Problems:
    """The list of one branch; None stands for what was struck off."""

    unit: UnitId = NOWHERE
    problems: Mapping[str, Listed | None] = field(default_factory=dict)


def decide(command: Command, known: Problems) -> Sequence[Event]:
    """The events of a command."""
    match command:
        case NoteProblem():
            return note(command, known)
        case StrikeOffProblem():
            return strike_off(command, known)
        case _:
            assert_never(command)


def note(command: NoteProblem, known: Problems) -> Sequence[Event]:
    """Under a code that the list has not had."""
    if command.problem in known.problems:
        raise CodeTaken(code=command.problem)
    text = command.text.strip()
    if not text:
        raise Incomplete(missing=["problem"])
    if len(text) > LONGEST or len(text.splitlines()) > 1:
        raise ProblemIsOneLine(characters=LONGEST)
    return [
        ProblemNoted(
            command.unit,
            command.problem,
            text,
            command.kind,
            command.found_where,
            command.today,
            command.by.person,
        )
    ]


def strike_off(command: StrikeOffProblem, known: Problems) -> Sequence[Event]:
    """Once; the projects that started from it go on."""
    if known.problems.get(command.problem) is None:
        raise NotOnTheList(problem=command.problem)
    if not command.reason.strip():
        raise StrikingOffNeedsAReason()
    return [ProblemStruckOff(known.unit, command.problem, command.reason, command.today, command.by.person)]


def evolve(known: Problems, event: Event) -> Problems:
    """The list after an event."""
    match event:
        case ProblemNoted():
            listed = Listed(event.problem, event.text, event.kind, event.found_where)
            return Problems(event.unit, {**known.problems, event.problem: listed})
        case ProblemStruckOff():
            return replace(known, problems={**known.problems, event.problem: None})
        case _:
            assert_never(event)


PROBLEMS: Decider[Command, Event, Problems] = Decider(
    aggregate="problems",
    initial=Problems(),
    decide=decide,
    evolve=evolve,
    commands=(NoteProblem, StrikeOffProblem),
    events=(ProblemNoted, ProblemStruckOff),
)
