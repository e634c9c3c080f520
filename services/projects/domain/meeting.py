"""A meeting of a party body: convened with its items, recorded by its clerk, confirmed by its head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, assert_never

from services.projects.domain import quorum
from services.projects.domain.body import Kind
from services.projects.domain.project.content import FIELDS
from services.projects.domain.project.route import Wanted
from services.projects.domain.project.state import refuse_future
from services.projects.domain.quorum import TooFewPresent, VotesDoNotCarry
from shared.domain import By, Decider, Incomplete, NotAllowed, PersonId, Refusal, UnitId

Method = Literal["spoken", "show_of_hands", "secret", "named"]
Outcome = Literal["passed", "passed_with_changes", "not_passed", "deferred"]
Result = Literal["passed", "passed_with_changes", "not_passed", "deferred", "referred_up"]
SECRETARIES = {"party_secretary", "general_branch_secretary", "branch_secretary"}


@dataclass(frozen=True, slots=True)
class Item:
    number: int
    matter: str  # id of what is decided on: a project, a programme, an award list
    title: str
    content_hash: str
    withdrawn: tuple[PersonId, ...] = ()  # who may not vote on it (R4)
    two_thirds: bool = False  # the bar for presence that some matters ask for
    change: str = ""  # code of the change of a running project that it is about, if it is


@dataclass(frozen=True, slots=True)
class Absence:
    person: PersonId
    reason: str
    written_view: str = ""  # kept, and not counted


@dataclass(frozen=True, slots=True)
class Vote:
    number: int  # of the item
    method: Method
    votes_for: int
    against: int
    abstain: int
    outcome: Outcome
    text: str = ""  # the resolution, or what must change
    withdrawn: tuple[PersonId, ...] = ()  # who withdrew only in the meeting
    chair_spoke_last: bool = True
    changes: tuple[Wanted, ...] = ()  # owed when passed with changes (R30)


@dataclass(frozen=True, slots=True)
class ItemResult:
    number: int
    matter: str
    content_hash: str
    result: Result
    should_attend: int
    present: int
    withdrawn: int
    votes_for: int
    against: int
    abstain: int
    text: str
    changes: tuple[Wanted, ...] = ()
    change: str = ""


# Events


@dataclass(frozen=True, slots=True)
class MeetingConvened:
    meeting: str
    body: UnitId
    kind: Kind
    held_on: date
    place: str
    chair: PersonId
    clerk: PersonId
    should_attend: tuple[PersonId, ...]
    vacancies: tuple[str, ...]  # offices without holder, named and not counted (R84)
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class ItemReferredUp:
    meeting: str
    number: int
    matter: str
    should_attend: int
    may_vote: int


@dataclass(frozen=True, slots=True)
class MeetingRecorded:
    meeting: str
    present: tuple[PersonId, ...]
    absent: tuple[Absence, ...]
    guests: tuple[PersonId, ...]  # attending without a vote
    votes: tuple[Vote, ...]
    minutes_number: str
    scan: str  # SHA-256 of the signed minutes, or ""
    recorded_by: PersonId


@dataclass(frozen=True, slots=True)
class MeetingConfirmed:
    meeting: str
    body: UnitId
    kind: Kind
    held_on: date
    minutes_number: str
    results: tuple[ItemResult, ...]


@dataclass(frozen=True, slots=True)
class ItemNotApplied:
    """What the confirmed minutes say of an item could not be carried out; the rule that refused it."""

    meeting: str
    number: int
    matter: str
    refusal: str  # code


@dataclass(frozen=True, slots=True)
class MeetingLapsed:
    """The company has ended before the minutes were confirmed: the meeting decides nothing (R70)."""

    meeting: str
    held: bool  # whether it was recorded; else it is called off


Event = MeetingConvened | ItemReferredUp | MeetingRecorded | MeetingConfirmed | ItemNotApplied | MeetingLapsed
EVENTS = (MeetingConvened, ItemReferredUp, MeetingRecorded, MeetingConfirmed, ItemNotApplied, MeetingLapsed)

# Commands


@dataclass(frozen=True, slots=True)
class ConveneMeeting:
    by: By
    meeting: str
    body: UnitId
    kind: Kind
    held_on: date
    place: str
    chair: PersonId
    clerk: PersonId
    items: tuple[Item, ...]  # whose `withdrawn` are facts
    should_attend: tuple[PersonId, ...]  # fact: who has a vote in the body on that day
    vacancies: tuple[str, ...]  # fact: offices of the body without holder on that day


@dataclass(frozen=True, slots=True)
class RecordMeeting:
    by: By
    meeting: str
    present: tuple[PersonId, ...]
    absent: tuple[Absence, ...]
    guests: tuple[PersonId, ...]
    votes: tuple[Vote, ...]
    minutes_number: str
    today: date
    scan: str = ""


@dataclass(frozen=True, slots=True)
class ConfirmMeeting:
    by: By
    meeting: str


@dataclass(frozen=True, slots=True)
class NoteItemNotApplied:
    """Keep for clerk and party department that an item of confirmed minutes was refused."""

    by: By | None  # the system's own reaction acts for nobody
    meeting: str
    number: int
    matter: str
    refusal: str  # code


@dataclass(frozen=True, slots=True)
class LapseMeeting:
    """Let it end unconfirmed; the system's own act, before its record is closed."""

    by: By | None


Command = ConveneMeeting | RecordMeeting | ConfirmMeeting | NoteItemNotApplied | LapseMeeting
COMMANDS = (ConveneMeeting, RecordMeeting, ConfirmMeeting, NoteItemNotApplied, LapseMeeting)

# Refusals


class ConvenedAlready(Refusal):
    """This meeting is convened already.

    Convene another one for further items."""


class NotConvened(Refusal):
    """This meeting is not convened.

    Convene it with its items first."""


class NothingRecorded(Refusal):
    """Nothing is recorded of this meeting yet.

    The clerk records attendance and votes first."""


class ConfirmedIsFinal(Refusal):
    """The minutes are confirmed and cannot be changed.

    Put the matter before the next meeting."""


class MeetingHasLapsed(Refusal):
    """The company of this meeting has ended before its minutes were confirmed.

    Put the matter before a meeting of its successor."""


class OnlyTheClerkRecords(NotAllowed):
    """Only the clerk who was named records this meeting.

    Ask the clerk of the meeting."""


class OnlyChairOrSecretaryConfirms(NotAllowed):
    """Only the chair or the secretary of the body confirms the minutes, in person, and not who recorded them.

    Ask the chair or the secretary."""


class ChairDoesNotAttend(Refusal):
    """The chair is not among those who should attend with a vote.

    Name somebody of the body as its chair."""


class NotAProposalField(Refusal):
    """Item {number} asks to change {field}, which is no field of a proposal.

    Name the field that each change touches."""


class ChangesNeedTheirOutcome(Refusal):
    """Item {number} lists changes, but is not passed with changes.

    Choose the outcome that fits, or write what must be heard into the resolution."""


class OutcomeContradictsVotes(Refusal):
    """Item {number} has {votes_for} votes of {should_attend}: it is passed, not refused.

    Correct the numbers or the outcome."""


class MoreVotesThanVoters(Refusal):
    """Item {number} has {votes} votes, but only {may_vote} present may vote on it.

    Correct the numbers; written views of absent members are not counted."""


class ItemsDoNotMatch(Refusal):
    """Recorded are items {recorded}, to be decided were {expected}.

    Record each item once; defer what was not treated."""


class OnlyWhoVotesWithdraws(Refusal):
    """Item {number} names somebody as withdrawn who has no vote in the body.

    Only those who should attend step aside; correct the list."""


class AttendanceDoesNotMatch(Refusal):
    """Everybody who should attend is either present or absent, once.

    Correct the lists; guests have no vote."""


# State


@dataclass(frozen=True, slots=True)
class Meeting:
    convened: MeetingConvened | None = None
    referred_up: frozenset[int] = frozenset()
    recorded: MeetingRecorded | None = None
    confirmed: bool = False
    not_applied: tuple[ItemNotApplied, ...] = ()
    lapsed: bool = False


def decide(command: Command, meeting: Meeting) -> Sequence[Event]:
    """What the command causes, or the refusal."""
    if isinstance(command, ConveneMeeting):
        if meeting.convened is not None:
            raise ConvenedAlready()
        return convene(command)
    if meeting.convened is None:
        raise NotConvened()
    if isinstance(command, NoteItemNotApplied):
        return note_not_applied(command, meeting)
    if isinstance(command, LapseMeeting):
        return lapse(meeting.convened, meeting)
    if meeting.lapsed:
        raise MeetingHasLapsed()
    if meeting.confirmed:
        raise ConfirmedIsFinal()
    match command:
        case RecordMeeting():
            return record(command, meeting.convened, meeting.referred_up)
        case ConfirmMeeting():
            return confirm(command, meeting.convened, meeting)
        case _:
            assert_never(command)


def convene(command: ConveneMeeting) -> Sequence[Event]:
    """An item that could not pass in this body goes up at once; the base is not quietly reduced (R27)."""
    missing = [field for field in ("items", "should_attend", "place") if not getattr(command, field)]
    if missing:
        raise Incomplete(missing=missing)
    numbers = tuple(item.number for item in command.items)
    if len(set(numbers)) != len(numbers):
        raise ItemsDoNotMatch(recorded=list(numbers), expected=sorted(set(numbers)))
    base = set(command.should_attend)
    if command.chair not in base:
        raise ChairDoesNotAttend()
    half_empty = len(command.vacancies) > len(base)  # R84
    events: list[Event] = [
        MeetingConvened(
            meeting=command.meeting,
            body=command.body,
            kind=command.kind,
            held_on=command.held_on,
            place=command.place,
            chair=command.chair,
            clerk=command.clerk,
            should_attend=tuple(dict.fromkeys(command.should_attend)),
            vacancies=command.vacancies,
            items=command.items,
        )
    ]
    for item in command.items:
        may_vote = len(base - set(item.withdrawn))
        if half_empty or not quorum.can_pass(len(base), may_vote):
            events.append(ItemReferredUp(command.meeting, item.number, item.matter, len(base), may_vote))
    return events


def record(command: RecordMeeting, convened: MeetingConvened, referred_up: frozenset[int]) -> Sequence[Event]:
    """Entered by the clerk; valid by its numbers, item by item (R26); to be mended until confirmed."""
    if command.by.person != convened.clerk or command.by.on_behalf_of is not None:
        raise OnlyTheClerkRecords()
    refuse_future(convened.held_on, command.today)
    if not command.minutes_number.strip():
        raise Incomplete(missing=["minutes_number"])
    attendance = [*command.present, *(absence.person for absence in command.absent)]
    if sorted(attendance) != sorted(convened.should_attend) or set(command.guests) & set(attendance):
        raise AttendanceDoesNotMatch()
    expected = sorted(item.number for item in convened.items if item.number not in referred_up)
    recorded = sorted(vote.number for vote in command.votes)
    if recorded != expected:
        raise ItemsDoNotMatch(recorded=recorded, expected=expected)
    for item in convened.items:
        for vote in command.votes:
            if vote.number == item.number:
                check(vote, item, convened, command.present)
    return [
        MeetingRecorded(
            meeting=command.meeting,
            present=command.present,
            absent=command.absent,
            guests=command.guests,
            votes=command.votes,
            minutes_number=command.minutes_number,
            scan=command.scan,
            recorded_by=command.by.person,
        )
    ]


def check(vote: Vote, item: Item, convened: MeetingConvened, present: tuple[PersonId, ...]) -> None:
    """The outcome must follow from the votes, and the votes from who was there."""
    should_attend = len(convened.should_attend)
    if not is_present(convened.kind, should_attend, len(present), item.two_thirds):
        raise TooFewPresent(present=len(present), should_attend=should_attend)
    if not set(vote.withdrawn) <= set(convened.should_attend):
        raise OnlyWhoVotesWithdraws(number=vote.number)
    may_vote = len(set(present) - withdrawn(item, vote))
    votes = vote.votes_for + vote.against + vote.abstain
    if votes > may_vote or min(vote.votes_for, vote.against, vote.abstain) < 0:
        raise MoreVotesThanVoters(number=vote.number, votes=votes, may_vote=may_vote)
    carried = quorum.passes(should_attend, vote.votes_for)
    if vote.outcome in ("passed", "passed_with_changes") and not carried:
        raise VotesDoNotCarry(votes_for=vote.votes_for, should_attend=should_attend)
    if vote.outcome == "not_passed" and carried:
        raise OutcomeContradictsVotes(
            number=vote.number, votes_for=vote.votes_for, should_attend=should_attend
        )
    check_changes(vote)


def check_changes(vote: Vote) -> None:
    """A pass with changes says which, and where, so that somebody can make them (R30); no other does."""
    if vote.outcome != "passed_with_changes":
        if vote.changes:
            raise ChangesNeedTheirOutcome(number=vote.number)
        return
    missing = [] if vote.text.strip() else [f"votes.{vote.number}.text"]
    if not vote.changes or not all(change.text.strip() for change in vote.changes):
        missing.append(f"votes.{vote.number}.changes")
    if missing:
        raise Incomplete(missing=missing)
    for change in vote.changes:
        if change.field not in FIELDS:
            raise NotAProposalField(number=vote.number, field=change.field)


def is_present(kind: Kind, should_attend: int, present: int, two_thirds: bool) -> bool:
    """A party committee needs more than half, some items two thirds (R26); branches need half (R2)."""
    if kind == "party_committee" or two_thirds:
        return quorum.present_is_enough(should_attend, present, two_thirds)
    return quorum.half_is_present(should_attend, present)


def withdrawn(item: Item, vote: Vote) -> set[PersonId]:
    """Who may not vote: known before, or withdrawn in the meeting."""
    return {*item.withdrawn, *vote.withdrawn}


def confirm(command: ConfirmMeeting, convened: MeetingConvened, meeting: Meeting) -> Sequence[Event]:
    """By the chair or the body's secretary, in person, and not by who recorded it (R8, R26)."""
    by, recorded = command.by, meeting.recorded
    if recorded is None:
        raise NothingRecorded()
    secretary = by.office in SECRETARIES and by.unit == convened.body
    in_person = by.on_behalf_of is None and by.person != recorded.recorded_by
    if not in_person or not (by.person == convened.chair or secretary):
        raise OnlyChairOrSecretaryConfirms()
    votes = {vote.number: vote for vote in recorded.votes}
    results = tuple(
        result(item, votes.get(item.number), len(convened.should_attend), len(recorded.present))
        for item in convened.items
    )
    return [
        MeetingConfirmed(
            command.meeting,
            convened.body,
            convened.kind,
            convened.held_on,
            recorded.minutes_number,
            results,
        )
    ]


def note_not_applied(command: NoteItemNotApplied, meeting: Meeting) -> Sequence[Event]:
    """Only of minutes that stand; the command's id sees to it that each item is noted once."""
    if not meeting.confirmed:
        raise NothingRecorded()
    return [ItemNotApplied(command.meeting, command.number, command.matter, command.refusal)]


def lapse(convened: MeetingConvened, meeting: Meeting) -> Sequence[Event]:
    """Once, and only what nobody confirmed."""
    if meeting.confirmed or meeting.lapsed:
        return []
    return [MeetingLapsed(convened.meeting, held=meeting.recorded is not None)]


def result(item: Item, vote: Vote | None, should_attend: int, present: int) -> ItemResult:
    """What an item came to, with the numbers that make it valid.

    It is referred up without votes, or where too few were left to pass it: it was not voted down (R27).
    """
    aside = len(withdrawn(item, vote) if vote else item.withdrawn)
    possible = quorum.can_pass(should_attend, should_attend - aside)
    return ItemResult(
        number=item.number,
        matter=item.matter,
        content_hash=item.content_hash,
        result=vote.outcome if vote and possible else "referred_up",
        should_attend=should_attend,
        present=present,
        withdrawn=aside,
        votes_for=vote.votes_for if vote else 0,
        against=vote.against if vote else 0,
        abstain=vote.abstain if vote else 0,
        text=vote.text if vote else "",
        changes=vote.changes if vote else (),
        change=item.change,
    )


def evolve(meeting: Meeting, event: Event) -> Meeting:
    """The state after the event."""
    match event:
        case MeetingConvened():
            return Meeting(convened=event)
        case ItemReferredUp():
            return replace(meeting, referred_up=meeting.referred_up | {event.number})
        case MeetingRecorded():
            return replace(meeting, recorded=event)
        case MeetingConfirmed():
            return replace(meeting, confirmed=True)
        case ItemNotApplied():
            return replace(meeting, not_applied=(*meeting.not_applied, event))
        case MeetingLapsed():
            return replace(meeting, lapsed=True)
        case _:
            assert_never(event)


MEETING: Decider[Command, Event, Meeting] = Decider("meeting", Meeting(), decide, evolve, COMMANDS, EVENTS)
