"""Jobs: rows of a service's own table, each held for a while by the process that works on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, Row, Select, String, Table, Text, and_, delete, select
from sqlalchemy import update as update_of
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared.clock import Clock
from shared.decision import KeyUsedForAnother
from shared.domain import Refusal
from shared.engines import begin, insert
from shared.envelope import micros, moment

HELD = timedelta(minutes=10)  # by who works on it: longer than any step of one takes
KEPT = timedelta(days=7)
AT_ONCE = timedelta(0)
WAITING_AT_MOST = 10  # of one person


class TooManyWait(Refusal):
    """{count} of your jobs wait to be made already.

    Wait until one of them is ready."""


class NotReady(Refusal):
    """What you asked for is not ready yet.

    Ask for the job until it says so."""


class NotMade(Refusal):
    """What you asked for was not made (attempts: {times}).

    Ask for the job, which says why, and then for the same again."""


class HeldByAnother(Exception):
    """Who works on this job took too long for a step of it, and somebody else works on it now."""


def job_columns() -> list[Column[Any]]:
    """What every table of jobs has, whatever else its jobs need. Moments are microseconds since 1970 UTC."""
    return [
        Column("id", String(36), primary_key=True),
        Column("person", String(36), nullable=False, index=True),
        Column("language", String(10), nullable=False),
        Column("state", String(10), nullable=False),  # waiting, ready or failed
        Column("attempts", Integer, nullable=False),  # how often somebody began or went on with it
        Column("problem", String(100)),  # why it failed: a rule, its sentence and its advice
        Column("detail", Text),
        Column("advice", Text),
        Column("done", BigInteger, nullable=False),
        Column("of", BigInteger),  # so many in all, where they can be counted
        Column("asked_at", BigInteger, nullable=False),
        Column("held_until", BigInteger, nullable=False),
    ]


class Jobs:
    """The jobs of one table, which has at least `job_columns`.

    `makes`: the table, if any, whose rows each belong to the job that its column `job` names.
    """

    def __init__(self, engine: AsyncEngine, table: Table, clock: Clock, makes: Table | None = None) -> None:
        self._engine = engine
        self._table = table
        self._makes = makes
        self._clock = clock

    async def ask(self, job: str, values: Mapping[str, Any], same: tuple[str, ...]) -> Row[Any]:
        """Enter a job of `person`, once; what stands under its id.

        KeyUsedForAnother if that was asked for something else, told by the columns `same`; TooManyWait.
        """
        waiting = [row.id for row in await self.of(values["person"]) if row.state == "waiting"]
        if len(waiting) >= WAITING_AT_MOST and job not in waiting:
            raise TooManyWait(count=len(waiting))
        new = {"id": job, "state": "waiting", "attempts": 0, "done": 0, "held_until": 0}
        new |= {"asked_at": micros(self._clock.now()), **values}
        async with begin(self._engine) as connection:
            entered = insert(self._table, connection).values(new).on_conflict_do_nothing()
            await connection.execute(entered)
            row = (await connection.execute(select(self._table).where(self._table.c.id == job))).one()
        if any(row._mapping[name] != values[name] for name in same):
            raise KeyUsedForAnother()
        return row

    async def of(self, person: str, job: str | None = None) -> list[Row[Any]]:
        """Somebody's jobs, the newest first; of these one alone, where it is named."""
        table = self._table
        query = select(table).where(table.c.person == person).order_by(table.c.asked_at.desc())
        if job is not None:
            query = query.where(table.c.id == job)
        async with self._engine.connect() as connection:
            return list((await connection.execute(query)).all())

    async def claim(self) -> Row[Any] | None:
        """The oldest that waits and that nobody holds, held from now on: the one claim rule (timers).

        Until when it is held tells this claim from every other: whoever comes later takes it over.
        """
        now, table = micros(self._clock.now()), self._table
        waits = and_(table.c.state == "waiting", table.c.held_until < now)
        query = select(table).where(waits).order_by(table.c.asked_at, table.c.id).limit(1)
        if not await self._any(query):  # no writer is stopped to find nothing
            return None
        async with begin(self._engine) as connection:
            row = (await connection.execute(query.with_for_update(skip_locked=True))).first()
            if row is None:
                return None
            tried = {"attempts": row.attempts + 1, "held_until": self._until()}
            return await self._saved(connection, row, tried)

    async def keep(self, row: Row[Any], made: Sequence[Mapping[str, Any]] = (), **values: Any) -> Row[Any]:
        """How far it has come, and with it the rows that it has made meanwhile; it is held on.

        HeldByAnother, as from the next two.
        """
        async with begin(self._engine) as connection:
            saved = await self._saved(connection, row, {**values, "held_until": self._until()})
            if self._makes is not None and made:
                await connection.execute(self._makes.insert(), [{"job": row.id, **one} for one in made])
            return saved

    async def let_go(self, row: Row[Any], after: timedelta = AT_ONCE) -> None:
        """Somebody may go on with it, after a while or at once."""
        await self._save(row, {"held_until": micros(self._clock.now() + after) if after else 0})

    async def end(self, row: Row[Any], **values: Any) -> None:
        """It is ready, or has failed."""
        await self._save(row, values)

    async def forget_old(self) -> list[str]:
        """Remove jobs of a week ago; which ones they were."""
        old = self._table.c.asked_at < micros(self._clock.now() - KEPT)
        if not await self._any(select(self._table.c.id).where(old).limit(1)):
            return []
        query = delete(self._table).where(old).returning(self._table.c.id)
        async with begin(self._engine) as connection:
            gone = list((await connection.execute(query)).scalars())
            if self._makes is not None:
                await connection.execute(delete(self._makes).where(self._makes.c.job.in_(gone)))
        return gone

    async def _any(self, query: Select[Any]) -> bool:
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).first() is not None

    def _until(self) -> int:
        return micros(self._clock.now() + HELD)

    async def _save(self, row: Row[Any], values: Mapping[str, Any]) -> None:
        async with begin(self._engine) as connection:
            await self._saved(connection, row, values)

    async def _saved(self, connection: AsyncConnection, row: Row[Any], values: Mapping[str, Any]) -> Row[Any]:
        table = self._table
        this_claim = and_(table.c.id == row.id, table.c.held_until == row.held_until)
        query = update_of(table).where(this_claim).values(**values).returning(*table.c)
        saved = (await connection.execute(query)).first()
        if saved is None:
            raise HeldByAnother(row.id)
        return saved


def expires(row: Row[Any]) -> datetime:
    """From when on the job and what it made are gone."""
    return moment(row.asked_at) + KEPT


def must_be_ready(row: Row[Any]) -> None:
    """NotReady, NotMade."""
    if row.state == "failed":
        raise NotMade(times=row.attempts)
    if row.state != "ready":
        raise NotReady()
