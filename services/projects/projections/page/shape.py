"""What a page holds: a project as people see it, in plain JSON values, with ids where names are read later.

Things that have a code stand under it, so that what changed between two moments has the same path
in both. Decimals and dates are texts, moments RFC 3339 in UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec
from typing_extensions import TypedDict  # pydantic cannot read typing's own before Python 3.12

T = TypeVar("T")
_encoder = msgspec.json.Encoder(decimal_format="string")


class Seat(TypedDict):
    """An office of a unit, whoever holds it."""

    office: str
    unit: str


class Withdrawal(TypedDict):
    """When and why a word was taken back (R82)."""

    at: str
    reason: str | None


class Opinion(TypedDict):
    """A seat's word; what the reader may not know is null, and `withheld` names the rule."""

    seat: Seat
    at: str
    content_hash: str
    person: str | None
    opinion: str | None
    note: str | None
    batch: str | None  # id of the batch in which it was given (R83)
    withdrawn: Withdrawal | None
    withheld: str | None


class Share(TypedDict):
    """So many of so many must agree (R29)."""

    agree: int
    of: int


class AddedSigner(TypedDict):
    """An office that was asked to sign before or after another, besides all who are asked."""

    signer: Seat
    place: str
    beside: Seat
    reason: str | None
    at: str


class Transfer(TypedDict):
    """A seat's work that went from one to another of the same office; null where the reader may not know."""

    seat: Seat
    from_person: str | None
    to_person: str | None
    reason: str | None
    at: str


class ChangedByHigher(TypedDict):
    """An office above set aside what the step had come to, and why (R44)."""

    office: Seat
    person: str
    reason: str
    what_next: str
    at: str


class Numbers(TypedDict):
    """The numbers of a vote; null where the reader may not know them (R67)."""

    should_attend: int
    present: int
    withdrawn: int
    votes_for: int | None
    votes_against: int | None
    abstain: int | None


class Decision(TypedDict):
    """What a meeting decided on the proposal."""

    meeting: str
    item: int
    minutes: str
    result: str
    numbers: Numbers
    content_hash: str
    at: str


class Referral(TypedDict):
    """Seats from which a step went up, and why."""

    seats: list[Seat]
    reason: str


class Step(TypedDict):
    """A step: waiting, open, informed (a filing), passed, returned, rejected or lapsed."""

    name: str
    decides: str
    seats: list[Seat]
    state: str
    opened_at: str | None
    working_days: int  # how long it may take
    counted_from: str | None  # the day from which they count; null where its last day was set otherwise
    due: str | None
    overdue_on: str | None  # when its last day was noted as over; of a filing, that day itself
    raised_on: list[str]  # when its time sent it to the offices above
    decided_at: str | None
    opinions: list[Opinion]
    meetings: list[Decision]
    referred_up: list[Referral]
    share: Share | None
    added: list[AddedSigner]
    transferred: list[Transfer]
    urged_on: str | None
    changed_by_higher: ChangedByHigher | None


class Route(TypedDict):
    """The way through the deciders; `earlier` keeps the steps of rounds before a return or withdrawal."""

    code: str
    round: int
    returns: int
    open: int | None
    goes_on_at: int  # the step with which a resubmission begins
    steps: list[Step]
    earlier: list[list[Step]]


class RequiredChange(TypedDict):
    """A numbered change (R30): of kind condition, return or closing; asked, confirmed or lapsed."""

    number: int
    text: str
    field: str
    kind: str
    confirmer: Seat | None
    state: str


class Task(TypedDict):
    """A task: open, offered, expired, held, completed or accepted."""

    title: str
    standard: str
    due: str
    weight: str
    added_on: str
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
    rhythm: str
    of: str
    confirmed_baseline: str | None
    readings: list[Reading]
    dropped: bool


class Activity(TypedDict):
    """A party activity that served an indicator."""

    on: str
    kind: str
    title: str
    indicator: str


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


class Problem(TypedDict):
    """What stood in the way; `how` once it was removed."""

    text: str
    raised_at: str
    resolved_at: str | None
    how: str | None


class Inspection(TypedDict):
    """A visit."""

    on: str
    kind: str
    note: str
    reason: str


class Finding(TypedDict):
    """What is to be put right: open, reported, closed or in_support; late if reported after its date."""

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
    closed_on: str | None
    closed_by: str | None
    look_back: str | None
    on_the_spot: dict[str, str] | None
    reopened: int
    late: bool


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


class Membership(TypedDict):
    """A partner: named in what was approved, invited, joined or left; `owes_by`: what the lead owes (R69)."""

    name: str
    unit: str | None
    weak: bool
    state: str
    brings: str | None
    asked: Seat | None
    invited_at: str | None
    instead_of: str | None
    joined_on: str | None
    signed_by: str | None
    agreement: dict[str, str] | None
    left_on: str | None
    left_because: str | None
    figures: list[dict[str, object]]
    owes_by: str | None
    answered: str | None  # another, or alone


class SideFigure(TypedDict):
    """A side's figure: its confirmed baseline and the last confirmed value; `of` is empty for the lead."""

    indicator: str
    of: str
    baseline: str | None
    result: str | None
    improved: bool | None


class Partnership(TypedDict):
    """Lead and partners as a pair, an alliance or joint; and of a pair whether 1+1 became more than 2."""

    form: str | None
    joined: list[str]  # by an act of their own, or by what they agreed to before the approval
    figures: list[SideFigure]
    more_than_two: bool | None


class Credit(TypedDict):
    """A project in which a practice was adopted and verified."""

    project: str
    unit: str
    company: str
    on: str


class Practice(TypedDict):
    """What others may learn from a project: recommended, listed, or a standing rule."""

    sheet: dict[str, str]
    state: str
    recommended_on: str
    listed_on: str | None
    kinds: list[str]
    adopted_by: list[Credit]
    document: str | None
    issued_by: str | None
    in_force: str | None


class Adoption(TypedDict):
    """A practice of another branch by which a project works, and what it brought there."""

    origin_unit: str
    how: str
    adopted_on: str
    verified_on: str | None
    indicator: str | None
    effect: str | None


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
    """A change of the lead."""

    from_person: str
    to_person: str
    reason: str
    at: str


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
    programme: str | None
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
    memberships: dict[str, Membership]
    partnership: Partnership
    practice: Practice | None
    adoptions: dict[str, Adoption]  # by origin
    closing: Closing
    changes: dict[str, Change]
    extensions: list[Extension]
    handovers: list[Handover]
    explanations: list[Explanation]
    suspended_since: str | None
    suspended_until: str | None  # the last day of the pause
    suspension_overran: bool
    drafted_at: str | None
    submitted_at: str | None
    approved_at: str | None
    closed_on: str | None
    ended_because: str | None
    archived: dict[str, str] | None
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
        programme=None,
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
        memberships={},
        practice=None,
        adoptions={},
        partnership=Partnership(form=None, joined=[], figures=[], more_than_two=None),
        closing=not_requested([]),
        changes={},
        extensions=[],
        handovers=[],
        explanations=[],
        suspended_since=None,
        suspended_until=None,
        suspension_overran=False,
        drafted_at=None,
        submitted_at=None,
        approved_at=None,
        closed_on=None,
        ended_because=None,
        archived=None,
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
