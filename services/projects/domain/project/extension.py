"""Dates that move: a milestone's by extension, all that is open by a pause."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from services.projects.domain.dates import days_after, months_after
from services.projects.domain.project.limits import USUAL, Limits
from services.projects.domain.project.state import NoSuchMilestone, State, acting, refuse_players, require
from shared.domain import By, NotAsItStands, PersonId, Refusal


@dataclass(frozen=True, slots=True)
class NewDate:
    """A date that moved."""

    subject: Literal["milestone", "task", "finding", "indicator", "change"]  # of a change its open step
    code: str
    due: date


@dataclass(frozen=True, slots=True)
class ExtensionGranted:
    """A milestone has a later date."""

    milestone: str
    due_before: date
    due: date
    reason: str


Event = ExtensionGranted


@dataclass(frozen=True, slots=True)
class GrantExtension:
    """Move a milestone's date, asked before it and by three months at most. Facts: tied_to, limits."""

    by: By
    milestone: str
    due: date
    reason: str
    today: date
    tied_to: tuple[PersonId, ...] = ()
    limits: Limits = USUAL


Command = GrantExtension


class MilestoneIsReached(NotAsItStands):
    """This milestone is reached.

    Its date does not move any more."""


class ExtensionAskedTooLate(Refusal):
    """An extension is asked for before the date, and this one was {due}.

    Explain in writing why it is late."""


class ExtensionIsNotLater(Refusal):
    """The new date is not after {due}.

    Name a later date."""


class ExtensionTooLong(Refusal):
    """An extension is at most {months} months.

    For more, request a change of the plan."""


class EndMovesByRequest(Refusal):
    """The project ends on {ends} as approved, and no extension of a milestone moves that.

    Request a change of the plan; it goes to who decides on a later end."""


def decide(command: GrantExtension, state: State) -> list[Event]:
    """Before the date, to a later one, by three months at most; the planned end moves by request alone."""
    require(state, "in_implementation")
    refuse_players(state, acting(command.by) | set(command.tied_to))
    due = {milestone.code: milestone.due for milestone in state.proposal.plan}.get(command.milestone)
    if due is None:
        raise NoSuchMilestone(milestone=command.milestone)
    if command.milestone in state.reached:
        raise MilestoneIsReached()
    if command.today > due:
        raise ExtensionAskedTooLate(due=due)
    if command.due <= due:
        raise ExtensionIsNotLater(due=due)
    if command.due > months_after(due, command.limits.extension_months):
        raise ExtensionTooLong(months=command.limits.extension_months)
    if command.due > (state.proposal.ends or command.due):
        raise EndMovesByRequest(ends=state.proposal.ends)
    return [ExtensionGranted(command.milestone, due, command.due, command.reason)]


def evolve(state: State, event: Event) -> State:
    """The milestone is due on its new day."""
    return with_dates(state, (NewDate("milestone", event.milestone, event.due),))


def open_dates(state: State, later: int) -> tuple[NewDate, ...]:
    """What is not done yet of all that has a date, so many days later."""
    return (
        *(
            NewDate("milestone", milestone.code, days_after(milestone.due, later))
            for milestone in state.proposal.plan
            if milestone.code not in state.reached
        ),
        *(
            NewDate("task", code, days_after(task.due, later))
            for code, task in state.tasks.items()
            if task.status not in ("completed", "accepted")
        ),
        *(
            NewDate("finding", code, days_after(state.findings[code].due, later))
            for code in state.open_findings()
            if state.findings[code].status != "disputed"  # its clock stands still already
        ),
        *(
            NewDate("indicator", indicator.code, days_after(indicator.due, later))
            for indicator in state.proposal.targets
            if indicator.due and indicator.code not in state.confirmed
        ),
    )


def steps_of_changes(state: State, later: int) -> tuple[NewDate, ...]:
    """The open step of each change that waits, so many days later: what its deciders have, not the holder."""
    return tuple(
        NewDate("change", code, days_after(standing.due, later))
        for code, standing in state.deciding.items()
        if state.changes.get(code) is not None and standing.due is not None
    )


def with_dates(state: State, dates: tuple[NewDate, ...]) -> State:
    """The project with these dates."""
    moved = {(new.subject, new.code): new.due for new in dates}
    plan = tuple(
        replace(milestone, due=moved.get(("milestone", milestone.code), milestone.due))
        for milestone in state.proposal.plan
    )
    targets = tuple(
        replace(indicator, due=moved.get(("indicator", indicator.code), indicator.due))
        for indicator in state.proposal.targets
    )
    return replace(
        state,
        proposal=replace(state.proposal, plan=plan, targets=targets),
        tasks={
            code: replace(task, due=moved.get(("task", code), task.due)) for code, task in state.tasks.items()
        },
        findings={
            code: replace(finding, due=moved.get(("finding", code), finding.due))
            for code, finding in state.findings.items()
        },
        deciding={
            code: replace(standing, due=moved.get(("change", code), standing.due))
            for code, standing in state.deciding.items()
        },
    )
