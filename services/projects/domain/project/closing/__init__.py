"""The end by two keys: asked for, turned or sent back (R52 to R54)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from services.projects.domain.project.closing.keys import (
    SECOND_KEY_AT_LEAST,
    AlreadyAssessed,
    AlreadyReviewed,
    AssessClosure,
    AssessmentNotPassed,
    ClosureAssessed,
    ClosureReturned,
    ClosureReviewed,
    Criterion,
    Mark,
    MarkOutOfRange,
    MarksMissing,
    MeetingBeforeRequest,
    NobodyInBothBodies,
    NoSuchCriterion,
    OpenFindingsHoldClosing,
    ProjectClosed,
    ReturnClosure,
    ReviewClosure,
    SecondKeyNeedsThree,
    assess,
    return_closure,
    review,
    turned,
)
from services.projects.domain.project.closing.request import (
    REPORT_CHARACTERS_AT_MOST,
    ClosingReport,
    ClosureIncomplete,
    ClosureRequested,
    KeyHasNoBody,
    NotASecrecyReviewer,
    ReportTooLong,
    RequestClosure,
    SecrecyReview,
    request,
    requested,
)
from services.projects.domain.project.state import State

Event = ClosureRequested | ClosureReviewed | ClosureAssessed | ClosureReturned | ProjectClosed
Command = RequestClosure | ReviewClosure | AssessClosure | ReturnClosure


def decide(command: Command, state: State) -> Sequence[Event]:
    """The events of a command of closing."""
    match command:
        case RequestClosure():
            return request(command, state)
        case ReviewClosure():
            return review(command, state)
        case AssessClosure():
            return assess(command, state)
        case ReturnClosure():
            return return_closure(command, state)
        case _:
            assert_never(command)


def evolve(state: State, event: Event) -> State:
    """The project after an event of its closing."""
    if isinstance(event, ClosureRequested):
        return requested(state, event)
    return turned(state, event)


__all__ = [
    "REPORT_CHARACTERS_AT_MOST",
    "SECOND_KEY_AT_LEAST",
    "AlreadyAssessed",
    "AlreadyReviewed",
    "AssessClosure",
    "AssessmentNotPassed",
    "ClosingReport",
    "ClosureAssessed",
    "ClosureIncomplete",
    "ClosureRequested",
    "ClosureReturned",
    "ClosureReviewed",
    "Command",
    "Criterion",
    "Event",
    "KeyHasNoBody",
    "Mark",
    "MarkOutOfRange",
    "MarksMissing",
    "MeetingBeforeRequest",
    "NoSuchCriterion",
    "NobodyInBothBodies",
    "NotASecrecyReviewer",
    "OpenFindingsHoldClosing",
    "ProjectClosed",
    "ReportTooLong",
    "RequestClosure",
    "ReturnClosure",
    "ReviewClosure",
    "SecondKeyNeedsThree",
    "SecrecyReview",
    "decide",
    "evolve",
]
