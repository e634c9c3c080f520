"""What has changed in somebody's lists since they last saw them: ids and lists, without texts and names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifications.domain.later import wrapped
from services.notifications.domain.recipients import JUROR
from services.notifications.inbox import List, StandIn, count_waiting, in_list, own, to_do
from services.notifications.inboxes import letter_box, versions_of
from services.notifications.tables import obligations as o
from shared.domain import PersonId

AT_MOST = 200  # changes in one message; whoever missed more reads the lists
FORM = r"^[0-9a-f]{16}(-[0-9]{1,18}){1,400}$"


@dataclass(frozen=True, slots=True)
class Seen:
    """Up to where somebody has seen their inbox, and what was theirs then: an id of a stream of events."""

    scope: str
    versions: tuple[int, ...]  # of the inboxes that are theirs, in the order of boxes_of

    def __str__(self) -> str:
        return "-".join((self.scope, *map(str, self.versions)))

    @classmethod
    def read(cls, text: str) -> Seen | None:
        """None for what is none."""
        if not re.fullmatch(FORM, text):
            return None
        scope, *versions = text.split("-")
        return cls(scope, tuple(map(int, versions)))


@dataclass(frozen=True, slots=True)
class Change:
    """In which of somebody's lists an entry stands now; None: in none any more."""

    id: UUID
    list: List | None
    read: bool


@dataclass(frozen=True, slots=True)
class News:
    """Where somebody is now; `changes` is None where the lists are to be read as a whole."""

    seen: Seen
    todo: int
    unread: int
    changes: tuple[Change, ...] | None


def boxes_of(person: PersonId, stands_in: StandIn) -> tuple[str, ...]:
    """The inboxes that somebody's lists are made of: theirs, of whom they stand in for, of their letters."""
    holders = {holder for holder, _ in stands_in.now}
    letters = {letter_box(panel, letter) for panel, letter in stands_in.letters}
    return (person, *sorted(holders), *sorted(letters))


def scope_of(person: PersonId, stands_in: StandIn) -> str:
    """The same as long as the same rows are somebody's."""
    parts = (sorted(stands_in.now), sorted(stands_in.no_longer), sorted(stands_in.letters))
    return sha256(repr((person, *parts)).encode()).hexdigest()[:16]


async def news_since(
    connection: AsyncConnection, person: PersonId, stands_in: StandIn, seen: Seen | None
) -> News | Seen:
    """What is new to somebody; where that is nothing, up to where it is nothing.

    Where the rows that are theirs are others now, too many have changed, or an older backup was restored,
    the lists are to be read anew. Numbers are read first: what changes meanwhile is news the next time.
    """
    boxes = boxes_of(person, stands_in)
    versions = await versions_of(connection, boxes)
    now = Seen(scope_of(person, stands_in), tuple(versions[box] for box in boxes))
    if seen == now:
        return now
    changes: tuple[Change, ...] | None = None
    if seen and seen.scope == now.scope and all(map(int.__le__, seen.versions, now.versions)):
        since = dict(zip(boxes, zip(seen.versions, now.versions, strict=True), strict=True))
        found = await _changes(connection, person, stands_in, since)
        if not found:
            return now
        changes = found if len(found) <= AT_MOST else None
    waiting = await count_waiting(connection, person, stands_in)
    return News(now, waiting["todo"], waiting["unread"], changes)


async def _changes(
    connection: AsyncConnection, person: PersonId, stands_in: StandIn, since: Mapping[str, tuple[int, int]]
) -> tuple[Change, ...]:
    """In the order of their ids; one more than may be told, where there are so many."""
    mine = own(person, stands_in)
    lists = case(
        (and_(in_list("todo"), to_do(person, stands_in)), "todo"),
        (and_(in_list("done"), mine), "done"),
        (and_(in_list("started"), mine), "started"),
        (and_(in_list("copied"), mine), "copied"),
        else_=None,
    )
    query = select(o.c.id, lists.label("list"), o.c.read_at).where(_moved(person, stands_in, since))
    rows = await connection.execute(query.order_by(o.c.id).limit(AT_MOST + 1))
    return tuple(Change(row.id, row.list, row.read_at is not None) for row in rows)


def _moved(person: PersonId, stands_in: StandIn, since: Mapping[str, tuple[int, int]]) -> ColumnElement[bool]:
    """Rows that somebody has or had in a list, and that have changed.

    So has what stood there as a holder's, once they were told the same themselves.
    """

    def between(box: str) -> ColumnElement[bool]:
        after, to = since[box]
        return and_(o.c.changed > after, o.c.changed <= to)

    def moved(box: str) -> bool:
        return since[box][0] != since[box][1]

    of_seats = tuple_(o.c.recipient, o.c.occurrence).in_(sorted(stands_in.now))
    found = [
        and_(o.c.recipient == holder, of_seats, between(holder))
        for holder in {holder for holder, _ in stands_in.now}
        if moved(holder)
    ]
    for panel, letter in stands_in.letters:
        if moved(box := letter_box(panel, letter)):
            letters = (letter, wrapped("reminder", letter))
            theirs = (o.c.recipient == JUROR, o.c.project == panel, o.c.occurrence.in_(letters))
            found.append(and_(*theirs, between(box)))
    if moved(person):
        found.append(and_(o.c.recipient == person, between(person)))
        if stands_in.now:
            told = o.alias()
            same = [told.c[key] == o.c[key] for key in ("event", "rule", "occurrence")]
            new = (told.c.recipient == person, told.c.changed > since[person][0])
            found.append(and_(of_seats, exists(select(told.c.id).where(*new, *same))))
    return or_(*found)
