"""Tasks and climbing items: added, assigned or offered and claimed, done, and accepted by another (R39)."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from services.projects.domain.project.state import State, Task, require
from services.projects.domain.project.tasks import adding, climbing, doing
from services.projects.domain.project.tasks.adding import (
    AddTask,
    AssignmentNeedsConsent,
    AssignTask,
    NoSuchTask,
    TaskAdded,
    TaskAssigned,
    TaskIsTaken,
    TaskWeightsExceedHundred,
)
from services.projects.domain.project.tasks.climbing import (
    AlreadyClaimed,
    ChoiceNeedsAReason,
    ClaimantMayNotChoose,
    ClaimContended,
    ClaimExpired,
    ClaimGranted,
    ClaimLapsed,
    ClaimTask,
    ClimbingAtMostFortyPercent,
    ExpireClaim,
    GrantClaim,
    HalvesAreOfTwo,
    NotAClaimant,
    NotOffered,
    NotOfTheCircle,
    OfferTask,
    OneClaimOnly,
    SomebodyClaimed,
    SplitClaim,
    TaskClaimed,
    TaskOffered,
    TaskSplit,
    WindowClosed,
    WindowStillOpen,
)
from services.projects.domain.project.tasks.doing import (
    AcceptTask,
    CompleteTask,
    DoerMayNotAccept,
    HoldsNothing,
    NotCompleted,
    OnlyTheHolder,
    ReleaseTask,
    ReleaseWhatTheyHold,
    SendBackTask,
    TaskAccepted,
    TaskCompleted,
    TaskReleased,
    TaskSentBack,
)

__all__ = [
    "AcceptTask",
    "AddTask",
    "AlreadyClaimed",
    "AssignTask",
    "AssignmentNeedsConsent",
    "ChoiceNeedsAReason",
    "ClaimContended",
    "ClaimExpired",
    "ClaimGranted",
    "ClaimLapsed",
    "ClaimTask",
    "ClaimantMayNotChoose",
    "ClimbingAtMostFortyPercent",
    "Command",
    "CompleteTask",
    "DoerMayNotAccept",
    "Event",
    "ExpireClaim",
    "GrantClaim",
    "HalvesAreOfTwo",
    "HoldsNothing",
    "NoSuchTask",
    "NotAClaimant",
    "NotCompleted",
    "NotOfTheCircle",
    "NotOffered",
    "OfferTask",
    "OneClaimOnly",
    "OnlyTheHolder",
    "ReleaseTask",
    "ReleaseWhatTheyHold",
    "SendBackTask",
    "SomebodyClaimed",
    "SplitClaim",
    "TaskAccepted",
    "TaskAdded",
    "TaskAssigned",
    "TaskClaimed",
    "TaskCompleted",
    "TaskIsTaken",
    "TaskOffered",
    "TaskReleased",
    "TaskSentBack",
    "TaskSplit",
    "TaskWeightsExceedHundred",
    "WindowClosed",
    "WindowStillOpen",
    "decide",
    "evolve",
]

Event = adding.Event | climbing.Event | doing.Event
Command = adding.Command | climbing.Command | doing.Command


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command on a task."""
    if isinstance(command, doing.ReleaseWhatTheyHold):
        require(state, "in_implementation", "suspended")
    else:
        require(state, "in_implementation")
    if isinstance(command, adding.Command):
        return [*adding.decide(command, state)]
    if isinstance(command, climbing.Command):
        return [*climbing.decide(command, state)]
    if isinstance(command, doing.Command):
        return [*doing.decide(command, state)]
    assert_never(command)


def evolve(state: State, event: Event) -> State:
    """The project after an event of a task; who gives one back has had a part in it."""
    task = state.tasks.get(event.task, Task())
    if isinstance(event, TaskReleased):
        state = replace(state, former=state.former | {event.person})
    after = _after(task, event)
    halves = {event.half: after} if isinstance(event, TaskSplit) else {}
    return replace(state, tasks={**state.tasks, event.task: after, **halves})


def _after(task: Task, event: Event) -> Task:
    if isinstance(event, adding.Event):
        return adding.evolve(task, event)
    if isinstance(event, climbing.Event):
        return climbing.evolve(task, event)
    if isinstance(event, doing.Event):
        return doing.evolve(task, event)
    assert_never(event)
