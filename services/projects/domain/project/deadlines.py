"""What follows because the day of a step or a pause is over: it goes up, nothing is decided (R32, R43)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol, assert_never

from services.projects.domain.dates import days_after
from services.projects.domain.project.approval import (
    StepNotOpen,
    StepReferredUp,
    StillAdded,
    refuse_decided,
)
from services.projects.domain.project.content import Seat
from services.projects.domain.project.route import Decides
from services.projects.domain.project.standing import Standing
from services.projects.domain.project.state import (
    Dated,
    SeatNotAddressed,
    State,
    require,
)
from services.projects.domain.project.termination import NOT_RATIFIED, ProjectTerminated
from shared.domain import By, Refusal


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
class SuspensionOverran:
    """The clocks have stood still as long as they may: it is to be resumed or ended (R43)."""

    since: date
    until: date


Event = DeadlinePassed | DeadlineRecounted | FilingEnded | SuspensionOverran


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
class OverrunSuspension:
    """Note that a pause has lasted as long as it may."""

    by: By | None
    until: date
    today: date


Command = PassDeadline | RaiseStep | RecountDeadline | EndFiling | OverrunSuspension


Decided = Event | StepReferredUp | ProjectTerminated


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


class Raises(Protocol):
    """A command that sends an overdue step of some route to those above."""

    @property
    def today(self) -> date: ...
    @property
    def seats(self) -> tuple[Seat, ...]: ...
    @property
    def met_on(self) -> date | None: ...


RAISED_AT_MOST = 2
RAISED_AGAIN_AFTER_DAYS = 7
OVERDUE = "overdue"  # a reason, as a code


def decide(command: Command, state: State) -> list[Decided]:
    """The events of a command that a day brings."""
    match command:
        case PassDeadline():
            return pass_deadline(command, state)
        case RaiseStep():
            return raise_step(command, state)
        case RecountDeadline():
            return recount(command, state)
        case EndFiling():
            return end_filing(command, state)
        case OverrunSuspension():
            return overrun(command, state)
        case _:
            assert_never(command)


def pass_deadline(command: PassDeadline, state: State) -> list[Decided]:
    """Once for each last day; what was to be ratified and was not is stopped (R33)."""
    _refuse_other_step(command.step, command.due, state)
    refuse_before(command.due, command.today)
    refuse_noted("step", str(command.step), command.due, state)
    approval = state.approval
    passed = DeadlinePassed(command.step, command.due, command.today, approval.decides, approval.waiting)
    if approval.route[command.step].stops:
        return [passed, ProjectTerminated(command.today, NOT_RATIFIED)]
    return [passed]


def raise_step(command: RaiseStep, state: State) -> list[Decided]:
    """After its last day, twice at most and not twice in a week; a meeting only if one passed without it."""
    _refuse_other_step(command.step, command.due, state)
    refuse_not_noted("step", str(command.step), command.due, state)
    refuse_to_raise(command, state.approval)
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


def refuse_to_raise(command: Raises, standing: Standing) -> None:
    """Refuse what went up twice or within a week, a body that has not met without it, and nobody above."""
    raised = standing.raised_on
    if len(raised) >= RAISED_AT_MOST:
        raise RaisedTwice(times=len(raised))
    if raised:
        refuse_before(days_after(raised[-1], RAISED_AGAIN_AFTER_DAYS - 1), command.today)
    asked_on = raised[-1] if raised else standing.opened_on
    meets = standing.decides == "meeting"
    if meets and (command.met_on is None or command.met_on < asked_on):
        raise BodyHasNotMet()
    if not command.seats:
        raise SeatNotAddressed()


def recount(command: RecountDeadline, state: State) -> list[Decided]:
    """A last day that nobody has noted as over yet."""
    _refuse_other_step(command.step, command.due_before, state)
    refuse_noted("step", str(command.step), command.due_before, state)
    if command.due == command.due_before:
        return []
    return [DeadlineRecounted(command.step, command.due_before, command.due)]


def end_filing(command: EndFiling, state: State) -> list[Decided]:
    """Of a step that only informs; it does nothing but end the time."""
    route = state.approval.route
    if not 0 <= command.step < len(route) or route[command.step].decides != "filing":
        raise StepNotOpen()
    require(state, "in_implementation", "in_approval", "suspended", "in_closing", "closed", "archived")
    refuse_before(command.due, command.today)
    refuse_noted("filing", str(command.step), command.due, state)
    return [FilingEnded(command.step, command.due)]


def overrun(command: OverrunSuspension, state: State) -> list[Decided]:
    """People resume or end it; time does neither."""
    require(state, "suspended")
    if command.until != state.suspended_until:
        raise DateHasMoved()
    refuse_before(command.until, command.today)
    refuse_noted("suspension", "", command.until, state)
    return [SuspensionOverran(state.suspended_on, command.until)]


def _refuse_other_step(step: int, due: date, state: State) -> None:
    refuse_decided(state)
    if state.approval.open != step:
        raise StepNotOpen()
    if state.approval.due != due:
        raise DateHasMoved()


def refuse_before(due: date, today: date) -> None:
    """DayNotOver until the end of a day (R38)."""
    if today <= due:
        raise DayNotOver(due=due)


def refuse_noted(subject: Dated, code: str, due: date, state: State) -> None:
    """NotedAlready for what was said of this day before."""
    if (subject, code, due) in state.over:
        raise NotedAlready()


def refuse_not_noted(subject: Dated, code: str, due: date, state: State) -> None:
    """DeadlineNotPassed where nobody was reminded yet that this day is over."""
    if (subject, code, due) not in state.over:
        raise DeadlineNotPassed()


def evolve(state: State, event: Event) -> State:
    """The project after a day that is over."""
    match event:
        case DeadlinePassed():
            return note(state, "step", str(event.step), event.due)
        case DeadlineRecounted():
            return replace(state, approval=replace(state.approval, due=event.due))
        case FilingEnded():
            return note(state, "filing", str(event.step), event.due)
        case SuspensionOverran():
            return note(state, "suspension", "", event.until)
        case _:
            assert_never(event)


def note(state: State, subject: Dated, code: str, due: date) -> State:
    """The project once it is said of a day that it is over."""
    return replace(state, over=state.over | {(subject, code, due)})
