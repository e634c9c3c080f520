"""A review collects what closed in its year; exceptions have reasons (R37, R56)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.evaluation.domain.review.cycle.state import Entrant, Stage, State, Unlike, at_stage
from services.evaluation.domain.review.panel.state import without
from shared.domain import By, Refusal

# Events


@dataclass(frozen=True, slots=True)
class ProjectCollected:
    entrant: Entrant
    closed_on: date
    exception: str  # why it counts although it closed on another day or nobody recommended it; mostly empty


@dataclass(frozen=True, slots=True)
class ProjectLeftOut:
    project: str
    reason: str


@dataclass(frozen=True, slots=True)
class CollectionClosed:
    projects: int
    unlike: Unlike | None = None


Event = ProjectCollected | ProjectLeftOut | CollectionClosed


# Commands


@dataclass(frozen=True, slots=True)
class Closed:
    """A project that may be collected."""

    entrant: Entrant  # of its fixed score
    closed_on: date  # on which the closing was asked for complete, where its bodies were late (R37)
    vetoed: bool
    exception: str = ""
    recommended: bool = True  # where only what a company recommended is reviewed without a reason (R56)
    other_year: int = 0  # whose review of the same unit has it already


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
    """Say that the list is whole; where schemes differ within a track, how these are ranked (R20)."""

    by: By
    unlike: Unlike | None = None


Command = CollectProjects | LeaveOut | CloseCollection


# Refusals


class ClosedOnAnotherDay(Refusal):
    """This project closed on {closed_on}, not from {since} to {until}.

    Leave it to the other year's review, or give the reason of the exception."""


class NobodyRecommendedIt(Refusal):
    """No company's review recommended this project.

    Wait for its company's review, or give the reason of the exception."""


class ReviewedInAnotherYear(Refusal):
    """This project is in the review of {year}; it competes for awards once.

    If it belongs to this year, have it left out there first."""


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


class SchemesDiffer(Refusal):
    """In {count} tracks projects were assessed by schemes with different criteria or weights.

    Rank them in lists of their own with places of their own, or state a conversion, by a decision with
    its document; or leave out those of the other scheme."""


class ClosingScoresStand(Refusal):
    """A conversion is of a dossier's computed points; a review without panels ranks by closing scores.

    Rank what was assessed by another scheme in lists of their own, or leave it out."""


class UnlikeIsDecided(Refusal):
    """How unlike schemes are ranked is decided, with a document: each list once, or a conversion in words.

    Give the document and what it decides."""


class NoSuchScheme(Refusal):
    """No project of the review was assessed by {count} of these schemes.

    Name schemes of the review's projects."""


class NothingCollected(Refusal):
    """No project is in the review yet.

    Collect those that closed in its days."""


def decide(command: Command, cycle: State) -> Sequence[Event]:
    """The events of a command about what is reviewed."""
    match command:
        case CollectProjects():
            return collect_projects(command, cycle)
        case LeaveOut():
            return leave_out(command, cycle)
        case CloseCollection():
            return close_collection(command, cycle)
        case _:
            assert_never(command)


def collect_projects(command: CollectProjects, cycle: State) -> Sequence[Event]:
    """What closed in its days and was recommended; another one with a reason (R37, R56), and once (R24)."""
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
    if closed.other_year:
        raise ReviewedInAnotherYear(year=closed.other_year)
    in_time = cycle.closed_from <= closed.closed_on <= cycle.closed_until
    exception = "" if in_time and closed.recommended else closed.exception.strip()
    if not closed.recommended and not exception:
        raise NobodyRecommendedIt()
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


def close_collection(command: CloseCollection, cycle: State) -> Sequence[Event]:
    """From here on the list is what is judged; unlike schemes are not ranked together unsaid (R20)."""
    at_stage(cycle, "collecting")
    if not cycle.entrants:
        raise NothingCollected()
    unlike = command.unlike
    if unlike is not None and not _decided(unlike):
        raise UnlikeIsDecided()
    if unlike is not None and unlike.conversion.strip() and not cycle.rounds:
        raise ClosingScoresStand()
    apart = {own.scheme for own in unlike.apart} if unlike else set[str]()
    if unknown := apart - {entrant.scheme for entrant in cycle.entrants.values()}:
        raise NoSuchScheme(count=len(unknown))
    if (tracks := mixed_tracks(cycle, apart)) and not (unlike and unlike.conversion.strip()):
        raise SchemesDiffer(count=len(tracks))
    return [CollectionClosed(len(cycle.entrants), unlike)]


def mixed_tracks(cycle: State, apart: Collection[str]) -> list[str]:
    """Tracks with projects of different schemes, but for those in lists of their own."""
    schemes: dict[str, set[str]] = {}
    for entrant in cycle.entrants.values():
        if entrant.scheme not in apart:
            schemes.setdefault(entrant.track, set()).add(entrant.scheme)
    return sorted(track for track, found in schemes.items() if len(found) > 1)


def _decided(unlike: Unlike) -> bool:
    """Whether it names its document and says something, with places that can be given."""
    places = [count for own in unlike.apart for count in own.places.values()]
    once = len({own.scheme for own in unlike.apart}) == len(unlike.apart)
    says = bool(unlike.apart or unlike.conversion.strip())
    return bool(unlike.document.strip()) and says and once and all(count >= 0 for count in places)


def evolve(cycle: State, event: Event) -> State:
    """The cycle after its list changed."""
    match event:
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
            stage: Stage = "judging" if cycle.rounds else "judged"
            return replace(cycle, stage=stage, unlike=event.unlike)
        case _:
            assert_never(event)
