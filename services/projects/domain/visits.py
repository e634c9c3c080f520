"""The visits of a branch in a year, from all levels together: one event each, so the version counts (R46)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain import By, Decider, UnitId

# Events


@dataclass(frozen=True, slots=True)
class VisitCounted:
    """An inspection of one of the branch's projects counts among those of the year."""

    unit: UnitId
    year: int
    project: str
    inspection: str


# Commands


@dataclass(frozen=True, slots=True)
class CountVisit:
    """Count an inspection; that each is counted once, its command's id sees to."""

    by: By
    unit: UnitId
    year: int
    project: str
    inspection: str


# State: nothing, since what the number forbids is the project's rule


def decide(command: CountVisit, _state: None) -> Sequence[VisitCounted]:
    """One visit more."""
    return [VisitCounted(command.unit, command.year, command.project, command.inspection)]


def evolve(_state: None, _event: VisitCounted) -> None:
    """Nothing to remember: the stream's version counts."""


VISITS: Decider[CountVisit, VisitCounted, None] = Decider(
    "visits", None, decide, evolve, (CountVisit,), (VisitCounted,)
)
