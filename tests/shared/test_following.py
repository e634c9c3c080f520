"""The organisation follows by what comes, and asks its source only for what is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from services.projects.domain.serial import NumberTaken
from shared.bus import Unanswered
from shared.domain import UnitId
from shared.envelope import Recorded
from shared.following import Following
from shared.messages import Arrived, Heads, Page
from shared.organisation import Organisation
from shared.passing import Unavailable
from shared.sources import Reader
from tests.support.recorded import recorded
from tests.support.waiting import eventually

EVENTS = [
    Arrived(recorded(position, NumberTaken(UnitId("u"), position)), b"", b"") for position in range(1, 10)
]


class Shelf:
    """A source with all events, which counts how often it is asked."""

    service = "projects"

    def __init__(self) -> None:
        self.events: Sequence[Arrived] = EVENTS
        self.asked = 0
        self.away = False

    def attach(self, reader: Reader) -> None:
        """Nobody is told by it."""

    async def start(self) -> None:
        """Nothing to start."""

    async def close(self) -> None:
        """Nothing to stop."""

    async def read(self, ledger: str, after: int) -> Page:
        """Three at a time."""
        self.asked += 1
        if self.away:
            raise Unanswered("away")
        return Page(self.events[after : after + 3], len(self.events))

    async def head(self, ledger: str) -> int:
        """Where they end."""
        return len(self.events)


@asynccontextmanager
async def following(shelf: Shelf) -> AsyncIterator[tuple[Following, list[int]]]:
    seen: list[int] = []

    async def also(events: Sequence[Recorded]) -> None:
        seen.extend(recorded.position for recorded in events)

    follower = Following(shelf, Organisation(), also)
    await follower.start()
    try:
        yield follower, seen
    finally:
        await follower.close()


async def test_it_begins_with_what_there_is() -> None:
    async with following(Shelf()) as (follower, seen):
        await eventually(lambda: follower.organisation.position == 9, "all is read")
        assert seen == list(range(1, 10))


async def test_what_comes_in_order_asks_nobody() -> None:
    shelf = Shelf()
    shelf.events = EVENTS[:3]
    async with following(shelf) as (follower, seen):
        await eventually(lambda: follower.organisation.position == 3, "the beginning is read")
        asked = shelf.asked
        for arrived in EVENTS[3:]:
            follower.offer(arrived)
        await eventually(lambda: follower.organisation.position == 9, "what came is taken")
        assert (shelf.asked, seen) == (asked, list(range(1, 10)))


@pytest.mark.parametrize("order", [(5, 4, 4, 3, 9), (9,), (4, 6, 8), (3, 3, 9, 7)])
async def test_what_is_late_twice_or_missing_is_read_once(order: tuple[int, ...]) -> None:
    shelf = Shelf()
    shelf.events = EVENTS[:2]
    async with following(shelf) as (follower, seen):
        await eventually(lambda: follower.organisation.position == 2, "the beginning is read")
        shelf.events = EVENTS
        for position in order:
            follower.offer(EVENTS[position - 1])
        await eventually(lambda: follower.organisation.position == 9, "the rest is read")
        assert seen == list(range(1, 10))


async def test_heads_tell_of_what_never_came() -> None:
    shelf = Shelf()
    shelf.events = EVENTS[:4]
    async with following(shelf) as (follower, _):
        await eventually(lambda: follower.organisation.position == 4, "the beginning is read")
        shelf.events = EVENTS
        follower.heard("projects", Heads(0, {"group": (9, "")}))
        await eventually(lambda: follower.organisation.position == 9, "the rest is read")


@pytest.mark.parametrize("length", [0, 1, 3, 9])
async def test_a_source_that_was_away_at_the_start_is_asked_again_however_short_its_ledger(
    length: int,
) -> None:
    shelf = Shelf()
    shelf.events, shelf.away = EVENTS[:length], True
    async with following(shelf) as (follower, seen):
        await eventually(lambda: shelf.asked > 0, "it was asked in vain")
        assert not follower.caught_up.is_set()
        shelf.away = False
        follower.heard("projects", Heads(0, {"group": (length, "")} if length else {}))
        await eventually(follower.caught_up.is_set, "all is read")
        assert seen == list(range(1, length + 1))


async def test_what_could_not_be_taken_beside_it_is_told_again() -> None:
    told: list[int] = []
    away = True

    async def also(events: Sequence[Recorded]) -> None:
        if away:
            raise ConnectionResetError
        told.extend(recorded.position for recorded in events)

    follower = Following(Shelf(), Organisation(), also)
    await follower.start()
    await eventually(lambda: follower.organisation.position == 3, "the first page is read")
    away = False
    follower.heard("projects", Heads(0, {"group": (3, "")}))
    await eventually(follower.caught_up.is_set, "all is read")
    assert told == list(range(1, 10))
    await follower.close()


def chained(of: str, first: int, last: int, previous: bytes = b"") -> list[Arrived]:
    """Events of one history, each naming the one before."""
    leaves = {position: f"{of}{position}".encode() for position in range(first, last + 1)}
    return [
        Arrived(recorded(at, NumberTaken(UnitId(of), at)), leaves.get(at - 1, previous), leaf)
        for at, leaf in leaves.items()
    ]


@pytest.mark.parametrize("grown_to", [5, 6, 8], ids=["shorter", "as long", "longer"])
async def test_a_restored_older_ledger_is_held_and_said_until_the_true_one_is_back(grown_to: int) -> None:
    true = chained("a", 1, 6)
    restored = [*true[:4], *chained("b", 5, grown_to, previous=b"a4")]
    shelf = Shelf()
    shelf.events = true
    async with following(shelf) as (follower, seen):
        await eventually(lambda: follower.organisation.position == 6, "the true one is read")
        shelf.events = restored
        for arrived in restored[4:]:
            follower.offer(arrived)
        follower.heard("projects", Heads(0, {"group": (grown_to, restored[-1].leaf.hex())}))
        await eventually(lambda: follower.forked, "it is noticed")
        with pytest.raises(Unavailable):
            await follower.catch_up()
        assert seen == list(range(1, 7))

        shelf.events = chained("a", 1, 7)
        follower.heard("projects", Heads(0, {"group": (7, b"a7".hex())}))
        await eventually(lambda: follower.organisation.position == 7, "the true one is read on")
        assert not follower.forked


async def test_old_news_are_no_other_ledger() -> None:
    shelf = Shelf()
    shelf.events = chained("a", 1, 6)
    async with following(shelf) as (follower, _):
        await eventually(lambda: follower.organisation.position == 6, "all is read")
        asked = shelf.asked
        follower.heard("projects", Heads(0, {"group": (4, b"a4".hex())}))
        await eventually(lambda: shelf.asked > asked, "it is looked at")
        await follower.catch_up()
        assert not follower.forked
