"""What a page holds of the work: tasks, milestones, figures, evidence, problems."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict  # pydantic cannot read typing's own before Python 3.12

from services.projects.domain.project.content import ReadingRhythm
from services.projects.projections.page.shape.route import Seat


class Task(TypedDict):
    """A task: open, offered, expired, held, completed or accepted."""

    title: str
    standard: str
    due: str
    weight: str
    added_at: str
    state: str
    person: str | None
    climbing: bool
    from_level: str
    to_level: str
    circle: list[str]
    skills: str
    window_ends: str | None
    claims: int
    claimants: list[str]  # only for who chooses among them; others see their own claim (R39)
    completed_on: str | None
    entered_on: str | None
    counted_on: str | None  # of the two days the one that counts (R36)
    entry: str | None
    accepted_by: str | None
    sent_back: str | None
    late: bool


class Milestone(TypedDict):
    """A dated result; `moved_from` keeps the dates that it had after the approval.

    It is dropped if the plan has it no more, and kept if it had been reached.
    """

    title: str
    due: str
    weight: str
    reached_on: str | None
    entered_on: str | None
    counted_on: str | None  # of the two days the one that counts (R36)
    entry: str | None
    late: bool
    missed: str | None  # the last of its dates that was noted as missed
    moved_from: list[str]
    dropped: bool


class Reading(TypedDict):
    """A reported value: unconfirmed, confirmed, disputed, or replaced by a later one of its period."""

    period: str
    value: str
    on: str
    person: str
    state: str
    reason: str | None


class Indicator(TypedDict):
    """A figure: what it was, what is promised, what was read; the baseline that its source stands for.

    It is dropped if the targets have it no more, and kept if anything had been said of it.
    """

    name: str
    unit: str
    kind: str
    source: Seat
    baseline: str | None
    target: str | None
    climb: str | None
    due: str | None
    money: bool
    weight: str
    rhythm: ReadingRhythm
    of: str
    confirmed_baseline: str | None
    asked_to: str | None  # the last day of the last period that was asked for
    readings: list[Reading]
    dropped: bool


class Activity(TypedDict):
    """A party activity that served an indicator, and the decision or request in which it ended."""

    on: str
    kind: str
    title: str
    indicator: str
    decision: str
    support: str


class PaperEntry(TypedDict):
    """An act from paper: whose, when done, by whom entered (R35).

    Its state is own, entered, confirmed, denied or unconfirmed; `accepted_by` whom the day on the
    paper convinced (R36). Who may not read the act is not told whose it is.
    """

    act: str
    subject: str
    code: str
    office: str
    person: str | None
    on: str
    entered_by: str | None
    entered_on: str
    scan: dict[str, Any] | None
    call: str | None
    confirm_by: str | None
    accept_by: str | None
    state: str
    denied_because: str | None
    accepted_by: str | None
    withheld: str | None


class Evidence(TypedDict):
    """A file or link and what it proves."""

    sha256: str
    name: str
    size_bytes: int
    media_type: str
    link: str
    subject: str
    code: str
    proves: str
    at: str
    sealed: str | None  # why its bytes are gone, and its name with them (R74)


class WithdrawnText(TypedDict):
    """Why a text is shown no more; `withdrawn:<sha256>` stands where it stood."""

    reason: str
    on: str
    person: str


class Marked(TypedDict):
    """What a secrecy reviewer said for one purpose: public, internal, work_secret or commercial_secret."""

    mark: str
    note: str
    on: str
    person: str


class Problem(TypedDict):
    """What stood in the way; `how` once it was removed."""

    text: str
    raised_at: str
    resolved_at: str | None
    how: str | None
