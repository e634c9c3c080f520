"""A review opens for a unit and a year, with the rounds of its programme (R37, R56)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.evaluation.domain.review.cycle.state import Judging, State
from shared.domain import By, PersonId, Refusal, UnitId

YEARS = range(2000, 2201)


# Event


@dataclass(frozen=True, slots=True)
class CycleOpened:
    unit: UnitId
    department: UnitId
    host: UnitId  # the branch of those who run it
    year: int
    programme: str  # the version whose panels and quotas hold
    closed_from: date
    closed_until: date
    rounds: tuple[Judging, ...]
    has_notice: bool
    opened_by: PersonId
    moves_up_within_days: int = 0  # after a revocation; 0: the place stays vacant (R63)


# Command


@dataclass(frozen=True, slots=True)
class OpenCycle:
    by: By
    unit: UnitId
    department: UnitId
    host: UnitId  # the branch of those who run it
    year: int
    programme: str
    closed_from: date
    closed_until: date
    rounds: tuple[Judging, ...]
    has_notice: bool  # whether its awards are shown to the public before they are confirmed
    moves_up_within_days: int = 0  # fact: of the programme
    of_group: bool = False  # fact: whether it is the review of the whole group


# Refusals


class CycleIsOpen(Refusal):
    """This review has been opened already.

    Go on with it; a year has one review in a unit."""


class NoSuchYear(Refusal):
    """A review is of one of the years 2000 to 2200.

    Correct the year."""


class GroupShowsItsAwards(Refusal):
    """The awards of the group are shown to the public before they are confirmed.

    Open the review with a notice."""


class SharesAreBetween(Refusal):
    """A round counts the score before it with a share of 0 to 1, and takes at least one project.

    Correct the round."""


class YearEndsBeforeItBegins(Refusal):
    """The days on which a project must have closed end before they begin.

    Correct the days."""


def open_cycle(command: OpenCycle, cycle: State) -> Sequence[CycleOpened]:
    """With the rounds of its programme; a first review may have none, and ranks by closing scores (R56)."""
    if cycle.unit is not None:
        raise CycleIsOpen()
    if command.year not in YEARS:
        raise NoSuchYear()
    if command.of_group and not command.has_notice:
        raise GroupShowsItsAwards()
    if command.closed_until < command.closed_from:
        raise YearEndsBeforeItBegins()
    if not all(_sound(judging) for judging in command.rounds):
        raise SharesAreBetween()
    return [
        CycleOpened(
            command.unit,
            command.department,
            command.host,
            command.year,
            command.programme,
            command.closed_from,
            command.closed_until,
            command.rounds,
            command.has_notice,
            command.by.person,
            command.moves_up_within_days,
        )
    ]


def _sound(judging: Judging) -> bool:
    share, at_most = judging.before_share, judging.projects_at_most
    return share.is_finite() and 0 <= share <= 1 and (at_most is None or at_most >= 1)


def evolve(cycle: State, event: CycleOpened) -> State:
    """The cycle once it is open."""
    return replace(
        cycle,
        unit=event.unit,
        department=event.department,
        host=event.host,
        year=event.year,
        programme=event.programme,
        closed_from=event.closed_from,
        closed_until=event.closed_until,
        rounds=event.rounds,
        has_notice=event.has_notice,
        moves_up_within_days=event.moves_up_within_days,
        ran=frozenset({event.opened_by}),
    )
