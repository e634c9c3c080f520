"""A review opens for a unit and a year and collects what closed in it; exceptions have reasons (R37, R56)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.evaluation.domain.review.cycle.state import Entrant, Judging, State, at_stage
from services.evaluation.domain.review.panel.state import without
from shared.domain import By, PersonId, Refusal, UnitId

# Events


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


@dataclass(frozen=True, slots=True)
class ProjectCollected:
    entrant: Entrant
    closed_on: date
    exception: str  # why it counts although it closed on another day; mostly empty


@dataclass(frozen=True, slots=True)
class ProjectLeftOut:
    project: str
    reason: str


@dataclass(frozen=True, slots=True)
class CollectionClosed:
    projects: int


Event = CycleOpened | ProjectCollected | ProjectLeftOut | CollectionClosed


# Commands


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


@dataclass(frozen=True, slots=True)
class Closed:
    """A project that may be collected."""

    entrant: Entrant  # of its fixed score
    closed_on: date  # on which the closing was asked for complete, where its bodies were late (R37)
    vetoed: bool
    exception: str = ""


@dataclass(frozen=True, slots=True)
class CollectProjects:
    by: By
    closed: tuple[Closed, ...]  # fact, but for the exceptions


@dataclass(frozen=True, slots=True)
class LeaveOut:
    by: By
    project: str
    reason: str


@dataclass(frozen=True, slots=True)
class CloseCollection:
    by: By


Command = OpenCycle | CollectProjects | LeaveOut | CloseCollection


# Refusals


class CycleIsOpen(Refusal):
    """This review has been opened already.

    Go on with it; a year has one review in a unit."""


class SharesAreBetween(Refusal):
    """A round counts the score before it with a share of 0 to 1, and takes at least one project.

    Correct the round."""


class YearEndsBeforeItBegins(Refusal):
    """The days on which a project must have closed end before they begin.

    Correct the days."""


class ClosedOnAnotherDay(Refusal):
    """This project closed on {closed_on}, not from {since} to {until}.

    Leave it to the other year's review, or give the reason of the exception."""


class VetoedIsNotReviewed(Refusal):
    """What is vetoed takes part in no review, and no exception is made.

    If the veto is wrong, turn to the department that recorded it."""


class CollectedAlready(Refusal):
    """This project is in the review already.

    Look it up in the list."""


class NotInTheReview(Refusal):
    """This project is not in the review.

    Choose one of its list."""


class ExceptionNeedsReason(Refusal):
    """Whoever leaves out a project, or dissolves a panel, says why.

    Give the reason."""


class NothingToCollect(Refusal):
    """No project is eligible that is not in the review already.

    Wait until scores are fixed, or name a project with the reason of its exception."""


class NothingCollected(Refusal):
    """No project is in the review yet.

    Collect those that closed in its days."""


def decide(command: Command, cycle: State) -> Sequence[Event]:
    """The events of a command about what is reviewed."""
    match command:
        case OpenCycle():
            return open_cycle(command, cycle)
        case CollectProjects():
            return collect_projects(command, cycle)
        case LeaveOut():
            return leave_out(command, cycle)
        case CloseCollection():
            return close_collection(cycle)
        case _:
            assert_never(command)


def open_cycle(command: OpenCycle, cycle: State) -> Sequence[Event]:
    """With the rounds of its programme; a first review may have none, and ranks by closing scores (R56)."""
    if cycle.unit is not None:
        raise CycleIsOpen()
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
        )
    ]


def collect_projects(command: CollectProjects, cycle: State) -> Sequence[Event]:
    """What closed in its days; another one with a reason, such as a late closing body (R37)."""
    at_stage(cycle, "collecting")
    if not command.closed:
        raise NothingToCollect()
    if len({closed.entrant.project for closed in command.closed}) < len(command.closed):
        raise CollectedAlready()
    return [_collected(closed, cycle) for closed in command.closed]


def _collected(closed: Closed, cycle: State) -> ProjectCollected:
    if closed.vetoed:
        raise VetoedIsNotReviewed()
    if closed.entrant.project in cycle.entrants:
        raise CollectedAlready()
    in_time = cycle.closed_from <= closed.closed_on <= cycle.closed_until
    exception = "" if in_time else closed.exception.strip()
    if not in_time and not exception:
        raise ClosedOnAnotherDay(
            closed_on=closed.closed_on, since=cycle.closed_from, until=cycle.closed_until
        )
    return ProjectCollected(closed.entrant, closed.closed_on, exception)


def leave_out(command: LeaveOut, cycle: State) -> Sequence[Event]:
    """With a reason that everybody in the review can read."""
    at_stage(cycle, "collecting")
    if command.project not in cycle.entrants:
        raise NotInTheReview()
    if not command.reason.strip():
        raise ExceptionNeedsReason()
    return [ProjectLeftOut(command.project, command.reason)]


def close_collection(cycle: State) -> Sequence[Event]:
    """From here on the list is what is judged."""
    at_stage(cycle, "collecting")
    if not cycle.entrants:
        raise NothingCollected()
    return [CollectionClosed(len(cycle.entrants))]


def _sound(judging: Judging) -> bool:
    share, at_most = judging.before_share, judging.projects_at_most
    return share.is_finite() and 0 <= share <= 1 and (at_most is None or at_most >= 1)


def evolve(cycle: State, event: Event) -> State:
    """The cycle after its list changed."""
    match event:
        case CycleOpened():
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
                ran=frozenset({event.opened_by}),
            )
        case ProjectCollected():
            entrant = event.entrant
            return replace(
                cycle,
                entrants={**cycle.entrants, entrant.project: entrant},
                scores={**cycle.scores, entrant.project: entrant.score},
            )
        case ProjectLeftOut():
            return replace(
                cycle,
                entrants=without(cycle.entrants, event.project),
                scores=without(cycle.scores, event.project),
            )
        case CollectionClosed():
            return replace(cycle, stage="judging" if cycle.rounds else "judged")
        case _:
            assert_never(event)
