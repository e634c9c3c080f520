"""Climbing items: offered to a circle, claimed in an open window, granted with a reason (R39)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import assert_never

from services.projects.domain.project.state import CodeTaken, State, Task, acting
from services.projects.domain.project.tasks.adding import TaskIsTaken, known
from shared.domain import By, Incomplete, NotAllowed, NotAsItStands, PersonId, Refusal, UnitId


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
class TaskSplit:
    """One became two of the same standard, date, levels and circle, each with half of its weight."""

    task: str  # the first half keeps the code
    title: str
    half: str  # the code of the second
    half_title: str
    weight: Decimal  # of each


@dataclass(frozen=True, slots=True)
class ClaimExpired:
    """Nobody claimed it in time; no one's fault."""

    task: str


@dataclass(frozen=True, slots=True)
class ClaimLapsed:
    """Whoever claimed it went away; the other claims stand."""

    task: str
    person: PersonId
    reason: str
    left: int  # claims


Event = TaskOffered | TaskClaimed | ClaimContended | ClaimGranted | TaskSplit | ClaimExpired | ClaimLapsed


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
class SplitClaim:
    """Choose two among those who claimed: each does one half of the item."""

    by: By
    task: str
    title: str  # of the half that keeps the code
    person: PersonId
    half: str  # the code of the other
    half_title: str
    half_person: PersonId
    today: date
    reason: str


@dataclass(frozen=True, slots=True)
class ExpireClaim:
    """Close an offer that nobody took up; nobody signs it where the day itself does."""

    by: By | None
    task: str
    today: date


Command = OfferTask | ClaimTask | GrantClaim | SplitClaim | ExpireClaim


class ClimbingAtMostFortyPercent(Refusal):
    """Climbing items may weigh at most {limit} points of a project; with this one it would be {points}.

    Keep some of the stretch as ordinary tasks."""


class NotOffered(NotAsItStands):
    """This task is not open to claims.

    Look at the list of open climbing items."""


class NotOfTheCircle(NotAllowed):
    """This task is offered to others than your branch.

    Look at the list of items that are open to you."""


class WindowClosed(NotAsItStands):
    """Claims were open until {until}.

    Ask the secretary whether it will be offered again."""


class WindowStillOpen(NotAsItStands):
    """Claims are open until {until}.

    Choose when everybody has had the chance."""


class AlreadyClaimed(NotAsItStands):
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


class OneClaimOnly(NotAsItStands):
    """An item is split only where several claimed it.

    Let the one person do the whole of it."""


class HalvesAreOfTwo(Refusal):
    """The two halves go to two people.

    Name somebody else for one of them, or give the whole item to one."""


class SomebodyClaimed(NotAsItStands):
    """Somebody claimed it.

    Choose who does it."""


CLIMBING_POINTS_AT_MOST = Decimal(40)


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command on a climbing item."""
    task = known(command.task, state)
    match command:
        case OfferTask():
            return offer(command, task, state)
        case ClaimTask():
            return claim(command, task)
        case GrantClaim():
            return grant(command, task)
        case SplitClaim():
            return split(command, task, state)
        case ExpireClaim():
            return expire(command, task)
        case _:
            assert_never(command)


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
    declined = _declined(command, task, [command.person])
    return [ClaimGranted(command.task, command.person, declined, command.reason)]


def split(command: SplitClaim, task: Task, state: State) -> list[Event]:
    """By the rules of a choice, between two; both halves together weigh what the item weighed (R39)."""
    people = command.person, command.half_person
    declined = _declined(command, task, people)
    if len(task.claimants) < len(people):
        raise OneClaimOnly()
    if command.person == command.half_person:
        raise HalvesAreOfTwo()
    said = {"task_title": command.title, "half": command.half, "half_title": command.half_title}
    missing = [name for name, text in said.items() if not text.strip()]
    if missing:
        raise Incomplete(missing=missing)
    if command.half in state.tasks:
        raise CodeTaken(code=command.half)
    return [
        TaskSplit(command.task, command.title, command.half, command.half_title, task.weight / 2),
        ClaimGranted(command.task, command.person, declined, command.reason),
        ClaimGranted(command.half, command.half_person, declined, command.reason),
    ]


def _declined(
    command: GrantClaim | SplitClaim, task: Task, people: Sequence[PersonId]
) -> tuple[PersonId, ...]:
    """Who claimed it and does not get it."""
    if task.status != "offered":
        raise NotOffered()
    if command.today <= task.window_ends and task.window_ends > task.offered_on:
        raise WindowStillOpen(until=task.window_ends)
    if not set(task.claimants).issuperset(people):
        raise NotAClaimant()
    contended = len(task.claimants) > 1
    if contended and not acting(command.by).isdisjoint(task.claimants):
        raise ClaimantMayNotChoose()
    if contended and not command.reason.strip():
        raise ChoiceNeedsAReason()
    return tuple(person for person in task.claimants if person not in people)


def expire(command: ExpireClaim, task: Task) -> list[Event]:
    """After the window, if nobody claimed it."""
    if task.status != "offered":
        raise NotOffered()
    if task.claimants:
        raise SomebodyClaimed()
    if command.today <= task.window_ends:
        raise WindowStillOpen(until=task.window_ends)
    return [ClaimExpired(command.task)]


def evolve(task: Task, event: Event) -> Task:
    """The task after it was offered, claimed or granted."""
    match event:
        case TaskOffered():
            return replace(
                task,
                status="offered",
                climbing=True,
                circle=event.circle,
                offered_on=event.on,
                window_ends=event.window_ends,
                claimants=(),
            )
        case TaskClaimed():
            return replace(task, claimants=(*task.claimants, event.person))
        case ClaimContended():
            return task
        case ClaimGranted():
            return replace(task, status="held", holder=event.person, claimants=())
        case TaskSplit():
            return replace(task, weight=event.weight)
        case ClaimExpired():
            return replace(task, status="expired")
        case ClaimLapsed():
            return replace(task, claimants=tuple(p for p in task.claimants if p != event.person))
        case _:
            assert_never(event)
