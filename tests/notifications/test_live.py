"""Open inboxes: what the stream tells is what the lists show, whatever happens, wherever it happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from services.notifications import tables
from services.notifications.changes import AT_MOST, News, Seen, news_since
from services.notifications.domain.later import wrapped
from services.notifications.domain.recipients import JUROR
from services.notifications.inbox import (
    NOBODYS,
    List,
    StandIn,
    count_waiting,
    mark_read,
    read_list,
)
from services.notifications.inboxes import stamp
from shared.domain import NotKnown, PersonId
from shared.engines import begin, once_committed
from tests.notifications.a_duty import MONDAY, READ, Desk, a_desk, moment_at
from tests.projects.test_project_laws import LAW
from tests.support.engines import Database, SqliteFiles

ME, HOLDER = PersonId("fitter"), PersonId("secretary")
SEAT = "branch_secretary@B"
LISTS: tuple[List, ...] = ("todo", "done", "started", "copied")
DEPUTY = StandIn(now=frozenset({(HOLDER, SEAT)}))
ONCE = StandIn(no_longer=frozenset({SEAT}))
LETTER = StandIn(letters=frozenset({("P", "C")}))
SCOPES = (NOBODYS, DEPUTY, ONCE, LETTER, StandIn(DEPUTY.now, frozenset(), LETTER.letters))


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with a_desk(database, moment_at(MONDAY, 12)) as desk:
        yield desk


async def shown(desk: Desk, person: PersonId, stands_in: StandIn) -> dict[UUID, tuple[List, bool]]:
    """What the four lists show: of each entry the list, and whether it was read."""
    found = dict[UUID, tuple[List, bool]]()
    async with desk.engine.connect() as connection:
        for which in LISTS:
            page = await read_list(connection, person, which, stands_in=stands_in, limit=1000)
            found |= {entry.id: (which, entry.read_at is not None) for entry in page.entries}
    return found


@dataclass
class Client:
    """Who follows a stream: reads the lists at `state`, and moves entries at `changes`."""

    desk: Desk
    person: PersonId = ME
    seen: Seen | None = None
    entries: dict[UUID, tuple[List, bool]] = field(default_factory=dict)
    states: int = 0

    async def hears(self, stands_in: StandIn = NOBODYS) -> News | None:
        async with self.desk.engine.connect() as connection:
            news = await news_since(connection, self.person, stands_in, self.seen)
            waiting = await count_waiting(connection, self.person, stands_in)
        if isinstance(news, Seen):
            self.seen = news
            return None
        self.seen = Seen.read(str(news.seen))  # as it comes back in Last-Event-ID
        assert {"todo": news.todo, "unread": news.unread} == waiting
        if news.changes is None:
            self.states += 1
            self.entries = await shown(self.desk, self.person, stands_in)
        for change in news.changes or ():
            self.entries.pop(change.id, None)
            if change.list is not None:
                self.entries[change.id] = (change.list, change.read)
        return news


ACTS = st.lists(
    st.tuples(st.sampled_from(["mine", "read", "seat", "told", "letter", "done", "look"]), st.integers(0, 4)),
    max_size=25,
)


@settings(LAW, max_examples=60)
@given(acts=ACTS)
def test_whatever_happens_the_stream_tells_the_difference_of_the_lists(
    acts: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """For who has only their own, who stands in, who stood in, and who is a juror; scopes change between."""
    asyncio.run(_lived(SqliteFiles(tmp_path_factory.mktemp("law")), acts))


async def _lived(database: Database, acts: list[tuple[str, int]]) -> None:
    async with a_desk(database, moment_at(MONDAY, 12)) as desk:
        clients = [Client(desk) for _ in SCOPES]
        moving, scope = Client(desk), NOBODYS
        for act, number in acts:
            await _does(desk, act, number)
            if act == "look":
                scope = SCOPES[number]
            for client, stands_in in ((moving, scope), *zip(clients, SCOPES, strict=True)):
                if (number + len(client.entries)) % 3:  # some look seldom
                    continue
                await client.hears(stands_in)
                assert client.entries == await shown(desk, ME, stands_in)
        for client, stands_in in zip(clients, SCOPES, strict=True):
            await client.hears(stands_in)
            assert client.entries == await shown(desk, ME, stands_in)
            assert await client.hears(stands_in) is None
            assert client.states <= 1


async def _does(desk: Desk, act: str, number: int) -> None:
    subject = f"s/{number}"
    match act:
        case "mine":
            await desk.owes(ME, kind=("todo", "started", "read", "todo", "read")[number], subject=subject)
        case "seat":
            await desk.owes(HOLDER, occurrence=SEAT, subject=subject)
        case "told":  # the same event asks the holder first and the deputy later
            await desk.owes(HOLDER, occurrence=SEAT, subject=subject)
            desk.made -= 1
            await desk.owes(ME, occurrence=SEAT, subject=subject)
        case "letter":
            await desk.owes(JUROR, occurrence="CD"[number % 2], subject=subject)
            await desk.owes(JUROR, occurrence=wrapped("reminder", "C"), rule=READ, subject=subject)
        case "done":
            await desk.done(subject)
        case "read":
            rows = sorted(await shown(desk, ME, SCOPES[-1]))
            if rows:
                async with begin(desk.engine) as connection:
                    with suppress(NotKnown):  # the holder's
                        await mark_read(connection, ME, rows[number % len(rows)], desk.clock.now(), LETTER)
                    await stamp(connection)


async def test_what_one_transaction_changes_has_one_number_of_each_inbox(desk: Desk) -> None:
    await desk.owes(ME, HOLDER)
    await desk.owes(ME)
    async with desk.engine.connect() as connection:
        inboxes = {row.person: row.version for row in await connection.execute(select(tables.inboxes))}
        o = tables.obligations.c
        rows = [tuple(row) for row in await connection.execute(select(o.recipient, o.changed))]
    assert inboxes == {ME: 2, HOLDER: 1}
    assert sorted(rows) == [(ME, 1), (ME, 2), (HOLDER, 1)]


async def test_a_letters_number_says_nothing_of_other_letters(desk: Desk) -> None:
    """R68: who counts their own changes would otherwise see how far the others are."""
    me = Client(desk)
    await desk.owes(JUROR, occurrence="C")
    await me.hears(LETTER)
    before = str(me.seen)
    for letter in "ABD":
        await desk.owes(JUROR, occurrence=letter)
        await desk.done()
        await desk.owes(JUROR, occurrence=letter)
    assert (await Client(desk).hears(LETTER)) is not None
    async with desk.engine.connect() as connection:
        news = await news_since(connection, ME, LETTER, None)
    assert isinstance(news, News)
    assert news.seen.versions == (0, 2)  # addressed, and done by the first of these acts
    assert before.split("-")[1:] == ["0", "1"]


async def test_whoever_missed_very_much_reads_the_lists(desk: Desk) -> None:
    me = Client(desk)
    await me.hears()
    for n in range(AT_MOST):
        await desk.owes(ME, subject=f"s/{n}")
    told = await me.hears()
    assert told is not None
    assert told.changes is not None
    assert len(told.changes) == AT_MOST
    for n in range(AT_MOST + 1):
        await desk.owes(ME, subject=f"t/{n}")
    told = await me.hears()
    assert told is not None
    assert (told.changes, told.todo) == (None, 2 * AT_MOST + 1)


async def test_after_an_older_backup_the_lists_are_read(desk: Desk) -> None:
    me = Client(desk)
    await desk.owes(ME)
    await desk.owes(ME)
    await me.hears()
    async with begin(desk.engine) as connection:
        await connection.execute(update(tables.inboxes).values(version=1))
    told = await me.hears()
    assert told is not None
    assert told.changes is None


async def test_the_id_of_another_persons_stream_is_none_of_mine(desk: Desk) -> None:
    mine, theirs = Client(desk), Client(desk, HOLDER)
    await mine.hears()
    await theirs.hears()
    mine.seen = theirs.seen
    told = await mine.hears()
    assert told is not None
    assert told.changes is None


async def test_who_is_told_of_a_change_is_told_once_it_is_committed_and_never_of_what_is_undone(
    desk: Desk,
) -> None:
    told: list[frozenset[str]] = []
    desk.changed = told.append
    await desk.owes(ME, HOLDER)
    assert told == [{ME, HOLDER}]

    async def undone() -> None:
        async with begin(desk.engine) as connection:
            once_committed(connection, lambda: told.append(frozenset()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await undone()
    assert len(told) == 1


async def test_replicas_that_change_the_same_inboxes_never_wait_in_a_ring(desk: Desk) -> None:
    people = [f"p{n}" for n in range(20)]

    async def changes(order: list[str]) -> None:
        for person in order:
            await desk.owes(person, *reversed(order))

    await asyncio.gather(changes(people), changes(people[::-1]), changes(people[10:] + people[:10]))
    async with desk.engine.connect() as connection:
        versions = {row.version for row in await connection.execute(select(tables.inboxes))}
        left = await connection.execute(
            select(tables.obligations.c.id).where(tables.obligations.c.changed == 0)
        )
        assert left.first() is None
    assert versions == {60}
