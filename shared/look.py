"""A look of audit or discipline at a record: itself on the record, and shown to few (R76)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from shared.domain import By, Decider

What = Literal[
    "history",
    "replay",
    "difference",
    "decision",
    "portfolio",
    "unit",
    "office",
    "dossier",
    "event_log",
    "export",
    "leads",
    "looks",
    "review",
    "suspicions",
    "handover",
    "unsealing",
]

# Events


@dataclass(frozen=True, slots=True)
class LookTaken:
    """At what, of which project, unit or handover ("" for all), and as it was asked: an address's query."""

    what: What
    of: str
    asked: str


# Commands


@dataclass(frozen=True, slots=True)
class TakeLook:
    """Somebody looks."""

    by: By
    what: What
    of: str
    asked: str


# State: how many there were; no rule reads it


def decide(command: TakeLook, _looks: int) -> Sequence[LookTaken]:
    """Every look is one."""
    return [LookTaken(command.what, command.of, command.asked)]


def evolve(looks: int, _event: LookTaken) -> int:
    """The state after the event."""
    return looks + 1


LOOK: Decider[TakeLook, LookTaken, int] = Decider("look", 0, decide, evolve, (TakeLook,), (LookTaken,))
