"""Who has a task does it or gives it back, and another accepts it (R4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.project.state import State, Task, acting, refuse_future
from services.projects.domain.project.tasks.adding import known
from services.projects.domain.project.tasks.climbing import ClaimLapsed
from shared.domain import By, NotAllowed, NotAsItStands, PersonId, Refusal, UnitId


@dataclass(frozen=True, slots=True)
class TaskReleased:
    """Who held it gave it back."""

    task: str
    person: PersonId
    reason: str


@dataclass(frozen=True, slots=True)
class TaskCompleted:
    """Who held it says that it is done."""

    task: str
    person: PersonId
    on: date
    note: str
    entered_on: date | None = None  # counts where no paper of an earlier day was accepted (R36)


@dataclass(frozen=True, slots=True)
class TaskAccepted:
    """Somebody else found it done to the standard."""

    task: str
    person: PersonId  # who did it
    completed_on: date
    accepted_by: PersonId


@dataclass(frozen=True, slots=True)
class TaskSentBack:
    """Somebody else found it not yet done."""

    task: str
    person: PersonId  # who did it
    reason: str


Event = TaskReleased | TaskCompleted | TaskAccepted | TaskSentBack


@dataclass(frozen=True, slots=True)
class ReleaseTask:
    """Give a task back."""

    by: By
    task: str
    reason: str


@dataclass(frozen=True, slots=True)
class CompleteTask:
    """Say that a task is done."""

    by: By
    task: str
    on: date
    today: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class AcceptTask:
    """Find a task done to its standard. Fact: tied_to."""

    by: By
    task: str
    tied_to: tuple[PersonId, ...] = ()  # whom `by` is deputy for or kin of (R4, R5)


@dataclass(frozen=True, slots=True)
class SendBackTask:
    """Find a task not yet done. Fact: tied_to."""

    by: By
    task: str
    reason: str
    tied_to: tuple[PersonId, ...] = ()  # whom `by` is deputy for or kin of (R4, R5)


@dataclass(frozen=True, slots=True)
class ReleaseWhatTheyHold:
    """Give back what somebody has or claims who went away; nobody signs it."""

    by: By | None
    person: PersonId
    reason: str
    to: UnitId | None = None  # where they belong now: what is done there, they keep


Command = ReleaseTask | CompleteTask | AcceptTask | SendBackTask | ReleaseWhatTheyHold


class OnlyTheHolder(NotAllowed):
    """Only the person who has this task can do that.

    Look who has it."""


class HoldsNothing(Refusal):
    """This person has no open task and no claim in this project.

    Nothing more is needed."""


class NotCompleted(NotAsItStands):
    """The task is not reported as done.

    Wait until the person who has it says so."""


class DoerMayNotAccept(NotAllowed):
    """Nobody accepts a task that they did.

    The nearest person without conflict accepts it."""


def decide(command: Command, state: State) -> Sequence[Event | ClaimLapsed]:
    """The events of a command on a task that somebody has."""
    if isinstance(command, ReleaseWhatTheyHold):
        return [*release_all(command, state)]
    task = known(command.task, state)
    match command:
        case ReleaseTask():
            return release(command, task)
        case CompleteTask():
            return complete(command, task)
        case AcceptTask():
            return accept(command, task)
        case SendBackTask():
            return send_back(command, task)
        case _:
            assert_never(command)


def release(command: ReleaseTask, task: Task) -> list[Event]:
    """By who has it."""
    _refuse_others(command.by, task)
    return [TaskReleased(command.task, task.holder, command.reason)]


def release_all(command: ReleaseWhatTheyHold, state: State) -> list[TaskReleased | ClaimLapsed]:
    """What is not done yet, and claims from outside a circle; what is reported as done is to be accepted."""
    stay = {code for code, task in state.tasks.items() if command.to in (state.unit, *task.circle)}
    held = [
        code
        for code, task in state.tasks.items()
        if task.status == "held" and task.holder == command.person and code not in stay
    ]
    lapsed = [
        ClaimLapsed(code, command.person, command.reason, left=len(task.claimants) - 1)
        for code, task in state.tasks.items()
        if command.person in task.claimants and command.to not in task.circle
    ]
    if not held and not lapsed:
        raise HoldsNothing()
    return [*(TaskReleased(code, command.person, command.reason) for code in held), *lapsed]


def complete(command: CompleteTask, task: Task) -> list[Event]:
    """By who has it."""
    _refuse_others(command.by, task)
    refuse_future(command.on, command.today)
    return [TaskCompleted(command.task, task.holder, command.on, command.note, command.today)]


def accept(command: AcceptTask, task: Task) -> list[Event]:
    """By somebody who did not do it; a team mate may (R4)."""
    _refuse_doer(command, task)
    return [TaskAccepted(command.task, task.holder, task.completed_on, command.by.person)]


def send_back(command: SendBackTask, task: Task) -> list[Event]:
    """By somebody who did not do it."""
    _refuse_doer(command, task)
    return [TaskSentBack(command.task, task.holder, command.reason)]


def _refuse_others(by: By, task: Task) -> None:
    if task.status != "held" or task.holder not in acting(by):
        raise OnlyTheHolder()


def _refuse_doer(command: AcceptTask | SendBackTask, task: Task) -> None:
    if task.status != "completed":
        raise NotCompleted()
    if task.holder in acting(command.by) | set(command.tied_to):
        raise DoerMayNotAccept()


def evolve(task: Task, event: Event) -> Task:
    """The task after it was given back, done, accepted or sent back."""
    match event:
        case TaskReleased():
            return replace(task, status="open")
        case TaskCompleted():
            return replace(task, status="completed", completed_on=event.on)
        case TaskAccepted():
            return replace(task, status="accepted")
        case TaskSentBack():
            return replace(task, status="held")
        case _:
            assert_never(event)
