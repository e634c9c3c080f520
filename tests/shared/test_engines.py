"""Which errors of a database go away when it is asked again."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import aiosqlite
import asyncpg
import pytest
from sqlalchemy import Column, Integer, MetaData, Table, event, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.engines import CONNECTIONS, STATEMENT_MILLISECONDS, alone, begin, connections, create_engine
from shared.passing import is_passing
from tests.support.engines import Database, PostgresDatabases, PostgresServer, SqliteFiles

PASSING = [
    ConnectionRefusedError(),
    ConnectionResetError(),
    TimeoutError(),
    PoolExhausted(),
    asyncpg.CannotConnectNowError("the database system is starting up"),
    asyncpg.AdminShutdownError("terminating connection due to administrator command"),
    asyncpg.TooManyConnectionsError("sorry, too many clients already"),
    asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation"),
    asyncpg.DiskFullError("No space left on device"),
    asyncpg.DeadlockDetectedError("deadlock detected"),
]
LASTING = [
    asyncpg.UniqueViolationError("duplicate key"),
    asyncpg.InvalidPasswordError("password authentication failed"),
    asyncpg.UndefinedTableError("relation does not exist"),
    ValueError("a defect"),
]


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
def test_these_errors_pass(error: Exception) -> None:
    assert is_passing(error)
    assert is_passing(DBAPIError("SELECT 1", {}, error))


@pytest.mark.parametrize("error", LASTING, ids=lambda error: type(error).__name__)
def test_these_errors_last(error: Exception) -> None:
    assert not is_passing(error)
    assert not is_passing(DBAPIError("SELECT 1", {}, error))


async def run(engine: AsyncEngine, *statements: str) -> None:
    async with begin(engine) as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def test_connections_that_a_rush_opened_serve_the_next_one(database: Database) -> None:
    """Half of them were closed after each statement, and opened anew for the next, as long as it lasted."""
    engine, opened = create_engine(database.url(), durable=True), list[object]()
    event.listen(engine.sync_engine, "connect", lambda connection, _record: opened.append(connection))

    async def rush() -> None:
        held = [await engine.connect() for _ in range(CONNECTIONS)]
        for one in held:
            await one.close()

    await rush()
    await rush()
    assert len(opened) == CONNECTIONS == connections(engine)[1]
    await engine.dispose()


async def test_a_locked_and_a_full_file_pass_and_a_broken_rule_lasts(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'one.db'}", durable=True)
    await run(engine, "CREATE TABLE t (x BLOB UNIQUE)")
    with pytest.raises(DBAPIError) as full:
        await run(engine, "PRAGMA max_page_count = 5", "INSERT INTO t VALUES (randomblob(100000))")
    assert is_passing(full.value)
    with pytest.raises(IntegrityError) as broken:
        await run(engine, "PRAGMA max_page_count = 1000", "INSERT INTO t VALUES (1), (1)")
    assert not is_passing(broken.value)
    async with begin(engine), engine.connect() as other:
        await other.execute(text("PRAGMA busy_timeout = 0"))
        with pytest.raises(DBAPIError) as locked:
            await other.execute(text("INSERT INTO t VALUES (1)"))
    assert is_passing(locked.value)
    await engine.dispose()


async def test_postgresql_gives_up_what_takes_too_long_and_it_may_be_asked_again(
    postgresql: PostgresServer,
) -> None:
    databases = PostgresDatabases(postgresql)
    usual, hasty = (
        create_engine(databases.url(), durable=True, statement_milliseconds=milliseconds)
        for milliseconds in (STATEMENT_MILLISECONDS, 300)
    )
    await run(usual, "CREATE TABLE t (x INT)")
    with pytest.raises(DBAPIError) as slow:
        await run(hasty, "SELECT pg_sleep(30)")
    async with begin(usual) as holds:
        await holds.execute(text("LOCK TABLE t"))
        with pytest.raises(DBAPIError) as locked:
            await run(hasty, "INSERT INTO t VALUES (1)")
    assert is_passing(slow.value)
    assert is_passing(locked.value)
    async with usual.connect() as connection:
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        settings = [await connection.scalar(text(f"SHOW {name}")) for name in names]
    assert settings == ["1min", "30s", "10s"]
    for engine in (usual, hasty):
        await engine.dispose()
    databases.drop()


def test_an_opening_that_nobody_waits_for_any_more_ends_before_its_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else its thread answers a loop that is closed."""
    failed: list[object] = []
    monkeypatch.setattr(threading, "excepthook", lambda args: failed.append(args.exc_value))

    async def opens(place: int) -> None:
        engine = create_engine(SqliteFiles(tmp_path).url(f"{place}"), durable=False)
        opening = asyncio.create_task(engine.connect().start())
        for _ in range(1 + place % 4):
            await asyncio.sleep(0)
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        await engine.dispose()

    before = set(threading.enumerate())
    for place in range(40):
        asyncio.run(opens(place))
    for thread in set(threading.enumerate()) - before:
        thread.join()
    assert failed == []


async def test_an_opening_that_is_cancelled_and_then_fails_is_cancelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_fail = asyncio.Event(), asyncio.Event()

    class Failing:
        _thread = threading.Thread()

        def __await__(self) -> Generator[Any, None, None]:
            return self._opens().__await__()

        async def _opens(self) -> None:
            begun.set()
            await may_fail.wait()
            raise sqlite3.OperationalError("unable to open database file")

    monkeypatch.setattr(aiosqlite, "connect", lambda *_, **__: Failing())
    engine = create_engine(SqliteFiles(tmp_path).url(), durable=False)
    opening = asyncio.create_task(engine.connect().start())
    await begun.wait()
    opening.cancel()
    asyncio.get_running_loop().call_soon(may_fail.set)
    with pytest.raises(asyncio.CancelledError):
        await opening


async def test_a_write_that_is_cancelled_half_read_lets_the_next_one_in(tmp_path: Path) -> None:
    engine = create_engine(SqliteFiles(tmp_path).url(), durable=False)
    loop, reading, may_go_on = asyncio.get_running_loop(), asyncio.Event(), threading.Event()

    def reached() -> int:
        loop.call_soon_threadsafe(reading.set)
        return int(may_go_on.wait(10))

    async def writes() -> None:
        async with begin(engine) as connection:
            raw = (await connection.get_raw_connection()).driver_connection
            assert raw is not None
            await raw.create_function("reached", 0, reached)
            await connection.execute(text("CREATE TABLE written (n INTEGER)"))
            await connection.execute(text("SELECT reached() UNION ALL SELECT 2"))

    writing = asyncio.create_task(writes())
    await reading.wait()
    writing.cancel()
    loop.call_soon(may_go_on.set)  # once it has been told
    (cancelled,) = await asyncio.gather(writing, return_exceptions=True)
    assert isinstance(cancelled, asyncio.CancelledError)  # kept: its frames hold the statement
    async with asyncio.timeout(10), begin(engine) as connection:
        await connection.execute(text("CREATE TABLE written (n INTEGER)"))
    await engine.dispose()


ROWS = Table("held", MetaData(), Column("id", Integer, primary_key=True), Column("n", Integer))


async def counted(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(select(ROWS.c.n))).scalar_one())


async def test_a_row_is_held_by_one_while_others_pass_it_by_and_write_elsewhere(database: Database) -> None:
    """Nobody waits for who holds it: on SQLite not even a writer of the same file."""
    engine = create_engine(database.url(), durable=True)
    await run(
        engine, "CREATE TABLE held (id INTEGER PRIMARY KEY, n INTEGER)", "INSERT INTO held VALUES (1, 0)"
    )
    await run(engine, "CREATE TABLE t (x INTEGER)")
    query = select(ROWS).where(ROWS.c.id == 1)
    async with alone(engine, query, 1) as first:
        assert first is not None
        assert first.row.n == 0
        async with first.write() as connection:
            await connection.execute(ROWS.update().values(n=1))
        async with alone(engine, query, 1) as second:
            assert second is None
        await run(engine, "INSERT INTO t VALUES (1)")
    async with alone(engine, query, 1) as third:
        assert third is not None
        assert third.row.n == 1
    async with alone(engine, select(ROWS).where(ROWS.c.id == 2), 2) as nothing:
        assert nothing is None
    await engine.dispose()


async def test_a_row_is_free_again_when_its_holder_fails(database: Database) -> None:
    """On PostgreSQL what it wrote is undone; on SQLite each of its transactions stands."""
    engine = create_engine(database.url(), durable=True)
    await run(
        engine, "CREATE TABLE held (id INTEGER PRIMARY KEY, n INTEGER)", "INSERT INTO held VALUES (1, 0)"
    )

    async def fails() -> None:
        async with alone(engine, select(ROWS), 1) as held:
            assert held is not None
            async with held.write() as connection:
                await connection.execute(ROWS.update().values(n=1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fails()
    assert await counted(engine) == (1 if database.engine == "sqlite" else 0)
    async with alone(engine, select(ROWS), 1) as again:
        assert again is not None
    await engine.dispose()
