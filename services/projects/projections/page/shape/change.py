"""What a page holds of changes after the approval, of the closing, and of what is late."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict  # pydantic cannot read typing's own before Python 3.12

from services.projects.projections.page.shape.route import Numbers, Seat, Step


class KeySeat(TypedDict):
    """A seat of the first key; without a person as long as it has not accepted."""

    seat: Seat
    person: str | None
    note: str | None
    at: str | None


class SecondKey(TypedDict):
    """The assessment; its body, marks and votes only for who deliberates (R67)."""

    meeting: str
    item: int
    minutes: str
    numbers: Numbers
    body: list[str]
    marks: dict[str, str]
    at: str
    withheld: str | None


class Closing(TypedDict):
    """How far the two keys are turned, and what a request for closing would still miss."""

    requested_on: str | None
    report: dict[str, str] | None
    secrecy: dict[str, str] | None
    explanation: str
    first_key: list[KeySeat]
    second_key: SecondKey | None
    returned: list[dict[str, str]]
    missing: list[str]


class Change(TypedDict):
    """A change of what was approved: requested, approved or rejected."""

    reason: str
    alteration: dict[str, object]  # not Any, or the checker would take every change of a page for Any
    deciders: list[Seat]  # of a request without steps: any of them decides
    steps: list[Step]  # its own route, with the words of each
    state: str
    requested_at: str
    decided_at: str | None
    rejected_because: str | None


class Extension(TypedDict):
    """A milestone's date that was moved by permission."""

    milestone: str
    due_before: str
    due: str
    reason: str
    at: str


class Handover(TypedDict):
    """A change of the lead, with the figures as they stood."""

    from_person: str
    to_person: str
    reason: str
    at: str
    handover: str
    figures: list[dict[str, Any]]


class Stage(TypedDict):
    """How far it had come by the end of a year, by one of those who will turn the first key (R24)."""

    year: int
    cut_off: str
    on: str
    seat: Seat
    person: str
    note: str
    figures: list[dict[str, Any]]


class Pause(TypedDict):
    """A pause that is over: its first day, and the day on which work went on."""

    since: str
    until: str


class Reminded(TypedDict):
    """For which of its dates somebody was told, and of whom that was the turn."""

    due: str
    told: str  # holder, leader or overdue


class Explanation(TypedDict):
    """Why something is late and what follows (R44): the project, a milestone, task or finding."""

    subject: str
    code: str
    due: str
    person: str
    reason: str
    next_steps: str
    at: str


class OpenDate(TypedDict):
    """Something that is due: a step, milestone, task or finding."""

    subject: str
    code: str
    due: str


class VersionMove(TypedDict):
    """A running project went by another version in these parts (R19)."""

    parts: list[dict[str, str]]  # part, before, after
    reason: str
    person: str
    demanded_by: str  # of an order: number of the superior document
    change: str  # the request that asked for it
    at: str
