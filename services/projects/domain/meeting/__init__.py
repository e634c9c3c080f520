"""A meeting of a party body: convened with its items, recorded by its clerk, confirmed by its head."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from services.projects.domain import quorum
from services.projects.domain.meeting.acts import (
    COMMANDS,
    EVENTS,
    Command,
    ConfirmMeeting,
    ConveneMeeting,
    Event,
    ItemNotApplied,
    ItemReferredUp,
    LapseMeeting,
    MeetingConfirmed,
    MeetingConvened,
    MeetingLapsed,
    MeetingRecorded,
    NoteItemNotApplied,
    RecordMeeting,
)
from services.projects.domain.meeting.votes import check, result
from services.projects.domain.project.state import refuse_future
from shared.domain import Decider, Incomplete, NotAllowed, Refusal

SECRETARIES = {"party_secretary", "general_branch_secretary", "branch_secretary"}


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


class ItemsDoNotMatch(Refusal):
    """Recorded are items {recorded}, to be decided were {expected}.

    Record each item once; defer what was not treated."""


class AttendanceDoesNotMatch(Refusal):
    """Everybody who should attend is either present or absent, once.

    Correct the lists; guests have no vote."""


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
                check(vote, item, convened.kind, convened.should_attend, command.present)
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
