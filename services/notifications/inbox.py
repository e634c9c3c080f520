"""The inbox: what one person has to do, has done, has started, and was copied on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, assert_never
from uuid import UUID

import msgspec
from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifications.domain.heard import Seat, name_of
from services.notifications.domain.later import name_in, wrapped
from services.notifications.domain.recipients import JUROR
from services.notifications.inboxes import UNSTAMPED
from services.notifications.rulebook import Rulebook
from services.notifications.tables import obligations as o
from shared.domain import NotKnown, PersonId
from shared.envelope import micros, moment
from shared.organisation import Organisation, Term
from shared.places import After
from shared.sentences import Language, word
from shared.withdrawn import MARK

List = Literal["todo", "done", "started", "copied"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the inbox; `facts` fill the text of its rule."""

    id: UUID
    rule: str
    event: str
    project: str
    subject: str
    facts: dict[str, str]
    due: date | None
    created_at: datetime
    done_at: datetime | None
    read_at: datetime | None
    occurrence: str = ""
    rules: int = 0  # version by which it was made, and is read for ever

    def text(self, book: Rulebook, named: Callable[[str, str], str], language: Language = "zh-CN") -> str:
        """The sentence to show; `named(placeholder, fact)` gives names for the ids among the facts."""
        rule = book.of(self.rules).get(self.rule)
        text = rule.said_in(language) if rule else word("started", self.rule, language)
        gone = word("shown", "withdrawn", language)
        facts = self.facts.items()
        said = text.format_map(
            {key: gone if fact.startswith(MARK) else named(key, fact) for key, fact in facts}
        )
        if name := name_in(self.occurrence):
            late = _late(self.facts.get("late", ""), named, language)
            return word("told_later", name, language).format(late=late, text=said)
        return said


def _late(who: str, named: Callable[[str, str], str], language: Language) -> str:
    """Somebody's name, or the seat in words."""
    office, at, unit = who.partition("@")
    return f"{named('unit', unit)} {word('office', office, language)}" if at else named("late", who)


@dataclass(frozen=True, slots=True)
class StandIn:
    """What somebody answers for beside what is addressed to them by name.

    As a deputy: holders and their seats, and seats that they did once (R8). As a juror: panels, and the
    letter by which each knows them (R68).
    """

    now: frozenset[tuple[PersonId, str]] = frozenset()
    no_longer: frozenset[str] = frozenset()
    letters: frozenset[tuple[str, str]] = frozenset()


NOBODYS = StandIn()


def stand_in(organisation: Organisation, person: PersonId, on: date) -> StandIn:
    """As the organisation has it on this day; what is their own office too is no deputy's."""
    now = {(term.person, _seat(term)) for term in organisation.stood_in(person, on)}
    theirs = {_seat(term) for term in organisation.offices_of(person, on)} | {seat for _, seat in now}
    once = {_seat(term) for term in organisation.ever_stood_in(person)}
    return StandIn(frozenset(now), frozenset(once - theirs))


def _seat(term: Term) -> str:
    return name_of(Seat(term.office, term.unit))


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first, and the key of the next page; None at the end."""

    entries: tuple[Entry, ...]
    next: After | None


async def read_list(
    connection: AsyncConnection,
    person: PersonId,
    which: List,
    *,
    stands_in: StandIn = NOBODYS,
    after: After | None = None,
    limit: int = 50,
) -> Page:
    """One page of a list of one person's inbox, by key and not by offset: steady while new ones arrive."""
    whose = to_do(person, stands_in) if which == "todo" else own(person, stands_in)
    query = select(o).where(whose, in_list(which))
    if after is not None:
        query = query.where(tuple_(o.c.created_at, o.c.id) < tuple_(after.at, UUID(after.id)))
    query = query.order_by(o.c.created_at.desc(), o.c.id.desc()).limit(limit + 1)
    rows = (await connection.execute(query)).all()
    entries = tuple(
        Entry(
            row.id,
            row.rule,
            row.event,
            row.project,
            row.subject,
            msgspec.json.decode(row.facts, type=dict[str, str]),
            row.due,
            moment(row.created_at),
            None if row.done_at is None else moment(row.done_at),
            None if row.read_at is None else moment(row.read_at),
            row.occurrence,
            row.rules,
        )
        for row in rows[:limit]
    )
    more = len(rows) > limit
    return Page(entries, After(rows[limit - 1].created_at, str(rows[limit - 1].id)) if more else None)


async def count_waiting(
    connection: AsyncConnection, person: PersonId, stands_in: StandIn = NOBODYS
) -> dict[str, int]:
    """How many wait to be done and to be read."""
    todo = and_(in_list("todo"), to_do(person, stands_in))
    unread = and_(in_list("copied"), o.c.read_at.is_(None), o.c.recipient == person)
    whose = [person, *(holder for holder, _ in stands_in.now), *([JUROR] if stands_in.letters else [])]
    counts = select(
        func.count().filter(todo).label("todo"), func.count().filter(unread).label("unread")
    ).where(o.c.recipient.in_(whose))
    row = (await connection.execute(counts)).one()
    return {"todo": row.todo, "unread": row.unread}


async def waiting_in_all(connection: AsyncConnection) -> tuple[int, datetime | None]:
    """How many wait to be done, of everybody, and since when the oldest does."""
    row = (
        await connection.execute(select(func.count(), func.min(o.c.created_at)).where(in_list("todo")))
    ).one()
    return row[0], None if row[1] is None else moment(row[1])


async def letters_addressed(connection: AsyncConnection) -> frozenset[tuple[str, str]]:
    """Of panels the letters to which anything was ever addressed."""
    duties = (o.c.recipient == JUROR, o.c.kind == "todo")  # not their reminders
    query = select(o.c.project, o.c.occurrence).where(*duties).distinct()
    return frozenset((panel, letter) for panel, letter in await connection.execute(query))


async def mark_read(
    connection: AsyncConnection,
    person: PersonId,
    obligation: UUID,
    at: datetime,
    stands_in: StandIn = NOBODYS,
) -> None:
    """Note that it was read, the first time only; NotKnown where it is nobody's or another's."""
    mine = and_(o.c.id == obligation, own(person, stands_in))
    unread = update(o).where(mine, o.c.read_at.is_(None))
    first = await connection.execute(unread.values(read_at=micros(at), changed=UNSTAMPED))
    if not first.rowcount and (await connection.execute(select(o.c.id).where(mine))).first() is None:
        raise NotKnown()


def own(person: PersonId, stands_in: StandIn) -> ColumnElement[bool]:
    """Addressed to them by name or, as a juror, by letter."""
    if not stands_in.letters:
        return o.c.recipient == person
    letters = sorted(stands_in.letters)
    addressed = (*letters, *((panel, wrapped("reminder", letter)) for panel, letter in letters))
    lettered = tuple_(o.c.project, o.c.occurrence).in_(addressed)
    return or_(o.c.recipient == person, and_(o.c.recipient == JUROR, lettered))


def to_do(person: PersonId, stands_in: StandIn) -> ColumnElement[bool]:
    """Their own, but for what they had as a deputy who is none now; and that of whom they stand in for."""
    theirs = and_(own(person, stands_in), o.c.occurrence.not_in(stands_in.no_longer))
    if not stands_in.now:
        return theirs
    mine = o.alias()
    told = select(mine.c.id).where(
        mine.c.recipient == person,
        mine.c.event == o.c.event,
        mine.c.rule == o.c.rule,
        mine.c.occurrence == o.c.occurrence,
    )
    of_seats = tuple_(o.c.recipient, o.c.occurrence).in_(sorted(stands_in.now))
    return or_(theirs, and_(of_seats, ~exists(told)))


def in_list(which: List) -> ColumnElement[bool]:
    """What stands in one of the four lists, of whomever."""
    match which:
        case "todo":
            return and_(o.c.kind == "todo", o.c.done_at.is_(None))
        case "done":
            return and_(o.c.kind == "todo", o.c.done_by_recipient == true())
        case "started":
            return o.c.kind == "started"
        case "copied":  # a reminder until what it reminds of is done
            return and_(o.c.kind == "read", o.c.done_at.is_(None))
        case _:
            assert_never(which)
