"""Inspections and findings: recorded, rectified, and closed by somebody else (R4, R46, R47)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.projects.domain.project.content import Seat
from services.projects.domain.project.state import (
    CodeTaken,
    Finding,
    Phase,
    State,
    acting,
    refuse_future,
    require,
)
from shared.domain import By, Incomplete, NotAllowed, NotAsItStands, NotKnown, PersonId, UnitId

Severity = Literal["ordinary", "serious"]


@dataclass(frozen=True, slots=True)
class OnTheSpot:
    """Before and after of a finding that was mended during the visit (R47)."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class InspectionHeld:
    """An inspector visited."""

    inspection: str
    on: date
    kind: str
    note: str
    reason: str  # why beyond the yearly limit, else empty
    planned: str = ""  # the inspection of the branch's plan that it is


@dataclass(frozen=True, slots=True)
class FindingRecorded:
    """Something must be put right by a day."""

    finding: str
    inspection: str
    text: str
    severity: Severity
    due: date
    unit: UnitId  # that puts it right
    caused_by: PersonId | None
    found_by: PersonId
    finder: Seat | None = None  # in which office; none in old events
    dispute_by: date | None = None  # the last day for it (R48); none in old events


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


Event = (
    InspectionHeld
    | FindingRecorded
    | RectificationPlanned
    | RectificationReported
    | FindingClosed
    | FindingReopened
)


@dataclass(frozen=True, slots=True)
class HoldInspection:
    """Record a visit; that the branch has few a year, its own stream sees to (R46).

    Facts: units, tied_to, says_no_tie.
    """

    by: By
    inspection: str
    on: date
    kind: str
    today: date
    note: str = ""
    reason: str = ""
    planned: str = ""
    units: tuple[UnitId, ...] = ()  # to which `by` belongs or belonged of late (R5)
    tied_to: tuple[PersonId, ...] = ()
    says_no_tie: bool = True  # `by` has declared to have no tie with the unit (R5)


@dataclass(frozen=True, slots=True)
class RecordFinding:
    """Record what must be put right; closed at once when mended on the spot.

    Facts: units, dispute_by, tied_to, says_no_tie.
    """

    by: By
    finding: str
    inspection: str
    text: str
    severity: Severity
    due: date
    unit: UnitId
    today: date
    caused_by: PersonId | None = None
    on_the_spot: OnTheSpot | None = None
    units: tuple[UnitId, ...] = ()  # to which `by` belongs, through every office held (R5)
    dispute_by: date | None = None
    tied_to: tuple[PersonId, ...] = ()
    says_no_tie: bool = True


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


Command = (
    HoldInspection | RecordFinding | PlanRectification | ReportRectification | CloseFinding | ReopenFinding
)


class InspectsOwnUnit(NotAllowed):
    """Nobody inspects a project they have a part in, or of a unit where they hold or lately held a post.

    Let another inspector go."""


class TiesAreDeclaredFirst(NotAsItStands):
    """Whoever inspects a unit declares before that what ties they have with it and its people, or none.

    Declare that you have none; if you have one, declare it and let another inspector go."""


class NoSuchInspection(NotKnown):
    """The project has no inspection {inspection}.

    Record the visit first."""


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
    """The events of a command of supervision."""
    match command:
        case HoldInspection():
            return hold_inspection(command, state)
        case RecordFinding():
            return record(command, state)
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


def hold_inspection(command: HoldInspection, state: State) -> list[Event]:
    """While the project is carried out."""
    require(state, "in_implementation", "in_closing")
    if command.inspection in state.inspections:
        raise CodeTaken(code=command.inspection)
    refuse_inspector(command.by, command.units, command.tied_to, command.says_no_tie, state)
    refuse_future(command.on, command.today)
    return [
        InspectionHeld(
            command.inspection, command.on, command.kind, command.note, command.reason, command.planned
        )
    ]


def record(command: RecordFinding, state: State) -> list[Event]:
    """Mended during the visit, it is recorded and closed in one act by the finder (R47)."""
    require(state, "in_implementation", "in_closing")
    if command.inspection not in state.inspections:
        raise NoSuchInspection(inspection=command.inspection)
    if command.finding in state.findings:
        raise CodeTaken(code=command.finding)
    refuse_inspector(command.by, command.units, command.tied_to, command.says_no_tie, state)
    recorded = FindingRecorded(
        command.finding,
        command.inspection,
        command.text,
        command.severity,
        command.due,
        command.unit,
        command.caused_by,
        command.by.person,
        Seat(command.by.office, command.by.unit),
        command.dispute_by,
    )
    if command.on_the_spot is None:
        return [recorded]
    found = Finding(command.unit, command.caused_by)
    refuse_rectifier(command.by, command.units, found, command.tied_to)
    shown = {"before": command.on_the_spot.before, "after": command.on_the_spot.after}
    if missing := [name for name, text in shown.items() if not text.strip()]:
        raise Incomplete(missing=missing)
    closed = FindingClosed(
        command.finding, command.today, command.by.person, look_back=None, on_the_spot=command.on_the_spot
    )
    return [recorded, closed]


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


def refuse_inspector(
    by: By, units: tuple[UnitId, ...], tied_to: Iterable[PersonId], says_no_tie: bool, state: State
) -> None:
    """InspectsOwnUnit for who is of the unit or has a part in the project; TiesAreDeclaredFirst (R5)."""
    if state.unit in (by.unit, *units) or not state.players.isdisjoint(acting(by) | set(tied_to)):
        raise InspectsOwnUnit()
    if not says_no_tie:
        raise TiesAreDeclaredFirst()


def refuse_rectifier(
    by: By, units: tuple[UnitId, ...], finding: Finding, tied_to: Iterable[PersonId]
) -> None:
    """RectifierMayNotClose for the unit that puts it right, who caused it, and who is to mend it (R4)."""
    theirs = {finding.caused_by, finding.responsible}
    if finding.unit in (by.unit, *units) or not theirs.isdisjoint(acting(by) | set(tied_to)):
        raise RectifierMayNotClose()


def evolve(state: State, event: Event) -> State:
    """The project after an event of supervision."""
    if isinstance(event, InspectionHeld):
        return replace(state, inspections=state.inspections | {event.inspection})
    finding = state.findings.get(event.finding, Finding())
    match event:
        case FindingRecorded():
            after = Finding(
                event.unit,
                event.caused_by,
                event.due,
                event.found_by,
                event.finder,
                dispute_by=event.dispute_by,
            )
        case RectificationPlanned():
            after = replace(finding, responsible=event.responsible)
        case RectificationReported():
            after = replace(finding, status="reported")
        case FindingClosed():
            after = replace(finding, status="closed", look_back=event.look_back)
        case FindingReopened():
            after = replace(finding, status="open", due=event.due)
        case _:
            assert_never(event)
    return replace(state, findings={**state.findings, event.finding: after})
