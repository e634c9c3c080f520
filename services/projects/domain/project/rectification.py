"""A finding's way: planned and reported by the unit, closed by somebody else, reopened (R4, R47)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.project.state import Finding, Phase, State, acting, refuse_future, require
from shared.domain import By, NotAllowed, NotAsItStands, NotKnown, PersonId, UnitId


@dataclass(frozen=True, slots=True)
class OnTheSpot:
    """Before and after of a finding that was mended during the visit (R47)."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RectificationPlanned:
    """The unit says what it will do, who, and by when."""

    finding: str
    measures: str
    responsible: PersonId
    due: date


@dataclass(frozen=True, slots=True)
class RectificationReported:
    """The unit says that it is put right."""

    finding: str
    what: str
    on: date
    entered_on: date | None = None  # counts where no paper of an earlier day was accepted (R36)


@dataclass(frozen=True, slots=True)
class FindingClosed:
    """Somebody outside the unit found it put right."""

    finding: str
    on: date
    closed_by: PersonId
    look_back: date | None
    on_the_spot: OnTheSpot | None = None


@dataclass(frozen=True, slots=True)
class FindingReopened:
    """The look-back found it again."""

    finding: str
    reason: str
    due: date


Event = RectificationPlanned | RectificationReported | FindingClosed | FindingReopened


@dataclass(frozen=True, slots=True)
class PlanRectification:
    """Say what will be done."""

    by: By
    finding: str
    measures: str
    responsible: PersonId
    due: date


@dataclass(frozen=True, slots=True)
class ReportRectification:
    """Say that it was done."""

    by: By
    finding: str
    what: str
    on: date
    today: date


@dataclass(frozen=True, slots=True)
class CloseFinding:
    """Find it put right. Facts: units, tied_to, look_back."""

    by: By
    finding: str
    today: date
    units: tuple[UnitId, ...] = ()  # to which `by` belongs, through every office held (R5)
    look_back: date | None = None
    tied_to: tuple[PersonId, ...] = ()  # whom `by` is deputy for or kin of (R4, R5)


@dataclass(frozen=True, slots=True)
class ReopenFinding:
    """Find it back again."""

    by: By
    finding: str
    reason: str
    due: date


Command = PlanRectification | ReportRectification | CloseFinding | ReopenFinding


class NoSuchFinding(NotKnown):
    """The project has no finding {finding}.

    Choose one of its findings."""


class RectifierMayNotClose(NotAllowed):
    """A finding is closed neither by the unit that puts it right nor by who caused it or puts it right.

    The inspector or the nearest person without conflict closes it."""


class FindingIsClosed(NotAsItStands):
    """This finding is closed.

    If it came back, reopen it."""


class FindingIsDisputed(NotAsItStands):
    """The unit disputes this finding; its clock stands still.

    Wait until it is decided whether it stands."""


class FindingIsWithdrawn(NotAsItStands):
    """This finding was withdrawn: it did not stand.

    Nothing needs to be put right."""


class FindingIsOpen(NotAsItStands):
    """This finding is open still.

    Follow it up as it is."""


class NothingReportedYet(NotAsItStands):
    """The unit has not said that it is put right.

    Wait for its report, or ask for it."""


FOLLOWED_UP: tuple[Phase, ...] = ("suspended", "in_closing", "closed")


def decide(command: Command, state: State) -> list[Event]:
    """The event of a command on a finding that was recorded."""
    match command:
        case PlanRectification():
            return plan(command, state)
        case ReportRectification():
            return report(command, state)
        case CloseFinding():
            return close(command, state)
        case ReopenFinding():
            return reopen(command, state)
        case _:
            assert_never(command)


def plan(command: PlanRectification, state: State) -> list[Event]:
    """Again, if the plan changes."""
    open_finding(command.finding, state)
    return [RectificationPlanned(command.finding, command.measures, command.responsible, command.due)]


def report(command: ReportRectification, state: State) -> list[Event]:
    """With or without a plan before it."""
    open_finding(command.finding, state)
    refuse_future(command.on, command.today)
    return [RectificationReported(command.finding, command.what, command.on, command.today)]


def close(command: CloseFinding, state: State) -> list[Event]:
    """After the report, by neither the unit that rectifies nor who caused it (R4)."""
    finding = open_finding(command.finding, state)
    refuse_rectifier(command.by, command.units, finding, command.tied_to)
    if finding.status != "reported":
        raise NothingReportedYet()
    return [FindingClosed(command.finding, command.today, command.by.person, command.look_back)]


def reopen(command: ReopenFinding, state: State) -> list[Event]:
    """After it was closed."""
    status = known_finding(command.finding, state).status
    if status == "withdrawn":
        raise FindingIsWithdrawn()
    if status != "closed":
        raise FindingIsOpen()
    return [FindingReopened(command.finding, command.reason, command.due)]


def known_finding(code: str, state: State) -> Finding:
    """A finding by its code; NoSuchFinding."""
    require(state, "in_implementation", *FOLLOWED_UP)
    if code not in state.findings:
        raise NoSuchFinding(finding=code)
    return state.findings[code]


def open_finding(code: str, state: State) -> Finding:
    """A finding on which work goes on; FindingIsClosed, FindingIsWithdrawn, FindingIsDisputed."""
    finding = known_finding(code, state)
    match finding.status:
        case "closed":
            raise FindingIsClosed()
        case "withdrawn":
            raise FindingIsWithdrawn()
        case "disputed":
            raise FindingIsDisputed()
    return finding


def refuse_rectifier(
    by: By, units: tuple[UnitId, ...], finding: Finding, tied_to: Iterable[PersonId]
) -> None:
    """RectifierMayNotClose for the unit that puts it right, who caused it, and who is to mend it (R4)."""
    theirs = {finding.caused_by, finding.responsible}
    if finding.unit in (by.unit, *units) or not theirs.isdisjoint(acting(by) | set(tied_to)):
        raise RectifierMayNotClose()


def evolve(finding: Finding, event: Event) -> Finding:
    """The finding after an event on it."""
    match event:
        case RectificationPlanned():
            return replace(finding, responsible=event.responsible)
        case RectificationReported():
            return replace(finding, status="reported")
        case FindingClosed():
            return replace(finding, status="closed", look_back=event.look_back)
        case FindingReopened():
            return replace(finding, status="open", due=event.due)
        case _:
            assert_never(event)
