"""What has a date and comes near or is late: who holds it is told, and says why (R42, R44)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.colours import warned
from services.projects.domain.project.deadlines import (
    DateHasMoved,
    DayNotOver,
    NotedAlready,
    note,
    refuse_noted,
)
from services.projects.domain.project.state import NOBODY, Explained, Item, State, Told, require
from shared.domain import By, NotAsItStands, NotKnown, PersonId


@dataclass(frozen=True, slots=True)
class ItemDueSoon:
    """It is yellow: its holder is told, from half of that time on its leader."""

    subject: Item
    code: str
    title: str
    due: date
    told: Told
    holder: PersonId | None  # of a task that somebody holds


@dataclass(frozen=True, slots=True)
class ItemOverdue:
    """A task or finding is not done by its date."""

    subject: Item
    code: str
    title: str
    due: date
    on: date  # the day on which it was noted
    holder: PersonId | None


@dataclass(frozen=True, slots=True)
class MilestoneMissed:
    """It was not reached by its date."""

    milestone: str
    due: date
    title: str = ""  # none in old events
    on: date | None = None


@dataclass(frozen=True, slots=True)
class ExplanationGiven:
    """Why it is late, and what follows (R44)."""

    subject: Explained
    code: str  # of the milestone, task or finding; empty for the project
    due: date
    person: PersonId
    reason: str
    next_steps: str


Event = ItemDueSoon | ItemOverdue | MilestoneMissed | ExplanationGiven


@dataclass(frozen=True, slots=True)
class Remind:
    """Say that a date comes near or is over. Facts: title, since."""

    by: By | None
    subject: Item
    code: str
    title: str
    since: date  # from when its colour counts
    due: date
    today: date


@dataclass(frozen=True, slots=True)
class GiveExplanation:
    """Say why something is late, and what follows."""

    by: By
    subject: Explained
    code: str
    reason: str
    next_steps: str
    today: date


Command = Remind | GiveExplanation


class NothingToExplain(NotAsItStands):
    """It is not late.

    An explanation is owed for what is past its date."""


class NoSuchDate(NotKnown):
    """The project has no {subject} {code} with a date.

    Choose one of its milestones, tasks or findings, or the project itself."""


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command about what comes near or is late."""
    match command:
        case Remind():
            return remind(command, state)
        case GiveExplanation():
            return explain(command, state)
        case _:
            assert_never(command)


def remind(command: Remind, state: State) -> list[Event]:
    """Once for each date that it had; what is over is not called near any more.

    What is reported late may still have been reached in time (R36).
    """
    subject, code, title, due = command.subject, command.code, command.title, command.due
    require(state, "in_implementation", *(("in_closing",) if subject == "finding" else ()))
    if (subject, code) not in (still := _open(state)):
        raise NoSuchDate(subject=subject, code=code)
    if still[subject, code] != due:
        raise DateHasMoved()
    holder = _holder(subject, code, state)
    if command.today > due:
        refuse_noted(subject, code, due, state)
        if subject == "milestone":
            return [MilestoneMissed(code, due, title, command.today)]
        return [ItemOverdue(subject, code, title, due, command.today, holder)]
    asked = warned(command.since, due, command.today)
    if asked == "nobody":
        raise DayNotOver(due=due)
    to: tuple[Told, ...] = ("holder", "leader") if asked == "leader" else ("holder",)
    new = [told for told in to if (subject, code, due, told) not in state.warned]
    if not new:
        raise NotedAlready()
    return [ItemDueSoon(subject, code, title, due, told, holder) for told in new]


def _holder(subject: Item, code: str, state: State) -> PersonId | None:
    holder = state.tasks[code].holder if subject == "task" else NOBODY
    return None if holder == NOBODY else holder


def _open(state: State) -> dict[tuple[Item, str], date]:
    """The dates of what is still to be done."""
    plan = state.proposal.plan
    dates: dict[tuple[Item, str], date] = {
        ("milestone", milestone.code): milestone.due
        for milestone in plan
        if milestone.code not in state.reached
    }
    doing = ("open", "offered", "held")
    dates |= {("task", code): task.due for code, task in state.tasks.items() if task.status in doing}
    found = state.findings.items()
    return dates | {("finding", code): finding.due for code, finding in found if finding.status == "open"}


def explain(command: GiveExplanation, state: State) -> list[Event]:
    """Of what is past its date; a second one adds to the first."""
    require(state, "in_implementation", "in_closing")
    due = _dates(state).get((command.subject, command.code))
    if due is None:
        raise NoSuchDate(subject=command.subject, code=command.code)
    if command.today <= due:
        raise NothingToExplain()
    return [
        ExplanationGiven(
            command.subject, command.code, due, command.by.person, command.reason, command.next_steps
        )
    ]


def _dates(state: State) -> dict[tuple[Explained, str], date]:
    dates: dict[tuple[Explained, str], date] = {}
    if state.proposal.ends:
        dates["project", ""] = state.proposal.ends
    dates |= {("milestone", milestone.code): milestone.due for milestone in state.proposal.plan}
    dates |= {("task", code): task.due for code, task in state.tasks.items()}
    dates |= {("finding", code): finding.due for code, finding in state.findings.items()}
    return dates


def evolve(state: State, event: Event) -> State:
    """The project after somebody was told of a date, or explained why it is late."""
    match event:
        case ItemDueSoon():
            known = (event.subject, event.code, event.due, event.told)
            return replace(state, warned=state.warned | {known})
        case ItemOverdue():
            return note(state, event.subject, event.code, event.due)
        case MilestoneMissed():
            return note(state, "milestone", event.milestone, event.due)
        case ExplanationGiven():
            return replace(state, explained=state.explained | {(event.subject, event.code)})
        case _:
            assert_never(event)
