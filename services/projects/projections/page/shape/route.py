"""What a page holds of the way through the deciders: steps, words, votes, changes asked for."""

from __future__ import annotations

from typing_extensions import TypedDict  # pydantic cannot read typing's own before Python 3.12


class Seat(TypedDict):
    """An office of a unit, whoever holds it."""

    office: str
    unit: str


class Withdrawal(TypedDict):
    """When and why a word was taken back (R82)."""

    at: str
    reason: str | None


class Question(TypedDict):
    """Something that is answered with each word of a step."""

    code: str
    name: str


class Answer(TypedDict):
    """Whether what a question asks after is in order, and where it is not, why."""

    code: str
    ok: bool
    remark: str


class Opinion(TypedDict):
    """A seat's word; what the reader may not know is null, and `withheld` names the rule."""

    seat: Seat
    at: str
    content_hash: str
    person: str | None
    opinion: str | None
    note: str | None
    answers: list[Answer] | None  # to the step's questions
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


class ObjectionAnswer(TypedDict):
    """Who decided stands by it, or asks for a change."""

    seat: Seat
    person: str
    stands: bool
    reason: str
    at: str


class Objection(TypedDict):
    """An office that a filing informed objects (R34)."""

    seat: Seat
    person: str
    reason: str
    at: str
    to: list[Seat]
    answer: ObjectionAnswer | None


class Step(TypedDict):
    """A step: waiting, open, informed (a filing), passed, returned, rejected or lapsed."""

    name: str
    decides: str
    seats: list[Seat]
    succeeded_by: list[Seat]  # of a step that is over: by whom its seats have been succeeded since
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
    checklist: list[Question]
    added: list[AddedSigner]
    transferred: list[Transfer]
    urged_on: str | None
    changed_by_higher: ChangedByHigher | None
    objections: list[Objection]  # to a filing


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
    asked_at: str
