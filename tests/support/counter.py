"""The smallest aggregate with rules, for tests of ledger and writer, and what must hold of any ledger."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, assert_never, get_args
from uuid import UUID, uuid4

from sqlalchemy import select

from shared import ledger_tables
from shared.codec import Schema
from shared.decision import Outcome, Read, Submission
from shared.domain import Arrives, By, Closes, Decider, Leaves, PersonId, Refusal, UnitId
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
class Left(Leaves):
    pass


@dataclass(frozen=True, slots=True)
class Arrived(Arrives):
    ledger: str
    position: int
    leaf: str


@dataclass(frozen=True, slots=True)
class LedgerEnded(Closes):
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


@dataclass(frozen=True, slots=True)
class Leave:
    pass


@dataclass(frozen=True, slots=True)
class Arrive:
    ledger: str
    position: int
    leaf: str


@dataclass(frozen=True, slots=True)
class EndLedger:
    pass


Command = Add | Close | KeepOpen | Leave | Arrive | EndLedger
Event = Added | Closed | KeptOpen | Left | Arrived | LedgerEnded


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


def decide(command: Command, count: Count) -> Sequence[Event]:
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
        case Leave():
            return [Left()]
        case Arrive(ledger, position, leaf):
            return [Arrived(ledger, position, leaf)]
        case EndLedger():
            return [LedgerEnded()]
        case _:
            assert_never(command)


def evolve(count: Count, event: Event) -> Count:
    match event:
        case Added(amount):
            return replace(count, total=count.total + amount)
        case Closed():
            return replace(count, closed=True)
        case KeptOpen():
            return replace(count, kept_open=True)
        case Left() | Arrived() | LedgerEnded():
            return count
        case _:
            assert_never(event)


COUNTER: Decider[Command, Event, Count] = Decider(
    "counter", Count(), decide, evolve, get_args(Command), get_args(Event)
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


async def moved(writer: Writer, stream: UUID, ledger: str) -> Outcome:
    """Let a stream leave its ledger, and arrive in another (R70)."""
    outcome = await writer.submit(submission(stream, Leave()))
    left = await arrival(writer.ledgers, outcome, ledger)
    return await writer.submit(left)


async def arrival(ledgers: Ledgers, outcome: Outcome, ledger: str) -> Submission:
    """What lets a stream go on in another ledger, after it has left one."""
    (left,) = await ledgers.read_ledger(outcome.ledger, outcome.position - 1, 1)
    leaf = leaf_hash(left.stream, left.version, left.body).hex()
    return submission(
        left.stream,
        Arrive(left.ledger, left.position, leaf),
        ledger=ledger,
        arrives=True,
        read=Read({f"projects/{left.ledger}": left.position}, outcome.recorded_at),
    )


async def whole(ledgers: Ledgers, ledger: str = "group") -> list[Recorded]:
    """All events of a ledger, after checking everything that must hold of it at any time."""
    recorded: list[Recorded] = []
    while page := await ledgers.read_ledger(ledger, len(recorded), 2_000):
        recorded += page
    head = await ledgers.head(ledger)
    assert [r.position for r in recorded] == list(range(1, head.position + 1)), "a gap or a double"
    versions: dict[UUID, int] = {}
    for r in recorded:
        gone_on = isinstance(r.event, Arrived)  # from another ledger
        versions[r.stream] = r.version if gone_on else versions.get(r.stream, 0) + 1
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
