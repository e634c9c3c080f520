"""Freezes the schema of a release: `python -m tests.support.freeze DATA`, with the installation in DATA.

The first few rows of each table become SQL, for each engine, in tests/shared/frozen: a later release must
be able to migrate them. Run it before the first migration after a release is written.
"""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path
from uuid import UUID

from sqlalchemy import insert

from cli.truth import TABLES, as_of_now, engine_of, rows_of
from shared import ledger_tables
from shared.codec import Schema
from shared.engines import begin
from shared.envelope import micros
from shared.ledger import Block, Entry, Ledgers
from shared.migrations import migrate, revisions
from tests.support.engines import IMAGE, in_container

FROZEN = Path(__file__).parent.parent / "shared" / "frozen"
EVENTS_AT_MOST = {"projects": 8, "evaluation": 1}  # of each ledger
ROWS_AT_MOST = 3


def dump_of(revision: str, engine: str) -> Path:
    """Where a schema is frozen."""
    return FROZEN / f"{revision}.{engine}.sql"


async def fill(data: Path, service: str, url: str) -> None:
    """A database of this release with the beginning of what an installation holds."""
    async with (
        engine_of(f"sqlite+aiosqlite:///{data}/{service}/ledger.db") as source,
        engine_of(url) as target,
        as_of_now(source) as connection,
    ):
        await migrate(target, service)
        if service in EVENTS_AT_MOST:
            old, new = Ledgers(source, service, Schema(())), Ledgers(target, service, Schema(()))
            for ledger in await old.heads():
                some = await old.read_ledger(ledger, 0, EVENTS_AT_MOST[service])
                head = await new.open(ledger)
                for one in some:
                    id_ = one.envelope.command_id
                    entry = Entry(
                        one.stream, one.version, one.envelope.name, UUID(id_) if id_ else None, one.body
                    )
                    block = Block.on(head, micros(one.recorded_at), [entry])
                    await new.append([block], {ledger: await new.open_leaves(head)})
                    head = block.after
        for table in TABLES[service]:
            if table.metadata is not ledger_tables.metadata:
                rows = [row._asdict() async for row in rows_of(connection, table)][:ROWS_AT_MOST]
                async with begin(target) as writing:
                    if rows:
                        await writing.execute(insert(table), rows)


def main(data: Path) -> None:
    """Freeze every service."""
    FROZEN.mkdir(exist_ok=True)
    with in_container(()) as server, tempfile.TemporaryDirectory() as directory:
        for service in TABLES:
            revision, file = revisions(service)[0], Path(directory, f"{service}.db")
            asyncio.run(fill(data, service, f"sqlite+aiosqlite:///{file}"))
            lines = sqlite3.connect(file).iterdump()
            dump_of(revision, "sqlite").write_text("\n".join(lines) + "\n", "utf-8")

            server.execute(f"CREATE DATABASE {service}")
            url = server.url(service)
            asyncio.run(fill(data, service, url))
            program = ("pg_dump", "--inserts", "--no-owner", "--no-privileges")
            dumped = subprocess.run(
                ["docker", "run", "--rm", "--network=host", IMAGE, *program, url.replace("+asyncpg", "")],
                check=True,
                capture_output=True,
                text=True,
            )
            lines = (line for line in dumped.stdout.splitlines() if not line.startswith(("\\", "--")))
            text = "\n".join(line for line in lines if line)
            dump_of(revision, "postgresql").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
