"""What a page holds: a project as people see it, in plain JSON values, with ids where names are read later.

Things that have a code stand under it, so that what changed between two moments has the same path
in both. Decimals and dates are texts, moments RFC 3339 in UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from typing_extensions import TypedDict  # pydantic cannot read typing's own before Python 3.12

from services.projects.projections.page.shape.change import (
    Change,
    Closing,
    Explanation,
    Extension,
    Handover,
    KeySeat,
    OpenDate,
    Pause,
    Reminded,
    SecondKey,
    Stage,
    VersionMove,
)
from services.projects.projections.page.shape.route import (
    AddedSigner,
    ChangedByHigher,
    Decision,
    Numbers,
    Objection,
    ObjectionAnswer,
    Opinion,
    Referral,
    RequiredChange,
    Route,
    Seat,
    Share,
    Step,
    Transfer,
    Withdrawal,
)
from services.projects.projections.page.shape.spread import (
    Adoption,
    Credit,
    Formation,
    Membership,
    Outcome,
    Partnership,
    Practice,
    Showing,
    SideFigure,
)
from services.projects.projections.page.shape.supervision import (
    Dispute,
    Finding,
    Guidance,
    Inspection,
    Midterm,
    Support,
)
from services.projects.projections.page.shape.work import (
    Activity,
    Evidence,
    Indicator,
    Marked,
    Milestone,
    PaperEntry,
    Problem,
    Reading,
    Task,
    WithdrawnText,
)

__all__ = [
    "Activity",
    "AddedSigner",
    "Adoption",
    "Change",
    "ChangedByHigher",
    "Closing",
    "Credit",
    "Decision",
    "Dispute",
    "Evidence",
    "Explanation",
    "Extension",
    "Finding",
    "Formation",
    "Guidance",
    "Handover",
    "Indicator",
    "Inspection",
    "KeySeat",
    "Marked",
    "Membership",
    "Midterm",
    "Milestone",
    "Numbers",
    "Objection",
    "ObjectionAnswer",
    "OpenDate",
    "Opinion",
    "Outcome",
    "Page",
    "PaperEntry",
    "Partnership",
    "Pause",
    "Practice",
    "Problem",
    "Reading",
    "Referral",
    "Reminded",
    "RequiredChange",
    "Route",
    "Seat",
    "SecondKey",
    "Share",
    "Showing",
    "SideFigure",
    "Stage",
    "Step",
    "Support",
    "Task",
    "Transfer",
    "VersionMove",
    "Withdrawal",
    "WithdrawnText",
    "at",
    "blank",
    "not_requested",
    "plain",
]

T = TypeVar("T")
_encoder = msgspec.json.Encoder(decimal_format="string")


class Package(TypedDict):
    """What was handed over to the archive: first the project, then what was added (R78)."""

    number: str | None  # of the archive, once received
    retention: str
    note: str
    handed_over_on: str | None  # None: sent back
    handed_over_by: str
    received_on: str | None
    sent_back: list[dict[str, Any]]


class Page(TypedDict):
    """A project as people see it, at one version of its stream."""

    id: str
    version: int
    position: str
    recorded_at: str
    reference: str
    number: str | None
    state: str
    title: str
    track: str
    company: str
    unit: str
    leader: str
    lead: str
    proposers: list[str]
    team: dict[str, Any]
    partners: list[dict[str, Any]]
    from_problem: str | None  # of the branch's list, from which it started
    programme: str | None
    supplement: str  # the company's version beside it (R22)
    moves: list[VersionMove]  # to other versions in some parts, while it runs (R19)
    content_hash: str | None
    content: dict[str, Any]
    resolution: dict[str, Any] | None
    route: Route
    required_changes: list[RequiredChange]
    tasks: dict[str, Task]
    milestones: dict[str, Milestone]
    indicators: dict[str, Indicator]
    activities: list[Activity]
    evidence: list[Evidence]
    problems: dict[str, Problem]
    inspections: dict[str, Inspection]
    findings: dict[str, Finding]
    guidance: list[Guidance]
    supports: dict[str, Support]
    papers: dict[str, PaperEntry]
    secrecy: dict[str, Marked]  # by purpose
    withdrawn: dict[str, WithdrawnText]  # by hash
    memberships: dict[str, Membership]
    partnership: Partnership
    practice: Practice | None
    adoptions: dict[str, Adoption]  # by origin
    closing: Closing
    changes: dict[str, Change]
    extensions: list[Extension]
    handovers: list[Handover]
    stages: list[Stage]
    formations: list[Formation]  # of the team, the last one perhaps still standing
    midterm: Midterm | None
    showings: list[Showing]
    reminded: dict[str, Reminded]  # by <subject>/<code>
    outcomes: dict[str, Outcome]
    no_rule: str | None  # why none came of it
    explanations: list[Explanation]
    suspended_since: str | None
    suspended_until: str | None  # the last day of the pause
    suspension_overran: bool
    pauses: list[Pause]
    drafted_at: str | None
    submitted_at: str | None
    approved_at: str | None
    closed_on: str | None
    ended_because: str | None
    over_on: str | None  # since when it is closed, rejected or terminated
    archived: dict[str, str] | None
    archive: list[Package]
    next: list[OpenDate]


def blank(project: str) -> Page:
    """The page of a project of which nothing is known yet."""
    return Page(
        id=project,
        version=0,
        position="",
        recorded_at="",
        reference="",
        number=None,
        state="absent",
        title="",
        track="",
        company="",
        unit="",
        leader="",
        lead="",
        proposers=[],
        team={},
        partners=[],
        from_problem=None,
        programme=None,
        supplement="",
        moves=[],
        content_hash=None,
        content={},
        resolution=None,
        route=Route(code="", round=0, returns=0, open=None, goes_on_at=0, steps=[], earlier=[]),
        required_changes=[],
        tasks={},
        milestones={},
        indicators={},
        activities=[],
        evidence=[],
        problems={},
        inspections={},
        findings={},
        guidance=[],
        supports={},
        papers={},
        secrecy={},
        withdrawn={},
        memberships={},
        practice=None,
        adoptions={},
        partnership=Partnership(form=None, joined=[], figures=[], more_than_two=None),
        closing=not_requested([]),
        changes={},
        extensions=[],
        handovers=[],
        stages=[],
        formations=[],
        midterm=None,
        showings=[],
        reminded={},
        outcomes={},
        no_rule=None,
        explanations=[],
        suspended_since=None,
        suspended_until=None,
        suspension_overran=False,
        pauses=[],
        drafted_at=None,
        submitted_at=None,
        approved_at=None,
        closed_on=None,
        ended_because=None,
        over_on=None,
        archived=None,
        archive=[],
        next=[],
    )


def not_requested(returned: list[dict[str, str]]) -> Closing:
    """The closing that nobody has asked for, or that was sent back."""
    return Closing(
        requested_on=None,
        report=None,
        secrecy=None,
        explanation="",
        first_key=[],
        second_key=None,
        returned=returned,
        missing=[],
    )


def plain(value: object) -> Any:
    """A part of an event as JSON reads it back: dates and decimals as texts, tuples as lists."""
    return msgspec.json.decode(_encoder.encode(value))


def at(items: Sequence[T], place: int, item: T) -> list[T]:
    """The list with another item at a place."""
    return [*items[:place], item, *items[place + 1 :]]
