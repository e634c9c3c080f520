"""The smallest aggregate with rules, for tests of ledger and writer, and what must hold of any ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, assert_never
from uuid import UUID, uuid4

from sqlalchemy import select

from shared import ledger_tables
from shared.codec import Schema
from shared.decision import Outcome, Submission
from shared.domain import By, Decider, PersonId, Refusal, UnitId
from shared.engines import begin, create_engine
from shared.envelope import Recorded, micros
from shared.ledger import Ledgers
from shared.merkle import TILE, Frontier, leaf_hash, root_of
from shared.writer import Writer

LIMIT = 100
BY = By(PersonId("p1"), "branch_secretary", UnitId("u1"))


@dataclass(frozen=True, slots=True)
class Added:
    amount: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    pass


@dataclass(frozen=True, slots=True)
class KeptOpen:
    pass


@dataclass(frozen=True, slots=True)
class Add:
    """`times` events of `amount`; none at all for 0 times."""

    amount: int
    note: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True)
class Close:
    pass


@dataclass(frozen=True, slots=True)
class KeepOpen:
    pass


class AboveLimit(Refusal):
    """The counter would stand above {limit}."""


class IsClosed(Refusal):
    """The counter is closed."""


class MustStayOpen(Refusal):
    """The counter must stay open."""


class Broken(Exception):
    """A defect in a decider, as opposed to its refusal."""


@dataclass(frozen=True, slots=True)
class Count:
    total: int = 0
    closed: bool = False
    kept_open: bool = False


def decide(command: Add | Close | KeepOpen, count: Count) -> Sequence[Added | Closed | KeptOpen]:
    if count.closed:
        raise IsClosed()
    match command:
        case Add(amount, note, times):
            if note == "broken":
                raise Broken()
            if count.total + amount * times > LIMIT:
                raise AboveLimit(limit=LIMIT)
            return [Added(amount, note)] * times
        case Close():
            if count.kept_open:
                raise MustStayOpen()
            return [Closed()]
        case KeepOpen():
            return [KeptOpen()]
        case _:
            assert_never(command)


def evolve(count: Count, event: Added | Closed | KeptOpen) -> Count:
    match event:
        case Added(amount):
            return replace(count, total=count.total + amount)
        case Closed():
            return replace(count, closed=True)
        case KeptOpen():
            return replace(count, kept_open=True)
        case _:
            assert_never(event)


COUNTER: Decider[Add | Close | KeepOpen, Added | Closed | KeptOpen, Count] = Decider(
    "counter", Count(), decide, evolve, (Add, Close, KeepOpen), (Added, Closed, KeptOpen)
)


def submission(stream: UUID, command: object, **more: Any) -> Submission:
    """That command for a stream of the ledger `group`, as a request with a key of its own."""
    usual: dict[str, Any] = {"ledger": "group", "by": BY, "request": "sha-of-body", "command_id": uuid4()}
    return Submission(stream=stream, decider=COUNTER, prepare=lambda _state: command, **(usual | more))


@asynccontextmanager
async def opened(url: str, *, new: bool = True) -> AsyncIterator[Ledgers]:
    """The ledgers of a database; with `new` its tables are made."""
    engine = create_engine(url, durable=True)
    if new:
        async with begin(engine) as connection:
            await connection.run_sync(ledger_tables.create)
    yield Ledgers(engine, "projects", Schema(COUNTER.events))
    await engine.dispose()


async def answers(writer: Writer, *submissions: Submission) -> list[Outcome | BaseException]:
    """What each got, sent all at once."""
    return await asyncio.gather(*(writer.submit(s) for s in submissions), return_exceptions=True)


async def whole(ledgers: Ledgers, ledger: str = "group") -> list[Recorded]:
    """All events of a ledger, after checking everything that must hold of it at any time."""
    recorded: list[Recorded] = []
    while page := await ledgers.read_ledger(ledger, len(recorded), 2_000):
        recorded += page
    head = await ledgers.head(ledger)
    assert [r.position for r in recorded] == list(range(1, head.position + 1)), "a gap or a double"
    versions: dict[UUID, int] = {}
    for r in recorded:
        versions[r.stream] = versions.get(r.stream, 0) + 1
        assert r.version == versions[r.stream], f"{r.id} has a wrong version"
    times = [micros(r.recorded_at) for r in recorded]
    assert times == sorted(times), "recorded_at runs backwards"
    assert times == await _column_of_times(ledgers, ledger), "the column says another time than the bytes"
    commands = [r.envelope.command_id for r in recorded if r.envelope.command_id]
    assert len(commands) == len(set(commands)), "a command is there twice"
    leaves = [leaf_hash(r.stream, r.version, r.body) for r in recorded]
    assert head.frontier == Frontier().grown(leaves), "the tree is not the tree of these events"
    if leaves:
        assert (head.leaf, head.recorded_at) == (leaves[-1], times[-1])
    assert await ledgers.open_leaves(head) == leaves[len(leaves) - len(leaves) % TILE :]
    assert await stored_tiles(ledgers, ledger) == tiles_of(leaves), "the tiles are not those of these events"
    return recorded


def tiles_of(leaves: Sequence[bytes]) -> dict[tuple[int, int], tuple[bytes, bytes]]:
    """(level, number) → hashes and root of every full tile, freshly computed."""
    tiles: dict[tuple[int, int], tuple[bytes, bytes]] = {}
    level, hashes = 0, list(leaves)
    while len(hashes) >= TILE:
        roots = []
        for number in range(len(hashes) // TILE):
            part = hashes[number * TILE : (number + 1) * TILE]
            roots.append(root_of(part))
            tiles[level, number] = b"".join(part), roots[-1]
        level, hashes = level + 1, roots
    return tiles


async def stored_tiles(ledgers: Ledgers, ledger: str) -> dict[tuple[int, int], tuple[bytes, bytes]]:
    table = ledger_tables.tiles
    async with ledgers.engine.connect() as connection:
        rows = (await connection.execute(select(table).where(table.c.ledger == ledger))).all()
    return {(row.level, row.number): (row.hashes, row.root) for row in rows}


async def _column_of_times(ledgers: Ledgers, ledger: str) -> list[int]:
    events = ledger_tables.events
    query = select(events.c.recorded_at).where(events.c.ledger == ledger).order_by(events.c.position)
    async with ledgers.engine.connect() as connection:
        return list((await connection.execute(query)).scalars())
