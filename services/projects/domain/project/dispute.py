"""A finding that is disputed: its clock stands still until those above its finder have decided (R48)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import assert_never

from services.projects.domain.project.content import Seat
from services.projects.domain.project.rectification import (
    FindingIsClosed,
    FindingIsWithdrawn,
    known_finding,
    open_finding,
    refuse_rectifier,
)
from services.projects.domain.project.state import State, acting, refuse_players
from shared.domain import By, NotAllowed, NotAsItStands, PersonId, Refusal, UnitId


@dataclass(frozen=True, slots=True)
class FindingDisputed:
    """Those who are to put it right say that it is not so."""

    finding: str
    reason: str
    on: date
    of: Seat  # who decides whether it stands
    due: date
    person: PersonId


@dataclass(frozen=True, slots=True)
class FindingUpheld:
    """It stands, and is to be put right by a date later by the days that its clock stood still."""

    finding: str
    reason: str
    on: date
    due: date
    person: PersonId


@dataclass(frozen=True, slots=True)
class FindingWithdrawn:
    """It does not stand: nothing needs to be put right."""

    finding: str
    reason: str
    on: date
    person: PersonId


Event = FindingDisputed | FindingUpheld | FindingWithdrawn


@dataclass(frozen=True, slots=True)
class DisputeFinding:
    """Say that a finding is not so. Facts: of, due; without `of` nobody is above who found it."""

    by: By
    finding: str
    reason: str
    today: date
    due: date
    of: Seat | None = None


@dataclass(frozen=True, slots=True)
class DecideDispute:
    """Say whether a disputed finding stands, and why. Facts: tied_to, units."""

    by: By
    finding: str
    stands: bool
    reason: str
    today: date
    tied_to: tuple[PersonId, ...] = ()
    units: tuple[UnitId, ...] = ()  # to which `by` belongs, through every office held (R5)


Command = DisputeFinding | DecideDispute


class DisputeNeedsAReason(Refusal):
    """Whoever disputes a finding, or decides on that, says why.

    Name the reason in one sentence."""


class DisputedTooLate(NotAsItStands):
    """A finding is disputed by {dispute_by} at the latest.

    Put it right, or ask for help with it."""


class FindingIsAnswered(NotAsItStands):
    """This finding is being answered otherwise: reported as put right, or in support.

    Wait for what comes of that."""


class DisputeIsDecided(NotAsItStands):
    """It has been decided that this finding stands.

    Put it right, or ask for help with it."""


class NobodyAboveTheFinder(NotAsItStands):
    """Nobody is above the office that found it.

    Talk to that office."""


class FindingIsNotDisputed(NotAsItStands):
    """Nobody disputes this finding.

    Look at its history to see where it stands."""


class FinderMayNotDecide(NotAllowed):
    """Whoever found it does not decide whether it stands.

    The nearest person without conflict decides."""


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command about a disputed finding."""
    match command:
        case DisputeFinding():
            return dispute(command, state)
        case DecideDispute():
            return settle(command, state)
        case _:
            assert_never(command)


def dispute(command: DisputeFinding, state: State) -> list[Event]:
    """Once, in the days that the programme gives, and before anything is reported."""
    finding = open_finding(command.finding, state)
    if finding.status != "open":
        raise FindingIsAnswered()
    if finding.judge is not None:
        raise DisputeIsDecided()
    if finding.dispute_by is not None and state.clock(command.today) > finding.dispute_by:
        raise DisputedTooLate(dispute_by=finding.dispute_by)
    if not command.reason.strip():
        raise DisputeNeedsAReason()
    if command.of is None:
        raise NobodyAboveTheFinder()
    return [
        FindingDisputed(
            command.finding, command.reason, command.today, command.of, command.due, command.by.person
        )
    ]


def settle(command: DecideDispute, state: State) -> list[Event]:
    """By those above who found it, without a part in the project or in the finding (R4)."""
    finding = known_finding(command.finding, state)
    if finding.status == "closed":
        raise FindingIsClosed()
    if finding.status == "withdrawn":
        raise FindingIsWithdrawn()
    if finding.status != "disputed":
        raise FindingIsNotDisputed()
    people = acting(command.by) | set(command.tied_to)
    refuse_players(state, people)
    refuse_rectifier(command.by, command.units, finding, command.tied_to)
    if finding.found_by in people:
        raise FinderMayNotDecide()
    if not command.reason.strip():
        raise DisputeNeedsAReason()
    code, reason, on, person = command.finding, command.reason, command.today, command.by.person
    if not command.stands:
        return [FindingWithdrawn(code, reason, on, person)]
    return [FindingUpheld(code, reason, on, state.due_again(finding, on), person)]


def evolve(state: State, event: Event) -> State:
    """The project after a finding was disputed, or that was decided."""
    finding = state.findings.get(event.finding)
    if finding is None:
        return state
    match event:
        case FindingDisputed():
            stopped = state.clock(event.on)
            after = replace(finding, status="disputed", stopped_on=stopped, judge=event.of)
        case FindingUpheld():
            after = replace(finding, status="open", due=event.due)
        case FindingWithdrawn():
            after = replace(finding, status="withdrawn")
        case _:
            assert_never(event)
    return replace(state, findings={**state.findings, event.finding: after})
