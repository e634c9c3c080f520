"""What a project leaves behind: a rule, a standard, a working method, a patent, a brand, a case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.projects.domain.project.state import State, require
from shared.domain import By, Incomplete, NotAsItStands, PersonId

OutcomeKind = Literal["rule", "standard", "method", "patent", "brand", "case"]
ON_PAPER = ("rule", "standard", "patent")  # what exists by a document


@dataclass(frozen=True, slots=True)
class OutcomeNamed:
    """This is left behind; the last one under a code stands."""

    outcome: str
    kind: OutcomeKind
    name: str
    meaning: str
    document: str
    on: date
    person: PersonId


@dataclass(frozen=True, slots=True)
class RuleForgone:
    """No rule has come of it, and why; a rule that is named later takes its place."""

    reason: str
    on: date
    person: PersonId


Event = OutcomeNamed | RuleForgone


@dataclass(frozen=True, slots=True)
class NameOutcome:
    """Say what a project leaves behind; under the same code it is said anew. Fact: today."""

    by: By
    outcome: str
    kind: OutcomeKind
    name: str
    today: date
    meaning: str = ""  # of a brand: what it stands for
    document: str = ""


@dataclass(frozen=True, slots=True)
class ForgoRule:
    """Say that no rule came of a project, and why. Fact: today."""

    by: By
    reason: str
    today: date


Command = NameOutcome | ForgoRule


class RuleIsNamed(NotAsItStands):
    """This project has named the rule that came of it.

    Nothing more is needed."""


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command about what is left behind."""
    match command:
        case NameOutcome():
            return name(command, state)
        case ForgoRule():
            return forgo(command, state)
        case _:
            assert_never(command)


def forgo(command: ForgoRule, state: State) -> list[Event]:
    """From the closing on, unless a rule is named; said again, the last reason stands."""
    require(state, "in_closing", "closed", "archived")
    if state.became_rule or state.practice.is_rule:
        raise RuleIsNamed()
    if not command.reason.strip():
        raise Incomplete(missing=["reason"])
    return [RuleForgone(command.reason.strip(), command.today, command.by.person)]


def name(command: NameOutcome, state: State) -> list[Event]:
    """From the work on: what exists by a document names it, a brand says what it means."""
    require(state, "in_implementation", "suspended", "in_closing", "closed", "archived")
    asked = {
        "name": command.name,
        "document": command.document if command.kind in ON_PAPER else "-",
        "meaning": command.meaning if command.kind == "brand" else "-",
    }
    if missing := [field for field, text in asked.items() if not text.strip()]:
        raise Incomplete(missing=missing)
    return [
        OutcomeNamed(
            command.outcome,
            command.kind,
            command.name.strip(),
            command.meaning,
            command.document,
            command.today,
            command.by.person,
        )
    ]


def evolve(state: State, event: Event) -> State:
    """The project after something of this was said: whether it became a rule."""
    if isinstance(event, RuleForgone):
        return state
    others = state.became_rule - {event.outcome}
    return replace(state, became_rule=others | ({event.outcome} if event.kind == "rule" else set()))
