"""A handover of an office: what is open, signed by who leaves, who follows, and a witness (R11)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Literal, assert_never, get_args

from services.projects.domain.project.content import Seat
from services.projects.domain.project.deadlines import DateHasMoved, DayNotOver
from services.projects.domain.project.figures import FigureThen
from shared.domain import By, Decider, NotAllowed, NotKnown, OfficeId, PersonId, Refusal, Stale, UnitId

Role = Literal["outgoing", "incoming", "witness"]
ROLES: tuple[Role, ...] = get_args(Role)
NOBODY, NOWHERE = PersonId(""), UnitId("")


@dataclass(frozen=True, slots=True)
class Parties:
    """Whose office passes to whom; the witness is of the party department of `company`."""

    office: str
    unit: UnitId
    company: UnitId
    outgoing: PersonId
    incoming: PersonId


@dataclass(frozen=True, slots=True)
class Open:
    """One thing that is not done yet."""

    subject: str  # of its date: step, milestone, task, finding, support …
    code: str
    title: str
    due: date


@dataclass(frozen=True, slots=True)
class Entry:
    """A project of the office, or one that waits for it."""

    project: str
    reference: str
    title: str
    state: str
    led: bool  # by the unit; else only its open step is listed
    open: tuple[Open, ...]
    figures: tuple[FigureThen, ...]


# Events


@dataclass(frozen=True, slots=True)
class HandoverOpened:
    parties: Parties
    term: OfficeId  # of who follows
    on: date
    due: date
    entries: tuple[Entry, ...]
    count: int  # of what is open, each project counted too
    list_hash: str  # SHA-256 of the entries' canonical bytes, as hex: what is signed


@dataclass(frozen=True, slots=True)
class HandoverListDrawnUp:
    """The list as it stands now; who had signed the one before signs again."""

    parties: Parties
    on: date
    due: date
    entries: tuple[Entry, ...]
    count: int
    list_hash: str


@dataclass(frozen=True, slots=True)
class HandoverSigned:
    parties: Parties
    role: Role
    person: PersonId
    list_hash: str
    reservations: str  # of who takes over
    on: date


@dataclass(frozen=True, slots=True)
class HandoverConfirmed:
    """All three have signed the same list: from now on the projects are led by who follows."""

    parties: Parties
    list_hash: str
    led: tuple[str, ...]  # projects
    on: date


@dataclass(frozen=True, slots=True)
class HandoverOverdue:
    """Its last day is over; the party department sees to it, and no project is late by it."""

    parties: Parties
    due: date
    missing: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class HandoverLapsed:
    """The unit of the office has ended: there is nothing left to hand over (R70)."""

    parties: Parties
    on: date


Event = (
    HandoverOpened
    | HandoverListDrawnUp
    | HandoverSigned
    | HandoverConfirmed
    | HandoverOverdue
    | HandoverLapsed
)

# Commands


@dataclass(frozen=True, slots=True)
class OpenHandover:
    by: By | None
    parties: Parties
    term: OfficeId
    entries: tuple[Entry, ...]  # fact
    list_hash: str  # fact
    today: date
    due: date


@dataclass(frozen=True, slots=True)
class DrawUpHandoverList:
    """Make the list anew, as things stand. Facts: entries, list_hash."""

    by: By
    entries: tuple[Entry, ...]
    list_hash: str
    today: date


@dataclass(frozen=True, slots=True)
class SignHandover:
    """Sign the list that was read, with reservations where one takes over."""

    by: By
    role: Role
    list_hash: str
    today: date
    reservations: str = ""


@dataclass(frozen=True, slots=True)
class OverrunHandover:
    by: By | None
    due: date
    today: date


@dataclass(frozen=True, slots=True)
class LapseHandover:
    """Let it end unsigned; the system's own act, once the unit of the office has ended."""

    by: By | None
    today: date


Command = OpenHandover | DrawUpHandoverList | SignHandover | OverrunHandover | LapseHandover

# Refusals


class HandoverOpenedAlready(Refusal):
    """This handover is open already, or done.

    Open it and sign the list."""


class HandoverIsDone(Refusal):
    """All three have signed this handover.

    What is found later is settled between the two, or with the party department."""


class HandoverHasLapsed(Refusal):
    """The unit of this office has ended, and its handover with it.

    Its projects are with the successor; settle there what is open."""


class HandoverSignedInPerson(NotAllowed):
    """A handover is signed in person, never by a deputy.

    Let the person sign who hands over, takes over or witnesses it."""


class NotYoursToSign(NotAllowed):
    """A handover is signed by who hands over, who takes over, and a witness of the party department.

    Sign for yourself alone; the witness is neither of the two."""


class ListHasChanged(Stale):
    """The list has been made anew since you read it.

    Read it again and sign what it says now."""


class SignedAlready(Refusal):
    """This signature is given already.

    Wait for the others; a list that is made anew is signed anew."""


class OnlyWhoTakesOverReserves(Refusal):
    """Only who takes over adds reservations.

    Sign without them, or have the list made anew."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed as what, when, and with which reservations."""

    person: PersonId
    on: date
    reservations: str


@dataclass(frozen=True, slots=True)
class Handover:
    """How far a handover is."""

    parties: Parties | None = None
    on: date = date.min
    due: date = date.max
    entries: tuple[Entry, ...] = ()
    list_hash: str = ""
    signed: Mapping[Role, Signature] = field(default_factory=dict)
    confirmed_on: date | None = None
    overdue: bool = False
    lapsed: bool = False


def decide(command: Command, state: Handover) -> Sequence[Event]:
    """What the command causes, or the refusal."""
    if isinstance(command, OpenHandover):
        return begin(command, state)
    if state.parties is None:
        raise NotKnown()
    if isinstance(command, LapseHandover):
        ended = state.confirmed_on is not None or state.lapsed
        return [] if ended else [HandoverLapsed(state.parties, command.today)]
    if state.lapsed:
        raise HandoverHasLapsed()
    if state.confirmed_on is not None:
        raise HandoverIsDone()
    match command:
        case DrawUpHandoverList():
            return draw_up(command, state, state.parties)
        case SignHandover():
            return sign(command, state, state.parties)
        case OverrunHandover():
            return overrun(command, state, state.parties)
        case _:
            assert_never(command)


def begin(command: OpenHandover, state: Handover) -> Sequence[Event]:
    """Once for each term that somebody takes over."""
    if state.parties is not None:
        raise HandoverOpenedAlready()
    return [
        HandoverOpened(
            command.parties,
            command.term,
            command.today,
            command.due,
            command.entries,
            _count(command.entries),
            command.list_hash,
        )
    ]


def draw_up(command: DrawUpHandoverList, state: Handover, parties: Parties) -> Sequence[Event]:
    """By one of the three; nothing happens where nothing has changed."""
    if command.list_hash == state.list_hash:
        return []
    entries, count = command.entries, _count(command.entries)
    return [HandoverListDrawnUp(parties, command.today, state.due, entries, count, command.list_hash)]


def _count(entries: Sequence[Entry]) -> int:
    return len(entries) + sum(len(entry.open) for entry in entries)


def sign(command: SignHandover, state: Handover, parties: Parties) -> Sequence[Event]:
    """In person, each once, the list that stands; the third signature confirms it (R8, R11)."""
    if command.by.on_behalf_of is not None:
        raise HandoverSignedInPerson()
    if not _may_sign(command, parties):
        raise NotYoursToSign()
    if command.role in state.signed:
        raise SignedAlready()
    if command.list_hash != state.list_hash:
        raise ListHasChanged()
    if command.reservations.strip() and command.role != "incoming":
        raise OnlyWhoTakesOverReserves()
    signed = HandoverSigned(
        parties, command.role, command.by.person, command.list_hash, command.reservations, command.today
    )
    if {*state.signed, command.role} != set(ROLES):
        return [signed]
    led = tuple(entry.project for entry in state.entries if entry.led)
    return [signed, HandoverConfirmed(parties, state.list_hash, led, command.today)]


def _may_sign(command: SignHandover, parties: Parties) -> bool:
    who = command.by.person
    match command.role:
        case "outgoing":
            return who == parties.outgoing
        case "incoming":
            return who == parties.incoming
        case "witness":
            return command.by.office == "party_department" and who not in (parties.outgoing, parties.incoming)
        case _:
            assert_never(command.role)


def overrun(command: OverrunHandover, state: Handover, parties: Parties) -> Sequence[Event]:
    """Noted once, when its last day is over."""
    if command.due != state.due or state.overdue:
        raise DateHasMoved()
    if command.today <= state.due:
        raise DayNotOver(due=state.due)
    return [HandoverOverdue(parties, state.due, tuple(role for role in ROLES if role not in state.signed))]


def evolve(state: Handover, event: Event) -> Handover:
    """The state after the event."""
    match event:
        case HandoverOpened():
            return Handover(event.parties, event.on, event.due, event.entries, event.list_hash)
        case HandoverListDrawnUp():
            return replace(state, entries=event.entries, list_hash=event.list_hash, signed={})
        case HandoverSigned():
            signature = Signature(event.person, event.on, event.reservations)
            return replace(state, signed={**state.signed, event.role: signature})
        case HandoverConfirmed():
            return replace(state, confirmed_on=event.on)
        case HandoverOverdue():
            return replace(state, overdue=True)
        case HandoverLapsed():
            return replace(state, lapsed=True)
        case _:
            assert_never(event)


HANDOVER: Decider[Command, Event, Handover] = Decider(
    "handover", Handover(), decide, evolve, get_args(Command), get_args(Event)
)


def witness_of(parties: Parties) -> Seat:
    """The office whose holder witnesses it."""
    return Seat("party_department", parties.company)
