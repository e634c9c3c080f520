"""Another organisation leads, after a unit was dissolved or moved, and records it in its own ledger (R70)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar, assert_never

from services.projects.domain.project.content import LeaderKind, Seat
from services.projects.domain.project.state import State, acting, refuse_players
from shared.domain import Arrives, By, Leaves, NotAllowed, Refusal, UnitId

T = TypeVar("T")
ENDED = frozenset({"closed", "archived", "rejected", "terminated"})


@dataclass(frozen=True, slots=True)
class Succession:
    """A unit whose offices were asked, and the one whose same offices are asked instead."""

    before: UnitId
    after: UnitId


@dataclass(frozen=True, slots=True)
class LedgerLeft(Leaves):
    """The last event of the project in this ledger; the next one lies in another."""

    ledger: str  # the other one
    unit: UnitId  # that leads from then on
    company: UnitId
    leader: LeaderKind
    units: tuple[Succession, ...]
    reason: str = ""  # of who gave it to another, where no successor was named


@dataclass(frozen=True, slots=True)
class LeadMoved(Arrives):
    """This unit leads now; its same offices are asked what is still open, by the version pinned before."""

    ledger: str  # where the record was before, and its last event there; "" where it goes on in the same
    position: int
    leaf: str  # hash of that event's leaf, as hex
    into: str  # the ledger in which it goes on
    unit: UnitId
    company: UnitId
    leader: LeaderKind
    units: tuple[Succession, ...]
    unit_before: UnitId
    company_before: UnitId
    reason: str = ""


Event = LedgerLeft | LeadMoved


@dataclass(frozen=True, slots=True)
class Successor:
    """Fact: who leads instead, and in which ledger that is written."""

    unit: UnitId
    company: UnitId
    leader: LeaderKind
    ledger: str


@dataclass(frozen=True, slots=True)
class MoveLead:
    """Let the successor lead; the system's own act, after a unit was dissolved or moved."""

    by: By | None
    successor: Successor | None  # None: there is none, and it stays
    ledger: str  # fact: in which it is recorded now


@dataclass(frozen=True, slots=True)
class ReassignLead:
    """Give what a unit without successor led to another unit. Facts: successor, ledger, has_heir."""

    by: By
    unit: UnitId
    reason: str
    successor: Successor | None  # None: the unit is not in force
    ledger: str
    has_heir: bool  # the unit that leads is in force, or has a successor


@dataclass(frozen=True, slots=True)
class ReceiveLead:
    """Go on in this ledger; the system's own act, after the other one was left."""

    by: By | None
    ledger: str
    position: int
    leaf: str
    into: str
    left: LedgerLeft


Command = MoveLead | ReassignLead | ReceiveLead


class LeadHasAnHeir(NotAllowed):
    """The unit that leads this project goes on, or named its successor.

    Only what a dissolved unit leaves without a successor is given to another."""


class SuccessorIsNotInForce(Refusal):
    """The unit that is to lead is not established, or has been dissolved.

    Choose a unit that exists."""


def decide(command: Command, state: State) -> list[Event]:
    """To the successor, once; what has ended only goes on in another ledger, if at all."""
    match command:
        case MoveLead():
            return _to(command.successor, command.ledger, state, "")
        case ReassignLead():
            refuse_players(state, acting(command.by))
            if command.has_heir:
                raise LeadHasAnHeir()
            if command.successor is None:
                raise SuccessorIsNotInForce()
            return _to(command.successor, command.ledger, state, command.reason)
        case ReceiveLead(left=left):
            return [
                LeadMoved(
                    command.ledger,
                    command.position,
                    command.leaf,
                    command.into,
                    left.unit,
                    left.company,
                    left.leader,
                    left.units,
                    state.unit,
                    state.company,
                    left.reason,
                )
            ]
        case _:
            assert_never(command)


def _to(to: Successor | None, here: str, state: State, reason: str) -> list[Event]:
    if to is None:
        return []
    if state.phase in ENDED:
        unit, company, leader = state.unit, state.company, state.leader
    else:
        unit, company, leader = to.unit, to.company, to.leader
    passes = {state.unit: unit, state.company: company}  # of a company that leads itself: to the company
    units = tuple(Succession(before, after) for before, after in passes.items() if before != after)
    if to.ledger != here:
        return [LedgerLeft(to.ledger, unit, company, leader, units, reason)]
    if (unit, company) == (state.unit, state.company):
        return []
    before = (state.unit, state.company)
    return [LeadMoved("", 0, "", here, unit, company, leader, units, *before, reason)]


def evolve(state: State, event: Event) -> State:
    """The project as another unit leads it; as long as it is on its way nothing changes."""
    match event:
        case LedgerLeft():
            return state
        case LeadMoved():
            after = {passed.before: passed.after for passed in event.units}
            moved = _with_seats(state, after)
            findings = {
                code: replace(finding, unit=after.get(finding.unit, finding.unit))
                for code, finding in moved.findings.items()
            }
            tasks = {
                code: replace(task, circle=tuple(after.get(unit, unit) for unit in task.circle))
                for code, task in moved.tasks.items()
            }
            return replace(
                moved,
                ledger=event.into,
                unit=event.unit,
                company=event.company,
                leader=event.leader,
                findings=findings,
                tasks=tasks,
            )
        case _:
            assert_never(event)


def _with_seats(value: T, after: Mapping[UnitId, UnitId]) -> T:
    """The same with every office of a unit that was succeeded as the same office of its successor."""
    found: Any = value
    if isinstance(value, Seat):
        found = Seat(value.office, after.get(value.unit, value.unit))
    elif is_dataclass(value) and not isinstance(value, type):
        old = {f.name: getattr(value, f.name) for f in fields(value)}
        new = {name: _with_seats(part, after) for name, part in old.items()}
        found = replace(value, **{name: part for name, part in new.items() if part != old[name]})
    elif isinstance(value, Mapping):
        found = {_with_seats(key, after): _with_seats(part, after) for key, part in value.items()}
    elif isinstance(value, tuple | frozenset):
        found = type(value)(_with_seats(part, after) for part in value)
    same: T = found
    return same
