"""That a project is to be closed: refused with the list of all that is missing (R52)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from services.projects.domain.project.content import Seat
from services.projects.domain.project.state import (
    NOBODY,
    Closing,
    State,
    proposed_by,
    refuse_future,
    require,
)
from shared.domain import By, Incomplete, PersonId, Refusal


@dataclass(frozen=True, slots=True)
class ClosingReport:
    """The four sections that are written by hand, 1,500 characters together."""

    data: str = ""
    facts: str = ""
    experience: str = ""
    results: str = ""


@dataclass(frozen=True, slots=True)
class SecrecyReview:
    """Who looked for classified matter, and when (R74)."""

    person: PersonId
    on: date


@dataclass(frozen=True, slots=True)
class ClosureRequested:
    """The project says that it is done; this day counts, however long the bodies take (R37)."""

    on: date
    report: ClosingReport
    secrecy: SecrecyReview
    explanation: str
    first_key: tuple[Seat, ...]
    person: PersonId = NOBODY  # who asks for it


@dataclass(frozen=True, slots=True)
class RequestClosure:
    """Say that the project is done. Facts: the seats of the first key, secrecy_valid."""

    by: By
    report: ClosingReport
    secrecy: SecrecyReview | None
    today: date
    first_key: tuple[Seat, ...]
    explanation: str = ""  # owed when it comes late (R44)
    secrecy_valid: bool = False  # whether the named person was secrecy reviewer there on that day


class ClosureIncomplete(Incomplete):
    """The project is not ready to be closed: {missing}.

    Finish what is listed and request closure again."""


class NotASecrecyReviewer(Refusal):
    """The person named for the secrecy review is no secrecy reviewer here, or had a part in the project.

    Ask a secrecy reviewer of the company, or of the group, who had none."""


class ReportTooLong(Refusal):
    """The four sections have {characters} characters together; at most {limit} are read.

    Keep what nobody knows yet; figures and lists are added by the system."""


class KeyHasNoBody(Refusal):
    """Nobody is named to review the closure.

    Ask the party department to settle who holds the first key."""


REPORT_CHARACTERS_AT_MOST = 1500


def request(command: RequestClosure, state: State) -> list[ClosureRequested]:
    """Refused with the list of all that is missing."""
    require(state, "in_implementation")
    report = command.report
    sections = (report.data, report.facts, report.experience, report.results)
    characters = sum(len(section) for section in sections)
    if missing := list(_missing(command, state)):
        raise ClosureIncomplete(missing=missing)
    if characters > REPORT_CHARACTERS_AT_MOST:
        raise ReportTooLong(characters=characters, limit=REPORT_CHARACTERS_AT_MOST)
    if not command.first_key:
        raise KeyHasNoBody()
    assert command.secrecy is not None  # just refused
    refuse_future(command.secrecy.on, command.today)
    if not command.secrecy_valid or command.secrecy.person in state.workers:
        raise NotASecrecyReviewer()
    return [
        ClosureRequested(
            command.today,
            report,
            command.secrecy,
            command.explanation,
            command.first_key,
            command.by.person,
        )
    ]


def _missing(command: RequestClosure, state: State) -> Iterator[str]:
    """Stable codes `<kind>.<code>`; an offer that nobody took up is no one's fault and not among them."""
    for code, task in state.tasks.items():
        if task.status not in ("accepted", "expired"):
            yield f"tasks.{code}"
    for milestone in state.proposal.plan:
        if milestone.code not in state.reached:
            yield f"milestones.{milestone.code}"
    for indicator in state.proposal.targets:
        if indicator.measures_change and state.baselines.get(indicator.code) != indicator.baseline:
            yield f"baselines.{indicator.code}"
        if indicator.code not in state.confirmed:
            yield f"readings.{indicator.code}"
    yield from (f"findings.{code}" for code in state.open_findings())
    if state.departures:
        yield "departures"
    if state.ratifying:
        yield "ratification"
    yield from (f"changes.{code}" for code, waiting in state.changes.items() if waiting)
    for section in ("data", "facts", "experience", "results"):
        if not getattr(command.report, section).strip():
            yield f"report.{section}"
    if command.secrecy is None:
        yield "secrecy_review"
    explained = command.explanation.strip() or ("project", "") in state.explained
    if (ends := state.proposal.ends) and command.today > ends and not explained:
        yield "explanation"


def requested(state: State, event: ClosureRequested) -> State:
    closing = Closing(requested_on=event.on, first_key=event.first_key)
    return proposed_by(replace(state, phase="in_closing", closing=closing), event.person)
