"""What happens beside the tasks: milestones, activities, evidence, problems."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.projects.domain.project.content import ActivityKind
from services.projects.domain.project.state import (
    CodeTaken,
    NoSuchMilestone,
    Phase,
    State,
    refuse_future,
    require,
)
from services.projects.domain.project.support import NoSuchSupport
from shared.domain import By, NotAsItStands, NotKnown, Refusal

Subject = Literal["project", "task", "milestone", "indicator", "finding"]
OVER: tuple[Phase, ...] = ("closed", "rejected", "terminated", "archived")
CONSULTATION: ActivityKind = "难题会诊"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file or a link, known by its hash; the name leads to no path on disk."""

    sha256: str
    name: str
    size_bytes: int
    media_type: str
    link: str = ""


@dataclass(frozen=True, slots=True)
class MilestoneReached:
    """A dated result is there; late if `on` is after the date of the plan."""

    milestone: str
    on: date
    entered_on: date | None = None  # counts where no paper of an earlier day was accepted (R36)


@dataclass(frozen=True, slots=True)
class ActivityHeld:
    """A party activity took place and served an indicator."""

    on: date
    kind: str  # an ActivityKind; old ones in free words
    title: str
    indicator: str
    decision: str = ""  # in which it ended
    support: str = ""  # the request for support in which it ended


@dataclass(frozen=True, slots=True)
class EvidenceAttached:
    """A file or link proves something."""

    evidence: Evidence
    subject: Subject
    code: str  # of the task, milestone, indicator or finding; empty for the project
    proves: str


@dataclass(frozen=True, slots=True)
class ProblemRaised:
    """Something stands in the way."""

    problem: str
    text: str


@dataclass(frozen=True, slots=True)
class ProblemResolved:
    """It no longer does."""

    problem: str
    how: str


Event = MilestoneReached | ActivityHeld | EvidenceAttached | ProblemRaised | ProblemResolved


@dataclass(frozen=True, slots=True)
class ReachMilestone:
    """Say that a milestone is reached."""

    by: By
    milestone: str
    on: date
    today: date


@dataclass(frozen=True, slots=True)
class HoldActivity:
    """Record an activity: day, kind and the indicator that it serves; its minutes live elsewhere.

    A consultation on a hard problem says in which decision or request for support it ended.
    """

    by: By
    on: date
    kind: ActivityKind
    title: str
    indicator: str
    today: date
    decision: str = ""  # who does what by when
    support: str = ""  # code of a request for support of this project


@dataclass(frozen=True, slots=True)
class AttachEvidence:
    """Attach a file already stored, or a link."""

    by: By
    evidence: Evidence
    subject: Subject
    code: str
    proves: str


@dataclass(frozen=True, slots=True)
class RaiseProblem:
    """Say what stands in the way."""

    by: By
    problem: str
    text: str


@dataclass(frozen=True, slots=True)
class ResolveProblem:
    """Say how it was removed."""

    by: By
    problem: str
    how: str


Command = ReachMilestone | HoldActivity | AttachEvidence | RaiseProblem | ResolveProblem


class AlreadyReached(NotAsItStands):
    """This milestone is reached already.

    Nothing more is needed."""


class ConsultationEndsInSomething(Refusal):
    """A consultation on a hard problem ends in a decision or a request for support.

    Say who does what by when, or name the request for support."""


class AlreadyAttached(Refusal):
    """This file is attached here already.

    It can prove something else too: name another subject."""


class NothingToProve(NotKnown):
    """The project has nothing of the code {code} that could be proved.

    Choose a task, milestone, indicator or finding of it, or the project itself."""


class NoSuchProblem(NotKnown):
    """No open problem has the code {problem}.

    Choose from the list of open ones."""


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command beside the tasks."""
    match command:
        case ReachMilestone():
            return reach(command, state)
        case HoldActivity():
            return hold(command, state)
        case AttachEvidence():
            return attach(command, state)
        case RaiseProblem():
            return raise_problem(command, state)
        case ResolveProblem():
            return resolve_problem(command, state)
        case _:
            assert_never(command)


def reach(command: ReachMilestone, state: State) -> list[Event]:
    """Once; whether it is late follows from the plan."""
    require(state, "in_implementation")
    if command.milestone not in {milestone.code for milestone in state.proposal.plan}:
        raise NoSuchMilestone(milestone=command.milestone)
    if command.milestone in state.reached:
        raise AlreadyReached()
    refuse_future(command.on, command.today)
    return [MilestoneReached(command.milestone, command.on, command.today)]


def hold(command: HoldActivity, state: State) -> list[Event]:
    """An activity names the indicator that it serves, a consultation in what it ended."""
    require(state, "in_implementation")
    state.indicator(command.indicator)
    refuse_future(command.on, command.today)
    if command.support and command.support not in state.supports:
        raise NoSuchSupport(code=command.support)
    if command.kind == CONSULTATION and not (command.support or command.decision.strip()):
        raise ConsultationEndsInSomething()
    return [
        ActivityHeld(
            command.on, command.kind, command.title, command.indicator, command.decision, command.support
        )
    ]


def attach(command: AttachEvidence, state: State) -> list[Event]:
    """A file enters once and may prove many things; after the end papers still come to the project (R78)."""
    require(state, "in_implementation", "in_closing", *(OVER if command.subject == "project" else ()))
    if command.code not in _provable(state)[command.subject]:
        raise NothingToProve(code=command.code)
    if (command.evidence.sha256, command.subject, command.code) in state.evidence:
        raise AlreadyAttached()
    return [EvidenceAttached(command.evidence, command.subject, command.code, command.proves)]


def _provable(state: State) -> Mapping[Subject, Collection[str]]:
    return {
        "project": ("",),
        "task": state.tasks.keys(),
        "milestone": {milestone.code for milestone in state.proposal.plan},
        "indicator": {indicator.code for indicator in state.proposal.targets},
        "finding": state.findings.keys(),
    }


def raise_problem(command: RaiseProblem, state: State) -> list[Event]:
    """Under a code that is new in the project."""
    require(state, "in_implementation")
    if command.problem in state.problems:
        raise CodeTaken(code=command.problem)
    return [ProblemRaised(command.problem, command.text)]


def resolve_problem(command: ResolveProblem, state: State) -> list[Event]:
    """Once."""
    require(state, "in_implementation")
    if not state.problems.get(command.problem):
        raise NoSuchProblem(problem=command.problem)
    return [ProblemResolved(command.problem, command.how)]


def evolve(state: State, event: Event) -> State:
    """The project after an event beside the tasks."""
    match event:
        case MilestoneReached():
            return replace(state, reached=state.reached | {event.milestone})
        case ActivityHeld():
            return state
        case EvidenceAttached():
            attached = (event.evidence.sha256, event.subject, event.code)
            return replace(state, evidence=state.evidence | {attached})
        case ProblemRaised():
            return replace(state, problems={**state.problems, event.problem: True})
        case ProblemResolved():
            return replace(state, problems={**state.problems, event.problem: False})
        case _:
            assert_never(event)
