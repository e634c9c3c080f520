"""What is done at a meeting: its events, and the commands that cause them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from services.projects.domain.body import Kind
from services.projects.domain.meeting.votes import Absence, Item, ItemResult, Vote
from shared.domain import By, PersonId, UnitId


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
