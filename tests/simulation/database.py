"""SQLite in the loop's own thread: the real engine on a file in memory, with faults and delays by the seed.

Real: SQLAlchemy's dialect and pool, SQLite's files, transactions, write lock and errors, one connection
each as the kernel's engines open them. Simulated: the thread of the driver (every call takes virtual
time before and after its work), waiting for the write lock (tried again on virtual time for as long
as the kernel's busy_timeout says), failures, and the death of a process: its connections are
closed, which rolls back what was not committed. Not simulated: PostgreSQL's row locks.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from shared.engines import create_engine
from tests.simulation.loop import Loop, Owner

T = TypeVar("T")


class Faults:
    """How often what goes wrong, as a share of all calls; all of it ends with `off`."""

    def __init__(self, failing: float, unknown_commits: float, slow: float) -> None:
        self.failing = failing
        self.unknown_commits = unknown_commits
        self.slow = slow
        self.slow_seconds = 0.5
        self.away: set[str] = set()  # databases that do not answer now

    def off(self) -> None:
        """From now on everything works."""
        self.failing = self.unknown_commits = self.slow = 0.0
        self.away.clear()


class Database:
    """One file that all processes share."""

    def __init__(self, loop: Loop, name: str, path: Path, faults: Faults) -> None:
        self.loop = loop
        self.name = name
        self.path = path
        self.faults = faults
        self.connections: list[Connection] = []
        self._looking = sqlite3.connect(path, isolation_level=None)

    def engine(self, owner: Owner, *, durable: bool) -> AsyncEngine:
        """The kernel's own engine, for one process, on connections of the simulation."""
        engine = create_engine(f"sqlite+aiosqlite:///{self.path}", durable=durable)
        connect = partial(Connection.opened, self, owner)

        def provide(_dialect: Any, _record: Any, _args: Any, options: dict[str, Any]) -> None:
            options["async_creator_fn"] = connect

        event.listen(engine.sync_engine, "do_connect", provide)
        return engine

    def look(self, query: str, *values: Any) -> list[Any]:
        """What is committed at this moment, for those who see everything; takes no time."""
        return self._looking.execute(query, values).fetchall()

    def cut(self, owner: Owner) -> None:
        """The process is dead."""
        for connection in self.connections:
            if connection.owner is owner:
                connection.cut()

    def close(self) -> None:
        """All of it."""
        for connection in self.connections:
            connection.cut()
        self._looking.close()


class Connection:
    """What SQLAlchemy's dialect asks of a connection of aiosqlite."""

    def __init__(self, database: Database, owner: Owner) -> None:
        self.database = database
        self.owner = owner
        self.random = database.loop.random
        self.busy_seconds = 0.0
        self._connection: sqlite3.Connection | None = None  # None once it is cut; the dialect looks here
        database.connections.append(self)

    @classmethod
    async def opened(cls, database: Database, owner: Owner, *_: Any, **__: Any) -> Connection:
        """A new one."""
        connection = cls(database, owner)
        await connection._way()
        if database.name in database.faults.away:
            raise error("SQLITE_CANTOPEN", "unable to open database file")
        connection._connection = sqlite3.connect(database.path, isolation_level=None, timeout=0)
        return connection

    def cut(self) -> None:
        """Nothing reaches the file through it any more."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def cursor(self) -> Cursor:
        """For one statement."""
        return Cursor(self)

    async def commit(self) -> None:
        """Fails like any call, or succeeds and says that it failed."""
        await self.call("commit", lambda raw: raw.commit())

    async def rollback(self) -> None:
        """Always works, if there is a connection."""
        await self._way()
        if self._connection:
            self._connection.rollback()

    async def create_function(self, *arguments: Any, **more: Any) -> None:
        """The dialect's regular expressions."""
        assert self._connection
        self._connection.create_function(*arguments, **more)

    async def close(self) -> None:
        """Takes no time."""
        self.cut()

    def stop(self) -> None:
        """The same, where nothing can be awaited."""
        self.cut()

    @property
    def _conn(self) -> Connection:
        return self

    @property
    def _tx(self) -> Connection:
        return self

    def put_nowait(self, work: tuple[asyncio.Future[None], Callable[[], None]]) -> None:
        """How the dialect sets `isolation_level`: it is None from the start."""
        work[0].set_result(None)

    async def call(self, what: str, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do something in the file, or not, or do it and not say so."""
        faults, random = self.database.faults, self.random
        await self._way()
        if (faults.failing and random.random() < faults.failing) or self.database.name in faults.away:
            self._note(f"{what} fails")
            raise self._failed()
        result = await self._done(what, work)
        self._note(what)
        await self._way(0.15)
        if what == "commit" and faults.unknown_commits and random.random() < faults.unknown_commits:
            self._note("commit is not answered")
            raise self._failed()
        return result

    async def _done(self, what: str, work: Callable[[sqlite3.Connection], T]) -> T:
        waited = 0.0
        while True:
            if self._connection is None:
                raise error("", "connection closed")
            try:
                return work(self._connection)
            except sqlite3.OperationalError as failure:
                if failure.sqlite_errorname != "SQLITE_BUSY" or waited >= self.busy_seconds:
                    raise
            pause = self.random.uniform(0.001, 0.03)
            waited += pause
            await asyncio.sleep(pause)

    async def _way(self, often: float = 0.6) -> None:
        """There or back: mostly short, sometimes none at all, sometimes long."""
        faults, drawn = self.database.faults, self.random.random()
        if drawn < faults.slow:
            await asyncio.sleep(faults.slow_seconds * self.random.random())
        elif drawn < often:
            await asyncio.sleep(0.002 * drawn)

    def _failed(self) -> sqlite3.OperationalError:
        if self.random.random() < 0.5:
            return error("SQLITE_IOERR", "disk I/O error")
        self.cut()
        return error("", "connection closed")

    def _note(self, what: str) -> None:
        self.database.loop.note(f"{self.database.name}: {what}")


class Cursor:
    """One statement and its rows."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Cursor:
        return self

    async def execute(self, statement: str, values: Any = ()) -> Cursor:
        """As sqlite3 does; how long to wait for a lock is ours to simulate."""
        if statement.startswith("PRAGMA busy_timeout"):
            self._connection.busy_seconds = int(statement.split("=")[1]) / 1000
            return self
        await self._connection.call(
            " ".join(statement.split())[:60], lambda raw: self._take(raw.execute(statement, values))
        )
        return self

    async def executemany(self, statement: str, values: Any) -> Cursor:
        """As sqlite3 does."""
        await self._connection.call(
            " ".join(statement.split())[:60] + f" × {len(values)}",
            lambda raw: self._take(raw.executemany(statement, values)),
        )
        return self

    def _take(self, cursor: sqlite3.Cursor) -> None:
        self.description, self.rowcount = cursor.description, cursor.rowcount
        self.lastrowid = cursor.lastrowid
        self._rows = cursor.fetchall() if cursor.description else []

    async def fetchall(self) -> list[Any]:
        """All rows; they are here already."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Nothing is open."""


def error(name: str, text: str) -> sqlite3.OperationalError:
    """An error as SQLite gives it."""
    failure = sqlite3.OperationalError(text)
    failure.sqlite_errorname = name
    return failure
