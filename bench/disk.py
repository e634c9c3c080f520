"""What a million events take on disk, table by table with their indexes, on each engine.

`python -m bench.disk data` copies the events of projects in an installation's data directory, as ./denggao up
fills it, again and again under new streams into empty databases, and divides what these then take.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing
from pathlib import Path
from uuid import UUID, uuid4, uuid5

from sqlalchemy import text

from bench import databases
from bench.filling import append_all
from shared import ledger_tables
from shared.codec import Schema
from shared.engines import begin, create_engine
from shared.ledger import Entry, Ledgers

MILLION = 1_000_000
SIZES = {
    "sqlite": """
        SELECT m.tbl_name AS part, m.type AS kind, sum(d.pgsize) AS bytes
        FROM dbstat AS d JOIN sqlite_schema AS m ON m.name = d.name GROUP BY m.name""",
    "postgresql": """
        SELECT relname AS part, 'table' AS kind, pg_table_size(relid) AS bytes FROM pg_stat_user_tables
        UNION ALL SELECT relname, 'index', pg_indexes_size(relid) FROM pg_stat_user_tables""",
}

Sample = list[tuple[str, int, str, bool, bytes]]  # stream, version, name, begins a decision, body


def sample(data: Path) -> Sample:
    """All events of projects, ledger by ledger."""
    with closing(sqlite3.connect(f"file:{data / 'projects' / 'ledger.db'}?mode=ro", uri=True)) as file:
        columns = "stream, version, name, command_id IS NOT NULL, body"
        return file.execute(f"SELECT {columns} FROM events ORDER BY ledger, position").fetchall()


def copies(events: Sample) -> Iterator[Entry]:
    """The same again and again, each time under new streams and commands."""
    for number in itertools.count():
        for stream, version, name, begins, body in events:
            again = uuid5(UUID(stream), str(number))
            yield Entry(again, version, name, uuid4() if begins else None, body)


async def measured(url: str, events: Sample, count: int) -> dict[tuple[str, str], float]:
    """Bytes an event of each table and of its indexes."""
    engine = create_engine(url, durable=False)
    async with begin(engine) as connection:
        await connection.run_sync(ledger_tables.create)
    ledgers = Ledgers(engine, "bench", Schema(()))
    end = await append_all(ledgers, str(uuid4()), itertools.islice(copies(events), count))
    found: dict[tuple[str, str], float] = {}
    async with engine.connect() as connection:
        for row in await connection.execute(text(SIZES[engine.dialect.name])):
            found[row.part, row.kind] = found.get((row.part, row.kind), 0) + row.bytes / end
    await engine.dispose()
    return found


def main(arguments: Sequence[str]) -> int:
    """Print a table for each engine; exit 1 where one could not be had."""
    parser = argparse.ArgumentParser(prog="python -m bench.disk", description=__doc__)
    parser.add_argument("data", type=Path, help="a data directory with something in it")
    parser.add_argument("--events", type=int, default=200_000)
    parser.add_argument("--engines", nargs="+", choices=SIZES, default=list(SIZES), metavar="ENGINE")
    parser.add_argument("--postgresql", metavar="URL", help="a server; default: a container of its own")
    asked = parser.parse_args(arguments)
    events = sample(asked.data)
    bodies = sum(len(body) for *_, body in events) / len(events)
    print(f"{len(events):,} events of {bodies:,.0f} bytes on average, copied to {asked.events:,}")
    opened: dict[str, Callable[[], AbstractContextManager[databases.Empty]]] = {
        "sqlite": databases.sqlite,
        "postgresql": lambda: databases.postgresql(asked.postgresql),
    }
    missing = False
    for name in asked.engines:
        try:
            with opened[name]() as empty:
                found = asyncio.run(measured(empty(), events, asked.events))
        except databases.NoDatabase as error:
            print(f"{name}: not measured. {error}")
            missing = True
            continue
        for (part, kind), size in sorted(found.items(), key=lambda of: -of[1]):
            if size >= 0.5:
                print(f"{name:<11} {part:<14} {kind:<6} {size:>8,.0f} bytes an event")
        whole = sum(found.values())
        million = whole * MILLION / 2**30
        print(f"{name:<11} {'in all':<21} {whole:>8,.0f} bytes an event, {million:.2f} GiB a million")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
