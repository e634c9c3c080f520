"""What a page holds of those who look after a project: visits, findings, guidance, support."""

from __future__ import annotations

from typing_extensions import TypedDict  # pydantic cannot read typing's own before Python 3.12

from services.projects.projections.page.shape.route import Seat


class Inspection(TypedDict):
    """A visit."""

    on: str
    kind: str
    note: str
    reason: str


class Dispute(TypedDict):
    """Why a finding is said not to be so, who decides that by when, and what they said."""

    reason: str
    on: str
    of: Seat
    due: str
    person: str
    answer: str | None
    decided_on: str | None
    decided_by: str | None


class Finding(TypedDict):
    """What is to be put right; late if reported after its date.

    `state`: open, reported, closed, in_support, disputed or withdrawn.
    """

    inspection: str
    text: str
    severity: str
    due: str
    unit: str
    caused_by: str | None
    found_by: str
    state: str
    measures: str | None
    responsible: str | None
    planned_for: str | None
    reported: str | None
    reported_on: str | None
    entered_on: str | None
    counted_on: str | None  # of the two days the one that counts (R36)
    entry: str | None
    closed_on: str | None
    closed_by: str | None
    look_back: str | None
    look_back_asked: bool
    looked_back: str | None  # the day on which it was found in order still
    on_the_spot: dict[str, str] | None
    reopened: int
    late: bool
    dispute_by: str | None
    dispute: Dispute | None


class Midterm(TypedDict):
    """How it stood in the middle of its way: on_plan, needs_help or needs_change."""

    result: str
    note: str
    on: str
    seat: Seat
    person: str


class Guidance(TypedDict):
    """Help that somebody from outside the project gave."""

    on: str
    seat: Seat
    person: str
    matter: str
    note: str


class Support(TypedDict):
    """Help that was asked for: requested, granted, declined or provided."""

    matter: str
    of: Seat
    due: str
    finding: str | None
    state: str
    requested_at: str
    decided_at: str | None
    answer: str | None
    provide_by: str | None
    provided_on: str | None
    provided: str | None
