"""SQLite and PostgreSQL behind SQLAlchemy: how each is opened, and the few things they do not share.

SQLite has no SKIP LOCKED, no roles, and one writer per file: a write transaction there begins
IMMEDIATE (a deferred one fails when it turns into a write) and holds the only lock there is.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Hashable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import Row, Select, Table, event, func, select, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import QueuePool

CONNECT_SECONDS = 5
CONNECTIONS = 16  # kept once they were opened: to open one again and again costs more than its statement
BUSY_TIMEOUT_MILLISECONDS = 30_000
IDLE_IN_TRANSACTION_MILLISECONDS = 10_000  # frees what a stopped process held
STATEMENT_MILLISECONDS = 60_000  # nothing that a service asks takes that long


def create_engine(
    url: str, *, durable: bool, statement_milliseconds: int = STATEMENT_MILLISECONDS
) -> AsyncEngine:
    """An engine for a database URL (`sqlite+aiosqlite:` or `postgresql+asyncpg:`).

    `durable` is for truth: SQLite waits for the disk at every commit. Views do without,
    since they can be rebuilt, and try a pooled connection before using it. PostgreSQL gives up a
    statement that takes, or a lock that is waited for, too long: 0 for as long as it takes.
    """
    if url.startswith("postgresql"):
        settings = {
            "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MILLISECONDS),
            "jit": "off",
            "lock_timeout": str(min(BUSY_TIMEOUT_MILLISECONDS, statement_milliseconds)),
            "statement_timeout": str(statement_milliseconds),
        }
        return create_async_engine(
            url,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_pre_ping=not durable,
            hide_parameters=True,  # an error's text goes to the log, and people's data do not
            connect_args={"server_settings": settings, "timeout": CONNECT_SECONDS},
        )
    engine = create_async_engine(url, pool_size=CONNECTIONS, max_overflow=0, hide_parameters=True)
    event.listen(engine.sync_engine, "do_connect", _open_patiently)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite("FULL" if durable else "NORMAL"))
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    event.listen(engine.sync_engine, "invalidate", _roll_back)
    return engine


def is_sqlite(engine: AsyncEngine | AsyncConnection) -> bool:
    """Whether the engine has one writer per file and no row locks."""
    return engine.dialect.name == "sqlite"


def connections(engine: AsyncEngine) -> tuple[int, int]:
    """How many connections are in use, and how many may be."""
    assert isinstance(engine.pool, QueuePool)
    return engine.pool.checkedout(), CONNECTIONS


async def bytes_on_disk(engine: AsyncEngine) -> int:
    """What the database takes: on SQLite its file and the log beside it, on PostgreSQL all its tables."""
    if is_sqlite(engine):
        file = Path(engine.url.database or "")
        return sum(
            part.stat().st_size for part in (file, file.with_name(f"{file.name}-wal")) if part.exists()
        )
    async with engine.connect() as connection:
        return int(await connection.scalar(text("SELECT pg_database_size(current_database())")))


@dataclass(frozen=True, slots=True)
class Alone:
    """A row that nobody else works on, and the transactions in which its holder writes."""

    row: Row[Any]
    write: Callable[[], AbstractAsyncContextManager[AsyncConnection]]


_held: set[tuple[str, Hashable]] = set()  # in the one process that writes a SQLite file: database and key


@asynccontextmanager
async def alone(engine: AsyncEngine, query: Select[Any], key: Hashable) -> AsyncIterator[Alone | None]:
    """The one row that a query finds, for as long as the block lasts; None where it is held, or not there.

    PostgreSQL locks it: all that is written is one transaction, which ends with the block and may idle
    while others are waited for, below IDLE_IN_TRANSACTION_MILLISECONDS. On SQLite such a transaction would
    keep every other writer away, so there this process remembers `key`, and each `write` commits by itself.
    """
    if is_sqlite(engine):
        held = (str(engine.url), key)
        if held in _held:
            yield None
            return
        _held.add(held)
        try:
            async with engine.connect() as connection:
                row = (await connection.execute(query)).one_or_none()
            yield None if row is None else Alone(row, partial(begin, engine))
        finally:
            _held.discard(held)
        return
    async with begin(engine) as connection:
        row = (await connection.execute(query.with_for_update(skip_locked=True))).one_or_none()
        yield None if row is None else Alone(row, lambda: nullcontext(connection))


@asynccontextmanager
async def begin(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A write transaction, committed at the end and rolled back by an exception."""
    then: list[Callable[[], None]] = []
    async with engine.connect() as connection:
        writing = await connection.execution_options(denggao_writes=True, denggao_then=then)
        async with writing.begin():
            yield writing
    for call in then:
        call()


def once_committed(connection: AsyncConnection, call: Callable[[], None]) -> None:
    """Call this once the transaction that `begin` gave is committed; never, where it is rolled back."""
    assert connection.sync_connection is not None
    connection.sync_connection.get_execution_options()["denggao_then"].append(call)


async def rows_of(engine: AsyncEngine, query: Select[Any]) -> list[Mapping[str, Any]]:
    """The rows that a question finds, by the names of their columns."""
    async with engine.connect() as connection:
        return [dict(row) for row in (await connection.execute(query)).mappings()]


async def count_of(engine: AsyncEngine, query: Select[Any]) -> int:
    """How many rows a question finds, were it not for its limit."""
    found = query.order_by(None).limit(None).subquery()
    async with engine.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(found))).scalar_one())


def insert(table: Table, engine: AsyncEngine | AsyncConnection) -> Any:
    """The dialect's INSERT, which knows ON CONFLICT."""
    return _insert_of(engine)(table)


def upsert(table: Table, engine: AsyncEngine | AsyncConnection) -> Any:
    """INSERT that overwrites the row of the same primary key."""
    return _upsert(table, _insert_of(engine))


def _insert_of(engine: AsyncEngine | AsyncConnection) -> Callable[[Table], Any]:
    return sqlite.insert if is_sqlite(engine) else postgresql.insert


@cache  # made once for each table: to make it costs more than to run it
def _upsert(table: Table, dialects_insert: Callable[[Table], Any]) -> Any:
    statement = dialects_insert(table)
    keys = [column.name for column in table.primary_key]
    others = {c.name: statement.excluded[c.name] for c in table.columns if c.name not in keys}
    if not others:
        return statement.on_conflict_do_nothing(index_elements=keys)
    return statement.on_conflict_do_update(index_elements=keys, set_=others)


def _open_patiently(_dialect: Any, _record: Any, _args: Any, options: dict[str, Any]) -> None:
    options["async_creator_fn"] = _open_sqlite


async def _open_sqlite(*args: Any, **options: Any) -> aiosqlite.Connection:
    """Opened, or closed again where nobody waits for it any more.

    A cancelled opening would go on in its thread, and answer a loop that may be closed by then.
    """
    connection = aiosqlite.connect(*args, **options)
    connection._thread.daemon = True  # as the dialect does: it holds no process back
    opening = asyncio.ensure_future(connection)
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        await asyncio.wait([opening])
        if opening.exception() is None:
            await connection.close()
        raise


def _prepare_sqlite(synchronous: str) -> Any:
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # transactions begin where we say, not where the driver guesses
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MILLISECONDS}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute(f"PRAGMA synchronous = {synchronous}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    return prepare


def _roll_back(connection: Any, _record: Any, _error: Any) -> None:
    """Before one is thrown away: closed with a statement half read, it would go on holding the only lock."""
    with suppress(sqlite3.Error):  # one that is broken has nothing to give back
        connection.rollback()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("denggao_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
