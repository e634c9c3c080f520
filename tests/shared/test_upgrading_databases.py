"""Databases of every released schema come to this code's, with all that was in them, and go on from there."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from cli.truth import TABLES, engine_of, rows_of
from services.projects.tables import exports
from shared import ledger_tables
from shared.clock import SystemClock
from shared.codec import Schema
from shared.engines import begin
from shared.ledger import Ledgers
from shared.migrations import check, migrate, revisions
from shared.writer import Writer
from tests.support.backups import run
from tests.support.counter import COUNTER, Add, submission, whole
from tests.support.engines import Database, SqliteFiles
from tests.support.freeze import dump_of

RELEASED = [
    (service, dump.name.split(".")[0])
    for service in TABLES
    for dump in sorted(dump_of("x", "sqlite").parent.glob(f"{service}_*.sqlite.sql"))
]


def without_dump(known: list[str]) -> list[str]:
    """The schemas before the newest that nobody has frozen, for want of one engine or both."""
    engines = ("sqlite", "postgresql")
    return [r for r in known[1:] if not all(dump_of(r, engine).is_file() for engine in engines)]


@pytest.mark.parametrize("service", TABLES)
def test_every_schema_before_the_newest_is_frozen(service: str) -> None:
    assert without_dump(revisions(service)) == [], "run tests.support.freeze with the release before"
    frozen = sum(of == service for of, _ in RELEASED)
    later = [f"{service}_{number:04}" for number in range(frozen + 2, 0, -1)]
    assert without_dump(later) == [
        f"{service}_{frozen + 1:04}"
    ]  # a migration after the next would be asked for it


async def load(revision: str, database: Database) -> str:
    """The frozen database, as it was released; its address."""
    url = database.url("frozen")
    script = dump_of(revision, database.engine).read_text("utf-8")
    if database.engine == "sqlite":
        await asyncio.to_thread(_load_sqlite, str(make_url(url).database), script)
    else:
        connection = await asyncpg.connect(url.replace("+asyncpg", ""))
        await connection.execute(script)
        await connection.close()
    return url


def _load_sqlite(file: str, script: str) -> None:
    with sqlite3.connect(file) as connection:
        connection.executescript(script)
    connection.close()


@pytest.mark.parametrize(("service", "revision"), RELEASED)
async def test_a_released_database_comes_to_this_schema_with_all_its_rows(
    database: Database, service: str, revision: str
) -> None:
    url = await load(revision, database)
    async with engine_of(url) as engine:
        assert await migrate(engine, service) == revisions(service)[0]
        await check(engine, service)
        async with engine.connect() as connection:
            rows = {table.name: [r async for r in rows_of(connection, table)] for table in TABLES[service]}
        if service == "notifications":
            assert rows["obligations"]
            return
        assert rows["events"]
        books = Ledgers(engine, service, Schema(COUNTER.events))
        for head in (await books.heads()).values():
            writer = Writer(books, SystemClock())
            await writer.submit(submission(uuid4(), Add(1), ledger=head.ledger))
            await writer.close()
            assert len(await whole(books, head.ledger)) == head.position + 1
        with pytest.raises(DBAPIError, match="append-only"):
            async with begin(engine) as connection:
                await connection.execute(ledger_tables.events.delete())


@pytest.mark.parametrize("command", ["migrate", "backup"])
async def test_older_code_leaves_a_newer_database_alone(tmp_path: Path, command: str) -> None:
    files = SqliteFiles(tmp_path)
    for service in TABLES:
        (tmp_path / service).mkdir()
        url = files.url(f"{service}/ledger")
        async with engine_of(url) as engine:
            await migrate(engine, service)
            if service == "notifications":
                async with begin(engine) as connection:
                    await connection.execute(text("UPDATE alembic_version SET version_num = 'of_tomorrow'"))
    place = {"DENGGAO_DATA_DIR": str(tmp_path)}
    code, _, complaint = await asyncio.to_thread(run, command, environment=place)
    assert code == 1
    (sentence,) = complaint.splitlines()
    assert "The database of notifications has schema of_tomorrow, which this version of Denggao" in sentence


async def test_a_file_of_which_nobody_had_noted_by_what_right_it_was_read_is_made_again(
    database: Database,
) -> None:
    async with engine_of(await load("projects_0003", database)) as engine:
        await migrate(engine, "projects")
        async with engine.connect() as connection:
            rows = [row async for row in rows_of(connection, exports)]
    assert [(row.state, row.problem, row.reached, row.attempts) for row in rows] == [
        ("waiting", None, "{}", 0),
        ("failed", "OnlyAuditTakesEventLogs", "{}", 0),
        ("waiting", None, "{}", 0),
    ]
