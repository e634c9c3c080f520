"""Tasks are added with their weight, and given to somebody."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import assert_never

from services.projects.domain.project.state import CodeTaken, State, Task
from shared.domain import By, NotAsItStands, NotKnown, PersonId, Refusal


@dataclass(frozen=True, slots=True)
class TaskAdded:
    """A piece of work with its standard, date and weight."""

    task: str
    title: str
    standard: str
    due: date
    weight: Decimal  # points of the project's 100


@dataclass(frozen=True, slots=True)
class TaskAssigned:
    """Somebody is to do it; a climbing item only with consent."""

    task: str
    person: PersonId
    consent: bool


Event = TaskAdded | TaskAssigned


@dataclass(frozen=True, slots=True)
class AddTask:
    """Add a piece of work under a code that is new in the project."""

    by: By
    task: str
    title: str
    standard: str
    due: date
    weight: Decimal


@dataclass(frozen=True, slots=True)
class AssignTask:
    """Give a task to somebody."""

    by: By
    task: str
    person: PersonId
    consent: bool = False


Command = AddTask | AssignTask


class NoSuchTask(NotKnown):
    """The project has no task {task}.

    Choose one of its tasks."""


class TaskWeightsExceedHundred(Refusal):
    """The tasks of a project weigh 100 points together, each of them more than none; {left} are left.

    Give this task less, or change the others first."""


class TaskIsTaken(NotAsItStands):
    """This task is with somebody, or stands open to claims.

    Wait until it is released or the claims have expired."""


class AssignmentNeedsConsent(Refusal):
    """A climbing item is nobody's by order.

    Ask the person, and note the consent."""


PROJECT_POINTS = Decimal(100)


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command that adds a task or gives it to somebody."""
    match command:
        case AddTask():
            return add(command, state)
        case AssignTask():
            return assign(command, known(command.task, state))
        case _:
            assert_never(command)


def known(code: str, state: State) -> Task:
    """A task of the project; NoSuchTask."""
    if code not in state.tasks:
        raise NoSuchTask(task=code)
    return state.tasks[code]


def add(command: AddTask, state: State) -> list[Event]:
    """Weights are points of the project's 100, so that shares do not depend on what comes later."""
    if command.task in state.tasks:
        raise CodeTaken(code=command.task)
    left = PROJECT_POINTS - sum(task.weight for task in state.tasks.values())
    if not 0 < command.weight <= left:
        raise TaskWeightsExceedHundred(left=left)
    return [TaskAdded(command.task, command.title, command.standard, command.due, command.weight)]


def assign(command: AssignTask, task: Task) -> list[Event]:
    """A climbing item that nobody claimed, only with consent (R39)."""
    if task.status not in ("open", "expired"):
        raise TaskIsTaken()
    if task.climbing and not command.consent:
        raise AssignmentNeedsConsent()
    return [TaskAssigned(command.task, command.person, command.consent)]


def evolve(task: Task, event: Event) -> Task:
    """The task after it was added or given to somebody."""
    match event:
        case TaskAdded():
            return Task(due=event.due, weight=event.weight)
        case TaskAssigned():
            return replace(task, status="held", holder=event.person, claimants=())
        case _:
            assert_never(event)
