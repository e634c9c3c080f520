"""What a project leaves behind: a rule, a standard, a working method, a patent, a brand, a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from services.projects.domain.project.state import State, require
from shared.domain import By, Incomplete, PersonId

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


Event = OutcomeNamed


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


Command = NameOutcome


def decide(command: NameOutcome, state: State) -> list[Event]:
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
    """No rule reads it."""
    return state
