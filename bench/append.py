"""Whole commands a second through the writer: load, decide, append, with idempotency and tree.

`python -m bench.append sqlite+aiosqlite:////tmp/ledger.db` for each number of clients in turn. It
drops and makes the ledger's tables in the database that it is given: give it one of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import platform
import sys
import time
from dataclasses import dataclass
from uuid import UUID, uuid4

import uvloop

from shared import ledger_tables
from shared.clock import SystemClock
from shared.codec import Schema
from shared.decision import Submission
from shared.domain import By, Decider, PersonId, UnitId
from shared.engines import begin, create_engine
from shared.ledger import Ledgers
from shared.merkle import Frontier, leaf_hash
from shared.writer import Writer

BY = By(PersonId("person"), "branch_secretary", UnitId("unit"))
STREAM_LENGTH = 10  # commands on one stream before a client begins the next
SECONDS = 4.0  # for each number of clients


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


async def measure(url: str, clients: int) -> tuple[float, float]:
    """Commands a second with this many clients, and events a second read, hashed and decoded again."""
    engine = create_engine(url, durable=True)
    async with begin(engine) as connection:
        await connection.run_sync(ledger_tables.metadata.drop_all)
        await connection.run_sync(ledger_tables.create)
    ledgers = Ledgers(engine, "bench", Schema(NOTES.events))
    writer = Writer(ledgers, SystemClock())
    done = 0
    stop = time.perf_counter() + SECONDS

    async def client() -> None:
        nonlocal done
        stream: UUID = uuid4()
        while time.perf_counter() < stop:
            if done % STREAM_LENGTH == 0:
                stream = uuid4()
            await writer.submit(
                Submission(
                    ledger="group",
                    stream=stream,
                    decider=NOTES,
                    prepare=lambda state: Note(1, "托辊更换完成，检修窗口内恢复运行。"),
                    by=BY,
                    command_id=uuid4(),
                    request="0" * 64,
                )
            )
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    appended = done / (time.perf_counter() - began)
    began, after, frontier = time.perf_counter(), 0, Frontier()
    while page := await ledgers.read_ledger("group", after, 1000):
        frontier = frontier.grown(leaf_hash(r.stream, r.version, r.body) for r in page)
        after = page[-1].position
    replayed = after / (time.perf_counter() - began)
    if frontier != (await ledgers.head("group")).frontier:
        raise AssertionError("the tree of what was read is not the tree of the head")
    await writer.close()
    await engine.dispose()
    return appended, replayed


def main(arguments: list[str]) -> int:
    """Print a line for each number of clients."""
    parser = argparse.ArgumentParser(prog="python -m bench.append", description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--clients", type=int, nargs="*", default=[1, 64, 256])
    asked = parser.parse_args(arguments)
    print(f"Python {platform.python_version()}, {asked.url.partition(':')[0]}, full durability")
    for clients in asked.clients:
        appended, replayed = uvloop.run(measure(asked.url, clients))
        print(f"{clients:>4} clients  {appended:>8,.0f} commands/s   replay {replayed:>8,.0f} events/s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
