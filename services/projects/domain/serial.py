"""The running number of a company's projects in a year: one event each, so the version is the number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.domain import By, Decider, UnitId

# Events


@dataclass(frozen=True, slots=True)
class NumberTaken:
    """The next number of this company and year is in use."""

    company: UnitId
    year: int


# Commands


@dataclass(frozen=True, slots=True)
class TakeNumber:
    """Take the next number."""

    by: By
    company: UnitId
    year: int


# State: nothing, since no rule refuses


def decide(command: TakeNumber, _state: None) -> Sequence[NumberTaken]:
    """One number more."""
    return [NumberTaken(command.company, command.year)]


def evolve(_state: None, _event: NumberTaken) -> None:
    """Nothing to remember: the stream's version counts."""


SERIAL: Decider[TakeNumber, NumberTaken, None] = Decider(
    "serial", None, decide, evolve, (TakeNumber,), (NumberTaken,)
)
