"""Tasks and climbing items: added, assigned or offered and claimed, done, and accepted by another (R39)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import assert_never

from services.projects.domain.project.state import CodeTaken, State, Task, acting, refuse_future, require
from shared.domain import By, Incomplete, NotAllowed, NotKnown, PersonId, Refusal, UnitId


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


@dataclass(frozen=True, slots=True)
class TaskOffered:
    """A climbing item stands open to a circle until a day."""

    task: str
    from_level: str
    to_level: str
    circle: tuple[UnitId, ...]
    skills: str
    on: date
    window_ends: date


@dataclass(frozen=True, slots=True)
class TaskClaimed:
    """Somebody wants to do it."""

    task: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class ClaimContended:
    """More than one want to do it."""

    task: str
    claims: int


@dataclass(frozen=True, slots=True)
class ClaimGranted:
    """One of those who claimed does it; the others are told why not they."""

    task: str
    person: PersonId
    declined: tuple[PersonId, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ClaimExpired:
    """Nobody claimed it in time; no one's fault."""

    task: str


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


Event = (
    TaskAdded
    | TaskAssigned
    | TaskOffered
    | TaskClaimed
    | ClaimContended
    | ClaimGranted
    | ClaimExpired
    | TaskReleased
    | TaskCompleted
    | TaskAccepted
    | TaskSentBack
)


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


@dataclass(frozen=True, slots=True)
class OfferTask:
    """Open a task to claims as a climbing item. Fact: window_ends, the last day for claims."""

    by: By
    task: str
    from_level: str
    to_level: str
    circle: tuple[UnitId, ...]
    window_ends: date
    today: date
    skills: str = ""


@dataclass(frozen=True, slots=True)
class ClaimTask:
    """Ask to do an offered task, as somebody of its circle."""

    by: By
    task: str
    today: date


@dataclass(frozen=True, slots=True)
class GrantClaim:
    """Choose among those who claimed, once the window has closed."""

    by: By
    task: str
    person: PersonId
    today: date
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ExpireClaim:
    """Close an offer that nobody took up; nobody signs it where the day itself does."""

    by: By | None
    task: str
    today: date


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


Command = (
    AddTask
    | AssignTask
    | OfferTask
    | ClaimTask
    | GrantClaim
    | ExpireClaim
    | ReleaseTask
    | CompleteTask
    | AcceptTask
    | SendBackTask
)


class NoSuchTask(NotKnown):
    """The project has no task {task}.

    Choose one of its tasks."""


class TaskWeightsExceedHundred(Refusal):
    """The tasks of a project weigh 100 points together, each of them more than none; {left} are left.

    Give this task less, or change the others first."""


class TaskIsTaken(Refusal):
    """This task is with somebody, or stands open to claims.

    Wait until it is released or the claims have expired."""


class AssignmentNeedsConsent(Refusal):
    """A climbing item is nobody's by order.

    Ask the person, and note the consent."""


class ClimbingAtMostFortyPercent(Refusal):
    """Climbing items may weigh at most {limit} points of a project; with this one it would be {points}.

    Keep some of the stretch as ordinary tasks."""


class NotOffered(Refusal):
    """This task is not open to claims.

    Look at the list of open climbing items."""


class NotOfTheCircle(NotAllowed):
    """This task is offered to others than your branch.

    Look at the list of items that are open to you."""


class WindowClosed(Refusal):
    """Claims were open until {until}.

    Ask the secretary whether it will be offered again."""


class WindowStillOpen(Refusal):
    """Claims are open until {until}.

    Choose when everybody has had the chance."""


class AlreadyClaimed(Refusal):
    """You have claimed this task.

    You will be told who does it, and why."""


class NotAClaimant(Refusal):
    """This person did not claim the task.

    Choose one of those who did."""


class ChoiceNeedsAReason(Refusal):
    """Several claimed it: the choice has a reason.

    Name skill, experience or load; those not chosen are told."""


class ClaimantMayNotChoose(NotAllowed):
    """Whoever claimed a task does not choose among the claims.

    The deputy secretary or the party department chooses."""


class SomebodyClaimed(Refusal):
    """Somebody claimed it.

    Choose who does it."""


class OnlyTheHolder(NotAllowed):
    """Only the person who has this task can do that.

    Look who has it."""


class NotCompleted(Refusal):
    """The task is not reported as done.

    Wait until the person who has it says so."""


class DoerMayNotAccept(NotAllowed):
    """Nobody accepts a task that they did.

    The nearest person without conflict accepts it."""


PROJECT_POINTS = Decimal(100)
CLIMBING_POINTS_AT_MOST = Decimal(40)


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command on a task."""
    require(state, "in_implementation")
    if isinstance(command, AddTask):
        return add(command, state)
    task = state.tasks.get(command.task)
    if task is None:
        raise NoSuchTask(task=command.task)
    match command:
        case AssignTask():
            return assign(command, task)
        case OfferTask():
            return offer(command, task, state)
        case ClaimTask():
            return claim(command, task)
        case GrantClaim():
            return grant(command, task)
        case ExpireClaim():
            return expire(command, task)
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


def offer(command: OfferTask, task: Task, state: State) -> list[Event]:
    """Again after a release or an expiry; climbing items are at most 40 points of the project (R39)."""
    if task.status not in ("open", "expired"):
        raise TaskIsTaken()
    others = (other for code, other in state.tasks.items() if code != command.task and other.climbing)
    points = task.weight + sum(other.weight for other in others)
    if points > CLIMBING_POINTS_AT_MOST:
        raise ClimbingAtMostFortyPercent(limit=CLIMBING_POINTS_AT_MOST, points=points)
    if not command.circle:
        raise Incomplete(missing=["circle"])
    return [
        TaskOffered(
            command.task,
            command.from_level,
            command.to_level,
            command.circle,
            command.skills,
            command.today,
            command.window_ends,
        )
    ]


def claim(command: ClaimTask, task: Task) -> list[Event]:
    """Anybody of the circle may work, conflict or not (R39)."""
    if task.status != "offered":
        raise NotOffered()
    if command.by.unit not in task.circle:
        raise NotOfTheCircle()
    if command.today > task.window_ends:
        raise WindowClosed(until=task.window_ends)
    if command.by.person in task.claimants:
        raise AlreadyClaimed()
    claimed = TaskClaimed(command.task, command.by.person)
    if not task.claimants:
        return [claimed]
    return [claimed, ClaimContended(command.task, claims=len(task.claimants) + 1)]


def grant(command: GrantClaim, task: Task) -> list[Event]:
    """One claim has it; among several somebody who is not one of them chooses, with a reason (R39).

    Until the end of the window's last day others may still claim it; a window without length, one
    that ends on the day of the offer, keeps nobody waiting.
    """
    if task.status != "offered":
        raise NotOffered()
    if command.today <= task.window_ends and task.window_ends > task.offered_on:
        raise WindowStillOpen(until=task.window_ends)
    if command.person not in task.claimants:
        raise NotAClaimant()
    declined = tuple(person for person in task.claimants if person != command.person)
    if declined and not acting(command.by).isdisjoint(task.claimants):
        raise ClaimantMayNotChoose()
    if declined and not command.reason.strip():
        raise ChoiceNeedsAReason()
    return [ClaimGranted(command.task, command.person, declined, command.reason)]


def expire(command: ExpireClaim, task: Task) -> list[Event]:
    """After the window, if nobody claimed it."""
    if task.status != "offered":
        raise NotOffered()
    if task.claimants:
        raise SomebodyClaimed()
    if command.today <= task.window_ends:
        raise WindowStillOpen(until=task.window_ends)
    return [ClaimExpired(command.task)]


def release(command: ReleaseTask, task: Task) -> list[Event]:
    """By who has it."""
    _refuse_others(command.by, task)
    return [TaskReleased(command.task, task.holder, command.reason)]


def complete(command: CompleteTask, task: Task) -> list[Event]:
    """By who has it."""
    _refuse_others(command.by, task)
    refuse_future(command.on, command.today)
    return [TaskCompleted(command.task, task.holder, command.on, command.note)]


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


def evolve(state: State, event: Event) -> State:
    """The project after an event of a task."""
    task = state.tasks.get(event.task, Task())
    match event:
        case TaskAdded():
            after = Task(due=event.due, weight=event.weight)
        case TaskAssigned() | ClaimGranted():
            after = replace(task, status="held", holder=event.person, claimants=())
        case TaskOffered():
            after = replace(
                task,
                status="offered",
                climbing=True,
                circle=event.circle,
                offered_on=event.on,
                window_ends=event.window_ends,
                claimants=(),
            )
        case TaskClaimed():
            after = replace(task, claimants=(*task.claimants, event.person))
        case ClaimContended():
            after = task
        case ClaimExpired():
            after = replace(task, status="expired")
        case TaskReleased():
            state = replace(state, former=state.former | {event.person})
            after = replace(task, status="open")
        case TaskCompleted():
            after = replace(task, status="completed", completed_on=event.on)
        case TaskAccepted():
            after = replace(task, status="accepted")
        case TaskSentBack():
            after = replace(task, status="held")
        case _:
            assert_never(event)
    return replace(state, tasks={**state.tasks, event.task: after})
