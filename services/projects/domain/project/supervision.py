"""Inspections and what they find: recorded by who has no part in it (R46, R47, R50)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from services.projects.domain.project import rectification
from services.projects.domain.project.content import Seat
from services.projects.domain.project.rectification import FindingClosed, OnTheSpot, refuse_rectifier
from services.projects.domain.project.state import (
    CodeTaken,
    Finding,
    State,
    acting,
    refuse_future,
    require,
)
from shared.domain import By, Incomplete, NotAllowed, NotAsItStands, NotKnown, PersonId, UnitId

Severity = Literal["ordinary", "serious"]


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


Event = InspectionHeld | FindingRecorded | rectification.Event


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


Command = HoldInspection | RecordFinding | rectification.Command


class InspectsOwnUnit(NotAllowed):
    """Nobody inspects a project they have a part in, or of a unit where they hold or lately held a post.

    Let another inspector go."""


class TiesAreDeclaredFirst(NotAsItStands):
    """Whoever inspects a unit declares before that what ties they have with it and its people, or none.

    Declare that you have none; if you have one, declare it and let another inspector go."""


class NoSuchInspection(NotKnown):
    """The project has no inspection {inspection}.

    Record the visit first."""


def decide(command: Command, state: State) -> Sequence[Event]:
    """The events of a command of supervision."""
    match command:
        case HoldInspection():
            return hold_inspection(command, state)
        case RecordFinding():
            return record(command, state)
        case _:
            return rectification.decide(command, state)


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


def refuse_inspector(
    by: By, units: tuple[UnitId, ...], tied_to: Iterable[PersonId], says_no_tie: bool, state: State
) -> None:
    """InspectsOwnUnit for who is of the unit or has a part in the project; TiesAreDeclaredFirst (R5)."""
    if state.unit in (by.unit, *units) or not state.players.isdisjoint(acting(by) | set(tied_to)):
        raise InspectsOwnUnit()
    if not says_no_tie:
        raise TiesAreDeclaredFirst()


def evolve(state: State, event: Event) -> State:
    """The project after an event of supervision."""
    if isinstance(event, InspectionHeld):
        return replace(state, inspections=state.inspections | {event.inspection})
    if isinstance(event, FindingRecorded):
        after = Finding(
            event.unit,
            event.caused_by,
            event.due,
            event.found_by,
            event.finder,
            dispute_by=event.dispute_by,
        )
    else:
        after = rectification.evolve(state.findings.get(event.finding, Finding()), event)
    return replace(state, findings={**state.findings, event.finding: after})
