"""Exports as jobs: rows of a table, each held by who makes it, and their files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, and_, delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.projects.tables import exports
from shared.clock import Clock
from shared.engines import begin, insert
from shared.envelope import micros, moment
from shared.settings import Settings

FOLDER = "exports"
HELD = timedelta(minutes=10)  # by who makes it: longer than a page or the writing of the file takes
KEPT = timedelta(days=7)
AT_ONCE = timedelta(0)


class HeldByAnother(Exception):
    """Who made this job took too long for a step of it, and somebody else makes it now."""


class Jobs:
    """The jobs and the files below `<directory>/exports`."""

    def __init__(self, engine: AsyncEngine, settings: Settings, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock
        self._folder = settings.directory / FOLDER

    def path(self, job: str, ending: str) -> Path:
        """Where its rows and its file lie or would lie."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder / f"{job}.{ending}"

    async def ask(self, job: str, values: Mapping[str, Any]) -> Row[Any]:
        """Enter a job, once; what stands under its id."""
        new = {"id": job, "state": "waiting", "attempts": 0, "reached": "{}", "done": 0, "read_as": "[]"}
        new |= {"held_until": 0, "asked_at": micros(self._clock.now()), **values}
        async with begin(self._engine) as connection:
            await connection.execute(insert(exports, connection).values(new).on_conflict_do_nothing())
            return (await connection.execute(select(exports).where(exports.c.id == job))).one()

    async def of(self, person: str, job: str | None = None) -> list[Row[Any]]:
        """Somebody's jobs, the newest first; of these one alone, where it is named."""
        query = select(exports).where(exports.c.person == person).order_by(exports.c.asked_at.desc())
        if job is not None:
            query = query.where(exports.c.id == job)
        async with self._engine.connect() as connection:
            return list((await connection.execute(query)).all())

    async def claim(self) -> Row[Any] | None:
        """The oldest that waits and that nobody holds, held from now on: the one claim rule (timers).

        Until when it is held tells this claim from every other: whoever comes later takes it over.
        """
        now = micros(self._clock.now())
        waits = and_(exports.c.state == "waiting", exports.c.held_until < now)
        query = select(exports).where(waits).order_by(exports.c.asked_at, exports.c.id).limit(1)
        if not await self._any(query):  # no writer is stopped to find nothing
            return None
        async with begin(self._engine) as connection:
            row = (await connection.execute(query.with_for_update(skip_locked=True))).first()
            if row is None:
                return None
            tried = {"attempts": row.attempts + 1, "held_until": self._until()}
            return await self._saved(connection, row, **tried)

    async def keep(self, row: Row[Any], **values: Any) -> Row[Any]:
        """How far it has come; it is held on. HeldByAnother, as from the next two."""
        return await self._save(row, **values, held_until=self._until())

    async def let_go(self, row: Row[Any], after: timedelta = AT_ONCE) -> None:
        """Somebody may go on with it, after a while or at once."""
        until = micros(self._clock.now() + after) if after else 0
        await self._save(row, held_until=until)

    async def end(self, row: Row[Any], **values: Any) -> None:
        """It is ready, or has failed; its rows are needed no more."""
        await self._save(row, **values)
        self.path(row.id, "rows").unlink(missing_ok=True)

    async def forget_old(self) -> int:
        """Remove jobs of a week ago with their files; how many there were."""
        old = exports.c.asked_at < micros(self._clock.now() - KEPT)
        if not await self._any(select(exports.c.id).where(old).limit(1)):
            return 0
        async with begin(self._engine) as connection:
            gone = (await connection.execute(delete(exports).where(old).returning(exports.c.id))).all()
        for row in gone:
            for file in self._folder.glob(f"{row.id}.*"):
                file.unlink(missing_ok=True)
        return len(gone)

    async def _any(self, query: Select[Any]) -> bool:
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).first() is not None

    def _until(self) -> int:
        return micros(self._clock.now() + HELD)

    async def _save(self, row: Row[Any], **values: Any) -> Row[Any]:
        async with begin(self._engine) as connection:
            return await self._saved(connection, row, **values)

    @staticmethod
    async def _saved(connection: AsyncConnection, row: Row[Any], **values: Any) -> Row[Any]:
        this_claim = and_(exports.c.id == row.id, exports.c.held_until == row.held_until)
        query = update(exports).where(this_claim).values(**values).returning(*exports.c)
        saved = (await connection.execute(query)).first()
        if saved is None:
            raise HeldByAnother(row.id)
        return saved


def expires(row: Row[Any]) -> datetime:
    """From when on the job and its file are gone."""
    return moment(row.asked_at) + KEPT
