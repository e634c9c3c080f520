"""The end by two keys: asked for, turned or sent back, and at last the archive (R52 to R54, R78)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
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
from services.projects.domain.project.state import State, require
from shared.domain import By


@dataclass(frozen=True, slots=True)
class ProjectArchived:
    """The archive has taken it over (R78)."""

    archive_number: str
    on: date


Event = (
    ClosureRequested | ClosureReviewed | ClosureAssessed | ClosureReturned | ProjectClosed | ProjectArchived
)


@dataclass(frozen=True, slots=True)
class ArchiveProject:
    """Take it over into the archive."""

    by: By
    archive_number: str
    today: date


Command = RequestClosure | ReviewClosure | AssessClosure | ReturnClosure | ArchiveProject


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
        case ArchiveProject():
            return archive(command, state)
        case _:
            assert_never(command)


def archive(command: ArchiveProject, state: State) -> Sequence[Event]:
    """Closed projects, and rejected and ended ones too (R78)."""
    require(state, "closed", "rejected", "terminated")
    return [ProjectArchived(command.archive_number, command.today)]


def evolve(state: State, event: Event) -> State:
    """The project after an event of its closing."""
    if isinstance(event, ClosureRequested):
        return requested(state, event)
    if isinstance(event, ProjectArchived):
        return replace(state, phase="archived")
    return turned(state, event)


__all__ = [
    "REPORT_CHARACTERS_AT_MOST",
    "SECOND_KEY_AT_LEAST",
    "AlreadyAssessed",
    "AlreadyReviewed",
    "ArchiveProject",
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
    "ProjectArchived",
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
