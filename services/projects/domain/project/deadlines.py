"""What follows because a day is over: it is noted, reminds, goes up, and approves nothing (R32, R43, R44)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.dates import days_after
from services.projects.domain.project.approval import StepNotOpen, StepReferredUp, StillAdded
from services.projects.domain.project.content import Seat
from services.projects.domain.project.extension import MilestoneIsReached
from services.projects.domain.project.route import Decides
from services.projects.domain.project.state import (
    Dated,
    Explained,
    NoSuchMilestone,
    SeatNotAddressed,
    State,
    require,
)
from services.projects.domain.project.termination import ProjectTerminated
from shared.domain import By, NotKnown, PersonId, Refusal


@dataclass(frozen=True, slots=True)
class DeadlinePassed:
    """The open step was not decided by its last day; nothing is decided by that."""

    step: int
    due: date
    on: date  # the day on which it was noted; who is asked is reminded then
    decides: Decides
    late: tuple[Seat, ...]  # whose word is waited for


@dataclass(frozen=True, slots=True)
class DeadlineRecounted:
    """The open step's last day, counted again by a calendar that was announced meanwhile (R38)."""

    step: int
    due_before: date
    due: date


@dataclass(frozen=True, slots=True)
class FilingEnded:
    """The time in which the office above might have objected is over (R34)."""

    step: int
    due: date


@dataclass(frozen=True, slots=True)
class MilestoneMissed:
    """It was not reached by its date."""

    milestone: str
    due: date


@dataclass(frozen=True, slots=True)
class SuspensionOverran:
    """The clocks have stood still as long as they may: it is to be resumed or ended (R43)."""

    since: date
    until: date


@dataclass(frozen=True, slots=True)
class ExplanationGiven:
    """Why it is late, and what follows (R44)."""

    subject: Explained
    code: str  # of the milestone, task or finding; empty for the project
    due: date
    person: PersonId
    reason: str
    next_steps: str


Event = (
    DeadlinePassed | DeadlineRecounted | FilingEnded | MilestoneMissed | SuspensionOverran | ExplanationGiven
)


@dataclass(frozen=True, slots=True)
class PassDeadline:
    """Note that the open step's last day is over."""

    by: By | None
    step: int
    due: date
    today: date


@dataclass(frozen=True, slots=True)
class RaiseStep:
    """Send an overdue step to the offices above. Facts: seats, stays, added, next_due, met_on."""

    by: By | None
    step: int
    due: date
    today: date
    seats: tuple[Seat, ...]
    next_due: date
    stays: tuple[Seat, ...] = ()
    added: tuple[StillAdded, ...] = ()
    met_on: date | None = None  # when the body's last meeting passed without the matter, if it did (R32)


@dataclass(frozen=True, slots=True)
class RecountDeadline:
    """Count the open step's last day again. Fact: due."""

    by: By | None
    step: int
    due_before: date
    due: date


@dataclass(frozen=True, slots=True)
class EndFiling:
    """Note that nobody can object to a filing any more."""

    by: By | None
    step: int
    due: date
    today: date


@dataclass(frozen=True, slots=True)
class MissMilestone:
    """Note that a milestone was not reached by its date."""

    by: By | None
    milestone: str
    due: date
    today: date


@dataclass(frozen=True, slots=True)
class OverrunSuspension:
    """Note that a pause has lasted as long as it may."""

    by: By | None
    until: date
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


Command = (
    PassDeadline
    | RaiseStep
    | RecountDeadline
    | EndFiling
    | MissMilestone
    | OverrunSuspension
    | GiveExplanation
)


class DayNotOver(Refusal):
    """{due} is not over yet.

    There is time until the end of that day."""


class DateHasMoved(Refusal):
    """This is due on another day now.

    Look at the project's open dates."""


class NotedAlready(Refusal):
    """That this day is over is noted already.

    Nothing more is needed."""


class DeadlineNotPassed(Refusal):
    """The step's last day is not noted as over.

    It goes up only after its time."""


class BodyHasNotMet(Refusal):
    """The body has not met without deciding the matter.

    It waits for the next regular meeting."""


class RaisedTwice(Refusal):
    """Its time has sent the step up {times} times already.

    The party department calls the office that is asked."""


class NothingToExplain(Refusal):
    """It is not late.

    An explanation is owed for what is past its date."""


class NoSuchDate(NotKnown):
    """The project has no {subject} {code} with a date.

    Choose one of its milestones, tasks or findings, or the project itself."""


RAISED_AT_MOST = 2
RAISED_AGAIN_AFTER_DAYS = 7
OVERDUE, NOT_RATIFIED = "overdue", "R33"  # reasons, as codes


def decide(command: Command, state: State) -> list[Event | StepReferredUp | ProjectTerminated]:
    """The events of a command that a day brings, or that explains why it was missed."""
    match command:
        case PassDeadline():
            return pass_deadline(command, state)
        case RaiseStep():
            return raise_step(command, state)
        case RecountDeadline():
            return recount(command, state)
        case EndFiling():
            return end_filing(command, state)
        case MissMilestone():
            return miss(command, state)
        case OverrunSuspension():
            return overrun(command, state)
        case GiveExplanation():
            return explain(command, state)
        case _:
            assert_never(command)


def pass_deadline(command: PassDeadline, state: State) -> list[Event | StepReferredUp | ProjectTerminated]:
    """Once for each last day; what was to be ratified and was not is stopped (R33)."""
    _refuse_other_step(command.step, command.due, state)
    _refuse_before(command.due, command.today)
    _refuse_noted("step", str(command.step), command.due, state)
    late = tuple(seat for seat in state.approval.seats if seat not in state.approval.opinions)
    passed = DeadlinePassed(command.step, command.due, command.today, state.approval.decides, late)
    if state.approval.route[command.step].stops:
        return [passed, ProjectTerminated(command.today, NOT_RATIFIED)]
    return [passed]


def raise_step(command: RaiseStep, state: State) -> list[Event | StepReferredUp | ProjectTerminated]:
    """After its last day, twice at most and not twice in a week; a meeting only if one passed without it."""
    _refuse_other_step(command.step, command.due, state)
    if ("step", str(command.step), command.due) not in state.over:
        raise DeadlineNotPassed()
    raised = state.approval.raised_on
    if len(raised) >= RAISED_AT_MOST:
        raise RaisedTwice(times=len(raised))
    if raised:
        _refuse_before(days_after(raised[-1], RAISED_AGAIN_AFTER_DAYS - 1), command.today)
    asked_on = raised[-1] if raised else state.approval.opened_on
    meets = state.approval.decides == "meeting"
    if meets and (command.met_on is None or command.met_on < asked_on):
        raise BodyHasNotMet()
    if not command.seats:
        raise SeatNotAddressed()
    return [
        StepReferredUp(
            command.step,
            command.seats,
            OVERDUE,
            command.next_due,
            command.today,
            command.stays,
            command.added,
        )
    ]


def recount(command: RecountDeadline, state: State) -> list[Event | StepReferredUp | ProjectTerminated]:
    """A last day that nobody has noted as over yet."""
    _refuse_other_step(command.step, command.due_before, state)
    _refuse_noted("step", str(command.step), command.due_before, state)
    if command.due == command.due_before:
        return []
    return [DeadlineRecounted(command.step, command.due_before, command.due)]


def end_filing(command: EndFiling, state: State) -> list[Event | StepReferredUp | ProjectTerminated]:
    """Of a step that only informs; it does nothing but end the time."""
    route = state.approval.route
    if not 0 <= command.step < len(route) or route[command.step].decides != "filing":
        raise StepNotOpen()
    require(state, "in_implementation", "in_approval", "suspended", "in_closing", "closed", "archived")
    _refuse_before(command.due, command.today)
    _refuse_noted("filing", str(command.step), command.due, state)
    return [FilingEnded(command.step, command.due)]


def miss(command: MissMilestone, state: State) -> list[Event | StepReferredUp | ProjectTerminated]:
    """Once for each date that it had; what is reported late may still have been reached in time (R36)."""
    require(state, "in_implementation")
    due = {milestone.code: milestone.due for milestone in state.proposal.plan}.get(command.milestone)
    if due is None:
        raise NoSuchMilestone(milestone=command.milestone)
    if command.milestone in state.reached:
        raise MilestoneIsReached()
    if due != command.due:
        raise DateHasMoved()
    _refuse_before(due, command.today)
    _refuse_noted("milestone", command.milestone, due, state)
    return [MilestoneMissed(command.milestone, due)]


def overrun(command: OverrunSuspension, state: State) -> list[Event | StepReferredUp | ProjectTerminated]:
    """People resume or end it; time does neither."""
    require(state, "suspended")
    if command.until != state.suspended_until:
        raise DateHasMoved()
    _refuse_before(command.until, command.today)
    _refuse_noted("suspension", "", command.until, state)
    return [SuspensionOverran(state.suspended_on, command.until)]


def explain(command: GiveExplanation, state: State) -> list[Event | StepReferredUp | ProjectTerminated]:
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


def _refuse_other_step(step: int, due: date, state: State) -> None:
    require(state, "in_approval", "in_implementation")
    if state.approval.open != step:
        raise StepNotOpen()
    if state.approval.due != due:
        raise DateHasMoved()


def _refuse_before(due: date, today: date) -> None:
    if today <= due:
        raise DayNotOver(due=due)


def _refuse_noted(subject: Dated, code: str, due: date, state: State) -> None:
    if (subject, code, due) in state.over:
        raise NotedAlready()


def evolve(state: State, event: Event) -> State:
    """The project after a day that is over, or an explanation."""
    match event:
        case DeadlinePassed():
            return _noted(state, "step", str(event.step), event.due)
        case DeadlineRecounted():
            return replace(state, approval=replace(state.approval, due=event.due))
        case FilingEnded():
            return _noted(state, "filing", str(event.step), event.due)
        case MilestoneMissed():
            return _noted(state, "milestone", event.milestone, event.due)
        case SuspensionOverran():
            return _noted(state, "suspension", "", event.until)
        case ExplanationGiven():
            return replace(state, explained=state.explained | {(event.subject, event.code)})
        case _:
            assert_never(event)


def _noted(state: State, subject: Dated, code: str, due: date) -> State:
    return replace(state, over=state.over | {(subject, code, due)})
