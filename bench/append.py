"""Whole commands a second through the writer: load, decide, append, with idempotency and tree."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import uvloop
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.filling import fill
from shared import ledger_tables
from shared.clock import SystemClock
from shared.codec import Schema
from shared.decision import Submission
from shared.domain import By, Decider, PersonId, UnitId
from shared.engines import begin, create_engine, is_sqlite
from shared.ledger import Ledgers
from shared.ledger_tables import tiles
from shared.merkle import TILE, Frontier, leaf_hash
from shared.writer import Writer

BY = By(PersonId("person"), "branch_secretary", UnitId("unit"))
STREAM_LENGTH = 10  # commands on one stream before a client begins the next
PAGE = 1000  # events in one query of a replay
TEXT = "托辊更换完成，检修窗口内恢复运行。"


@dataclass(frozen=True, slots=True)
class Noted:
    """Something of about the size of a short act."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Note:
    """Note it."""

    number: int
    text: str


NOTES: Decider[Note, Noted, int] = Decider(
    "notes",
    0,
    lambda command, state: [Noted(command.number, command.text)],
    lambda state, event: state + event.number,
    (Note,),
    (Noted,),
)


def measured(url: str, clients: int, seconds: float, filled: int = 0) -> float:
    """Commands a second, in an empty database or one that is first filled with this many events."""
    return uvloop.run(_measured(url, clients, seconds, filled))


def replayed(url: str, size: int) -> float:
    """Of so many events, read, their leaves verified, decoded to what they were: events a second."""
    return uvloop.run(_replayed(url, size))


@asynccontextmanager
async def _filled(url: str, size: int) -> AsyncIterator[Ledgers]:
    engine = create_engine(url, durable=True)
    async with begin(engine) as connection:
        await connection.run_sync(ledger_tables.create)
    ledgers = Ledgers(engine, "bench", Schema(NOTES.events))
    streams = (uuid4() for _ in range(size // STREAM_LENGTH))
    await fill(
        ledgers, "group", ((s, n, Noted(1, TEXT)) for s in streams for n in range(1, STREAM_LENGTH + 1))
    )
    if size:
        await _settled(engine)
    yield ledgers
    await engine.dispose()


async def _settled(engine: AsyncEngine) -> None:
    """A ledger that grew over years has its statistics, and nothing left to write from so much at once."""
    statements = (
        ("PRAGMA wal_checkpoint(TRUNCATE)",) if is_sqlite(engine) else ("VACUUM ANALYZE", "CHECKPOINT")
    )
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        for statement in statements:
            await connection.exec_driver_sql(statement)


async def _measured(url: str, clients: int, seconds: float, filled: int) -> float:
    async with _filled(url, filled) as ledgers:
        return await _commands(ledgers, clients, seconds)


async def _commands(ledgers: Ledgers, clients: int, seconds: float) -> float:
    writer = Writer(ledgers, SystemClock())
    done = 0

    async def client(stop: float) -> None:
        nonlocal done
        while True:
            stream: UUID = uuid4()
            for _ in range(STREAM_LENGTH):
                if time.perf_counter() > stop:
                    return
                await writer.submit(
                    Submission(
                        ledger="group",
                        stream=stream,
                        decider=NOTES,
                        prepare=lambda state: Note(1, TEXT),
                        by=BY,
                        command_id=uuid4(),
                        request="0" * 64,
                    )
                )
                done += 1

    await client(time.perf_counter() + seconds / 10)  # what is made at the first command is made before
    done, began = 0, time.perf_counter()
    await asyncio.gather(*(client(began + seconds) for _ in range(clients)))
    commands = done / (time.perf_counter() - began)
    await writer.close()
    return commands


async def _tiles(ledgers: Ledgers) -> bytes:
    """The leaf hashes that were kept when their tiles were full."""
    query = select(tiles.c.hashes).where(tiles.c.level == 0).order_by(tiles.c.number)
    async with ledgers.engine.connect() as connection:
        return b"".join((await connection.execute(query)).scalars())


async def _replayed(url: str, size: int) -> float:
    async with _filled(url, size) as ledgers:
        began, after, leaves = time.perf_counter(), 0, list[bytes]()
        while page := await ledgers.read_ledger("group", after, PAGE):
            leaves += [leaf_hash(r.stream, r.version, r.body) for r in page]
            after = page[-1].position
        if b"".join(leaves[: after - after % TILE]) != await _tiles(ledgers):
            raise AssertionError("a leaf is not the one that was kept")
        took = time.perf_counter() - began
        if Frontier().grown(leaves) != (await ledgers.head("group")).frontier:
            raise AssertionError("the tree of what was read is not the tree of the head")
        return after / took
