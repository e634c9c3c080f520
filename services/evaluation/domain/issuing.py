"""Appraisal: a unit's year as the performance system of the group was given it, and what changed since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import assert_never

from services.evaluation.domain.appraisal import DAY, Appraised, Award, Days, Fixed, Led, UnitYear
from services.evaluation.domain.grading import Grade, grade_of
from shared.domain import By, Decider, PersonId, Refusal, UnitId


@dataclass(frozen=True, slots=True)
class Given:
    """An award, by which event, and by which one it was revoked; "": it stands."""

    award: str
    event: str
    revoked: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """A project whose score counts in the year, the days it ran, and all events that this follows from."""

    project: str
    reference: str
    ran: Days
    score: Decimal
    awards: tuple[Given, ...]
    events: tuple[str, ...]  # evaluation/<ledger>/<position>


@dataclass(frozen=True, slots=True)
class Weighed:
    """A project in a term: its days in office, of its days in the year (R11)."""

    project: str
    days: int
    of: int
    score: Decimal
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A secretary's year in one term of office."""

    term: str
    person: PersonId
    office: str
    acting: bool
    unit: UnitId
    held: Days
    score: Decimal | None
    grade: str  # "" without a score
    projects: tuple[Weighed, ...]

    @property
    def days(self) -> int:
        """In office, in the year."""
        return self.held.count


@dataclass(frozen=True, slots=True)
class Figures:
    """All figures of a unit's year; the unit's own is None where nothing was closed."""

    score: Decimal | None
    projects: tuple[Counted, ...] = ()
    lines: tuple[Line, ...] = ()

    @property
    def events(self) -> frozenset[str]:
        """All that they follow from."""
        return frozenset(event for project in self.projects for event in project.events)


# Events


@dataclass(frozen=True, slots=True)
class AppraisalIssued:
    """The figures as they were final, with the grades by which they were read."""

    unit: UnitId
    year: int
    within: Days  # R25
    programme: str
    grades: tuple[Grade, ...]
    figures: Figures
    organisation: int  # position of projects/group up to which terms were read


@dataclass(frozen=True, slots=True)
class AppraisalAdjusted:
    """Old and new figures, and by which events they changed; what was issued stays (R63)."""

    unit: UnitId
    year: int
    before: Figures
    after: Figures
    causes: tuple[str, ...]  # of corrected terms: the event up to which the organisation was read
    organisation: int


Event = AppraisalIssued | AppraisalAdjusted


# Commands


@dataclass(frozen=True, slots=True)
class IssueAppraisal:
    """Give a unit's figures of a year to the performance system. Facts: all but unit and year."""

    by: By
    unit: UnitId
    year: int
    within: Days
    on: date
    not_final: int  # scores that are not fixed, may be appealed, or whose appeal is open (R55)
    programme: str
    grades: tuple[Grade, ...]
    figures: Figures
    organisation: int


@dataclass(frozen=True, slots=True)
class AdjustAppraisal:
    """Say what has changed of issued figures. Facts: all of it, from the reaction."""

    by: By | None
    figures: Figures
    organisation: int


Command = IssueAppraisal | AdjustAppraisal


# Refusals


class AppraisalIsIssued(Refusal):
    """The figures of this unit and year are issued already.

    Whatever changes of them is added by itself, beside the old figures."""


class AppraisalNotIssued(Refusal):
    """The figures of this unit and year are not issued yet.

    Issue them first."""


class AppraisalYearNotOver(Refusal):
    """The year {year} lasts until {until}.

    Issue its figures after that day."""


class FiguresAreNotFinal(Refusal):
    """The scores of {count} projects of this unit are not final.

    Wait until they are fixed, the days for an appeal are over, and every appeal is answered."""


class NobodyToAppraise(Refusal):
    """Nobody was secretary of this unit in the year.

    Choose a unit that had one."""


# State


@dataclass(frozen=True, slots=True)
class State:
    """The figures in force, and how far the organisation was read for them."""

    unit: UnitId | None = None
    year: int = 0
    figures: Figures = Figures(None)
    organisation: int = 0


def decide(command: Command, state: State) -> list[Event]:
    """The events of a command, or the rule that refuses it."""
    match command:
        case IssueAppraisal():
            return issue(command, state)
        case AdjustAppraisal():
            return adjust(command, state)
        case _:
            assert_never(command)


def issue(command: IssueAppraisal, state: State) -> list[Event]:
    """Once, after the year, and when nothing of it can still be appealed (R55)."""
    if state.unit is not None:
        raise AppraisalIsIssued()
    if command.on < command.within.end:
        raise AppraisalYearNotOver(year=command.year, until=command.within.end - DAY)
    if not command.figures.lines:
        raise NobodyToAppraise()
    if command.not_final:
        raise FiguresAreNotFinal(count=command.not_final)
    return [
        AppraisalIssued(
            command.unit,
            command.year,
            command.within,
            command.programme,
            command.grades,
            command.figures,
            command.organisation,
        )
    ]


def adjust(command: AdjustAppraisal, state: State) -> list[Event]:
    """What is in force already is not said again; an organisation that is behind changes nothing."""
    if state.unit is None:
        raise AppraisalNotIssued()
    if command.figures == state.figures or command.organisation < state.organisation:
        return []
    new = tuple(sorted(command.figures.events - state.figures.events))
    causes = new or (f"projects/group/{command.organisation}",)
    return [
        AppraisalAdjusted(
            state.unit, state.year, state.figures, command.figures, causes, command.organisation
        )
    ]


def evolve(state: State, event: Event) -> State:
    """Issued, then adjusted."""
    match event:
        case AppraisalIssued():
            return State(event.unit, event.year, event.figures, event.organisation)
        case AppraisalAdjusted():
            return replace(state, figures=event.after, organisation=event.organisation)
        case _:
            assert_never(event)


APPRAISAL: Decider[Command, Event, State] = Decider(
    "appraisal",
    State(),
    decide,
    evolve,
    (IssueAppraisal, AdjustAppraisal),
    (AppraisalIssued, AppraisalAdjusted),
)


# What is issued of a computed year


def figures_of(
    year: UnitYear, projects: Sequence[Led], awards: Sequence[Award], grades: Sequence[Grade]
) -> Figures:
    """Of all projects that count in the year, also of those that ran while nobody led the unit."""
    counted = tuple(
        _counted(led, led.fixed, [one for one in awards if one.project == led.project])
        for led in sorted(projects, key=lambda one: one.project)
        if led.fixed is not None
    )
    events = {one.project: one.events for one in counted}
    return Figures(
        year.score, counted, tuple(_line(one, year.unit, events, grades) for one in year.secretaries)
    )


def _counted(led: Led, fixed: Fixed, awards: Sequence[Award]) -> Counted:
    given = tuple(Given(one.award, one.event, one.revoked) for one in awards)
    of_awards = (event for one in given for event in (one.event, one.revoked) if event)
    events = (fixed.event, *(one.event for one in fixed.adjustments), *of_awards)
    return Counted(led.project, led.reference, led.ran, fixed.in_force, given, events)


def _line(
    one: Appraised, unit: UnitId, events: Mapping[str, tuple[str, ...]], grades: Sequence[Grade]
) -> Line:
    weighed = tuple(
        Weighed(part.led.project, part.days, part.of, part.counts, events[part.led.project])
        for part in one.parts
        if part.counts is not None
    )
    grade = "" if one.score is None else grade_of(one.score, grades).name
    term = one.term
    return Line(term.term, term.person, term.office, term.acting, unit, one.days, one.score, grade, weighed)
