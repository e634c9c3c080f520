"""The two keys: a review of truth, an assessment of contribution, nobody in both (R52 to R54)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import assert_never

from services.projects.domain.body import Kind, NotTheDecidingBody
from services.projects.domain.project.approval import ReturnNeedsChanges, numbered
from services.projects.domain.project.content import Seat
from services.projects.domain.project.route import RequiredChange, Wanted
from services.projects.domain.project.state import (
    NOWHERE,
    Closing,
    Key,
    ProposerMayNotApprove,
    SeatNotAddressed,
    State,
    acting,
    require,
)
from services.projects.domain.quorum import (
    Numbers,
    TooFewPresent,
    VotesDoNotCarry,
    passes,
    present_is_enough,
    refuse_impossible,
)
from shared.domain import By, Incomplete, NotAllowed, NotAsItStands, NotKnown, PersonId, Refusal, UnitId


@dataclass(frozen=True, slots=True)
class Criterion:
    """A judged criterion of the scheme fixed at approval, and its weight."""

    code: str
    weight: Decimal
    name: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Points given for a judged criterion."""

    criterion: str
    points: Decimal


@dataclass(frozen=True, slots=True)
class ClosureReviewed:
    """A seat of the first key found it done as approved and the figures true."""

    seat: Seat
    person: PersonId
    note: str


@dataclass(frozen=True, slots=True)
class ClosureAssessed:
    """The second key accepted and marked what the party organisation and members contributed."""

    meeting: str
    item: int
    minutes: str
    numbers: Numbers
    body: tuple[PersonId, ...]
    marks: tuple[Mark, ...]
    unit: UnitId = NOWHERE  # whose committee it was (R52)


@dataclass(frozen=True, slots=True)
class ClosureReturned:
    """One of the keys sent it back into implementation with numbered changes."""

    key: Key
    changes: tuple[RequiredChange, ...]


@dataclass(frozen=True, slots=True)
class ProjectClosed:
    """Both keys accepted."""

    on: date
    requested_on: date


Turned = ClosureReviewed | ClosureAssessed | ClosureReturned | ProjectClosed


@dataclass(frozen=True, slots=True)
class ReviewClosure:
    """Turn the first key for one of its seats. Facts: seat, tied_to."""

    by: By
    seat: Seat
    today: date
    note: str = ""
    tied_to: tuple[PersonId, ...] = ()


@dataclass(frozen=True, slots=True)
class AssessClosure:
    """Turn the second key as its meeting decided. Facts: all but meeting, item and marks."""

    by: By
    meeting: str
    item: int
    minutes: str
    numbers: Numbers
    body: tuple[PersonId, ...]  # who voted and marked
    marks: tuple[Mark, ...]
    criteria: tuple[Criterion, ...]
    today: date
    kind: Kind
    unit: UnitId  # whose body met
    units: tuple[UnitId, ...]  # whose committee may hold the second key (R52)
    held_on: date
    passed: bool  # as the minutes say
    tied_to: tuple[PersonId, ...] = ()  # to whom one of them has a tie (R5)


@dataclass(frozen=True, slots=True)
class ReturnClosure:
    """Send it back with what is to be done. Facts: key (the body in which `by` sits), tied_to."""

    by: By
    key: Key
    changes: tuple[Wanted, ...]
    tied_to: tuple[PersonId, ...] = ()


class AlreadyReviewed(NotAsItStands):
    """This office has accepted the closure.

    Nothing more is asked of it here."""


class AlreadyAssessed(NotAsItStands):
    """The organisational assessment is done.

    The other key is waited for."""


class NobodyInBothBodies(NotAllowed):
    """Nobody is in both closing bodies of a project.

    The nearest person who is not in the other body takes part."""


class SecondKeyNeedsThree(Refusal):
    """The organisational assessment is made by at least {least} people.

    If the company has not enough without conflict, the level above assesses."""


class MeetingBeforeRequest(Refusal):
    """The meeting was on {held_on}, before closure was requested on {requested_on}.

    Put the assessment on the agenda of the next meeting."""


class AssessmentNotPassed(Refusal):
    """By its minutes the meeting did not pass this item.

    Return the closure with what is to be done, or put it before the next meeting."""


class MarksMissing(Incomplete):
    """Not every judged criterion has a mark: {criteria}.

    Mark each of them."""


class NoSuchCriterion(NotKnown):
    """{criterion} is not a judged criterion of this project, or stands twice.

    Mark each judged criterion once; the others are computed."""


class MarkOutOfRange(Refusal):
    """A mark for {criterion} is between 0 and {weight}.

    Give points within the weight."""


class OpenFindingsHoldClosing(Refusal):
    """Findings are open: {findings}.

    Closing waits until they are put right and closed."""


SECOND_KEY_AT_LEAST = 3


def review(command: ReviewClosure, state: State) -> list[Turned]:
    """First key: done as approved, figures true; it gives no marks (R53)."""
    require(state, "in_closing")
    closing = state.closing
    if command.seat not in closing.first_key:
        raise SeatNotAddressed()
    if command.seat in closing.reviewers:
        raise AlreadyReviewed()
    _refuse_conflict(state, acting(command.by) | set(command.tied_to))
    _refuse_other_body(state, "first", command.by)
    _refuse_open_findings(state)
    reviewed = ClosureReviewed(command.seat, command.by.person, command.note)
    return _closed_if_both(state, reviewed, command.today)


def assess(command: AssessClosure, state: State) -> list[Turned]:
    """Second key: a body of at least three marks every judged criterion (R52, R53)."""
    require(state, "in_closing")
    numbers = command.numbers
    if state.closing.assessors:
        raise AlreadyAssessed()
    if command.kind != "party_committee" or command.unit not in command.units:
        raise NotTheDecidingBody()
    if command.held_on < state.closing.requested_on:
        raise MeetingBeforeRequest(held_on=command.held_on, requested_on=state.closing.requested_on)
    if not command.passed:
        raise AssessmentNotPassed()
    if len(set(command.body)) < SECOND_KEY_AT_LEAST:
        raise SecondKeyNeedsThree(least=SECOND_KEY_AT_LEAST)
    _refuse_conflict(state, {*command.body, *command.tied_to})
    if not set(command.body).isdisjoint(state.closing.reviewers.values()):  # who enters it is not in it
        raise NobodyInBothBodies()
    refuse_impossible(numbers)
    if not present_is_enough(numbers.should_attend, numbers.present):
        raise TooFewPresent(present=numbers.present, should_attend=numbers.should_attend)
    if not passes(numbers.should_attend, numbers.votes_for):
        raise VotesDoNotCarry(votes_for=numbers.votes_for, should_attend=numbers.should_attend)
    _refuse_marks(command.marks, command.criteria)
    _refuse_open_findings(state)
    assessed = ClosureAssessed(
        command.meeting, command.item, command.minutes, numbers, command.body, command.marks, command.unit
    )
    return _closed_if_both(state, assessed, command.today)


def _refuse_marks(marks: tuple[Mark, ...], criteria: tuple[Criterion, ...]) -> None:
    unmarked = {criterion.code: criterion for criterion in criteria}
    for mark in marks:
        criterion = unmarked.pop(mark.criterion, None)
        if criterion is None:
            raise NoSuchCriterion(criterion=mark.criterion)
        if not 0 <= mark.points <= criterion.weight:
            raise MarkOutOfRange(criterion=criterion.name, weight=criterion.weight)
    if unmarked:
        names = [criterion.name for criterion in unmarked.values()]
        raise MarksMissing(missing=[f"marks.{code}" for code in unmarked], criteria=names)


def _refuse_conflict(state: State, people: Iterable[PersonId]) -> None:
    """Neither who has a part in the project nor who did one of its tasks (R4)."""
    if not state.workers.isdisjoint(people):
        raise ProposerMayNotApprove()


def _refuse_other_body(state: State, key: Key, by: By) -> None:
    """Workers, barred as well, have been refused before: whoever is left is in the other body (R4)."""
    if not state.barred(key).isdisjoint(acting(by)):
        raise NobodyInBothBodies()


def _refuse_open_findings(state: State) -> None:
    if findings := state.open_findings():
        raise OpenFindingsHoldClosing(findings=findings)


def _closed_if_both(state: State, key: ClosureReviewed | ClosureAssessed, today: date) -> list[Turned]:
    """The key that was turned, and the end of the project in the same decision if it was the last."""
    if not turned(state, key).closing.both_keys_turned:
        return [key]
    return [key, ProjectClosed(today, state.closing.requested_on)]


def return_closure(command: ReturnClosure, state: State) -> list[Turned]:
    """Either body sends it back; both keys start anew."""
    require(state, "in_closing")
    if not command.changes:
        raise ReturnNeedsChanges()
    _refuse_conflict(state, acting(command.by) | set(command.tied_to))
    _refuse_other_body(state, command.key, command.by)
    return [ClosureReturned(command.key, numbered(state, command.changes))]


def turned(state: State, event: Turned) -> State:
    """The project after a key was turned, both, or sent back."""
    closing = state.closing
    match event:
        case ClosureReviewed():
            reviewers = {**closing.reviewers, event.seat: event.person}
            return replace(state, closing=replace(closing, reviewers=reviewers))
        case ClosureAssessed():
            return replace(state, closing=replace(closing, assessors=frozenset(event.body)))
        case ClosureReturned():
            approval = replace(state.approval, numbered=state.approval.numbered + len(event.changes))
            return replace(state, phase="in_implementation", approval=approval, closing=Closing())
        case ProjectClosed():
            return replace(state, phase="closed")
        case _:
            assert_never(event)
