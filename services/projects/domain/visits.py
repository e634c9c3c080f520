"""The inspections of a branch in a year, planned and held, by all levels together (R46)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import assert_never

from services.projects.domain.project.content import LeaderKind, Seat
from services.projects.domain.project.limits import USUAL
from services.projects.domain.project.state import NOBODY, NOWHERE
from shared.domain import By, Decider, NotAllowed, NotKnown, PersonId, Refusal, UnitId

# Events


@dataclass(frozen=True, slots=True)
class InspectionPlanned:
    """An inspection stands in the plan, and the branch knows of it."""

    unit: UnitId
    leader: LeaderKind  # what the unit is, by which its first office is known
    inspection: str
    on: date
    kind: str
    reason: str  # why beyond the yearly limit, else empty
    seat: Seat
    person: PersonId


@dataclass(frozen=True, slots=True)
class PlannedInspectionDropped:
    """It will not be held, and counts no more."""

    unit: UnitId
    inspection: str
    reason: str
    person: PersonId


@dataclass(frozen=True, slots=True)
class VisitCounted:
    """An inspection of one of the branch's projects counts among those of the year."""

    unit: UnitId
    year: int
    project: str
    inspection: str
    planned: str = ""  # the inspection of the plan that it is
    on: date | None = None  # none in old events, as the rest
    kind: str = ""
    seat: Seat | None = None
    person: PersonId = NOBODY


Event = InspectionPlanned | PlannedInspectionDropped | VisitCounted

# Commands


@dataclass(frozen=True, slots=True)
class PlanInspection:
    """Put an inspection of a branch into the plan. Facts: leader, today, limit."""

    by: By
    unit: UnitId
    inspection: str
    on: date
    kind: str
    leader: LeaderKind
    today: date
    reason: str = ""
    limit: int = USUAL.inspections_a_year


@dataclass(frozen=True, slots=True)
class DropPlannedInspection:
    """Take an inspection out of the plan."""

    by: By
    inspection: str
    reason: str


@dataclass(frozen=True, slots=True)
class CountVisit:
    """Count an inspection that is held; that each is counted once, its command's id sees to."""

    by: By
    unit: UnitId
    year: int
    project: str
    inspection: str
    on: date
    kind: str
    planned: str = ""
    reason: str = ""
    limit: int = USUAL.inspections_a_year


Command = PlanInspection | DropPlannedInspection | CountVisit


class InspectionLimitReached(Refusal):
    """This branch has had its {limit} inspections of the year, or they are planned.

    If one more is necessary, name the reason."""


class InspectionIsPlanned(Refusal):
    """The plan has an inspection {inspection} of this branch in this year.

    Take another code."""


class PlannedInThePast(Refusal):
    """{on} has passed.

    Name a day that is still to come."""


class NoSuchPlannedInspection(NotKnown):
    """No inspection {inspection} of this branch is planned for this year.

    Choose one of the plan, or none."""


class NotYourInspection(NotAllowed):
    """An inspection is taken out of the plan by the office that planned it.

    Ask that office."""


class InspectionIsHeld(Refusal):
    """This inspection has been held.

    What was held stays on the record."""


class DroppingNeedsAReason(Refusal):
    """Whoever takes an inspection out of the plan says why.

    Name the reason in one sentence."""


# State


@dataclass(frozen=True, slots=True)
class Planned:
    """An inspection of the plan."""

    seat: Seat
    held: bool = False


@dataclass(frozen=True, slots=True)
class Visits:
    """Those of one branch in one year."""

    unit: UnitId = NOWHERE
    planned: Mapping[str, Planned] = field(default_factory=dict)
    others: frozenset[tuple[str, str]] = frozenset()  # project and inspection: held without a plan

    @property
    def count(self) -> int:
        """How many there are or will be."""
        return len(self.planned) + len(self.others)


def decide(command: Command, visits: Visits) -> Sequence[Event]:
    """The events of a command."""
    match command:
        case PlanInspection():
            return plan(command, visits)
        case DropPlannedInspection():
            return drop(command, visits)
        case CountVisit():
            return count(command, visits)
        case _:
            assert_never(command)


def plan(command: PlanInspection, visits: Visits) -> Sequence[Event]:
    """For a day to come; two a year for one branch from all levels together, more with a reason (R46)."""
    if command.inspection in visits.planned:
        raise InspectionIsPlanned(inspection=command.inspection)
    if command.on < command.today:
        raise PlannedInThePast(on=command.on)
    _refuse_too_many(visits, command.limit, command.reason)
    seat = Seat(command.by.office, command.by.unit)
    return [
        InspectionPlanned(
            command.unit,
            command.leader,
            command.inspection,
            command.on,
            command.kind,
            command.reason,
            seat,
            command.by.person,
        )
    ]


def drop(command: DropPlannedInspection, visits: Visits) -> Sequence[Event]:
    """By the office that planned it, before it is held."""
    planned = visits.planned.get(command.inspection)
    if planned is None:
        raise NoSuchPlannedInspection(inspection=command.inspection)
    if planned.seat != Seat(command.by.office, command.by.unit):
        raise NotYourInspection()
    if planned.held:
        raise InspectionIsHeld()
    if not command.reason.strip():
        raise DroppingNeedsAReason()
    return [PlannedInspectionDropped(visits.unit, command.inspection, command.reason, command.by.person)]


def count(command: CountVisit, visits: Visits) -> Sequence[Event]:
    """One of the plan counts there, in however many projects it is held; any other is one more (R46)."""
    if not command.planned:
        _refuse_too_many(visits, command.limit, command.reason)
    elif command.planned not in visits.planned:
        raise NoSuchPlannedInspection(inspection=command.planned)
    return [
        VisitCounted(
            command.unit,
            command.year,
            command.project,
            command.inspection,
            command.planned,
            command.on,
            command.kind,
            Seat(command.by.office, command.by.unit),
            command.by.person,
        )
    ]


def _refuse_too_many(visits: Visits, limit: int, reason: str) -> None:
    if visits.count >= limit and not reason.strip():
        raise InspectionLimitReached(limit=limit)


def evolve(visits: Visits, event: Event) -> Visits:
    """The year's inspections after one more is planned, dropped or held."""
    match event:
        case InspectionPlanned():
            planned = {**visits.planned, event.inspection: Planned(event.seat)}
            return replace(visits, unit=event.unit, planned=planned)
        case PlannedInspectionDropped():
            left = {code: known for code, known in visits.planned.items() if code != event.inspection}
            return replace(visits, planned=left)
        case VisitCounted():
            if known := visits.planned.get(event.planned):
                held = {**visits.planned, event.planned: replace(known, held=True)}
                return replace(visits, planned=held)
            return replace(
                visits, unit=event.unit, others=visits.others | {(event.project, event.inspection)}
            )
        case _:
            assert_never(event)


VISITS: Decider[Command, Event, Visits] = Decider(
    aggregate="visits",
    initial=Visits(),
    decide=decide,
    evolve=evolve,
    commands=(PlanInspection, DropPlannedInspection, CountVisit),
    events=(InspectionPlanned, PlannedInspectionDropped, VisitCounted),
)
