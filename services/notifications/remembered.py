"""What is known while events are answered together: read once before them, and written once behind them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from contextvars import ContextVar

import msgspec
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.notifications import tables
from services.notifications.domain.known import Known
from services.notifications.domain.obligation import Closing
from services.notifications.obliged import known_of
from services.notifications.planning import Row
from shared import engines
from shared.rows import in_parts

_now: ContextVar[Remembered] = ContextVar("remembered")


class Remembered:
    """Of one transaction: what is known of projects, what is owed of them, what is told page by page."""

    def __init__(self, known: dict[str, Known], owed: set[tuple[str, str]], spread: set[str]) -> None:
        self._known = known
        self._owed = owed  # project and rule of duties that are open, or may be
        self.spread = spread  # projects with fan-outs that have not ended
        self.made: list[Row] = []  # obligations, whose deliveries are planned at the end
        self._changed: set[str] = set()

    async def of(self, connection: AsyncConnection, project: str) -> Known:
        """What is known of a project; nothing of one that was never heard of."""
        if project not in self._known:
            self._known |= await known_of(connection, [project])
        return self._known[project]

    def learn(self, project: str, known: Known) -> None:
        """From now on this is known."""
        if self._known.get(project) != known:
            self._known[project] = known
            self._changed.add(project)

    def owes(self, project: str, rules: Iterable[str]) -> None:
        """Duties under these rules were made."""
        self._owed.update((project, rule) for rule in rules)

    def may_end(self, project: str, ends: Closing) -> bool:
        """Whether there can be anything that this ends."""
        if project in self.spread:
            return True
        owed = {rule for of, rule in self._owed if of == project}
        return bool(owed if ends.rules is None else owed & ends.rules)

    async def write(self, connection: AsyncConnection) -> None:
        """Keep what is known now, in the order of its keys."""
        rows = [
            {"id": project, "facts": msgspec.json.encode(self._known[project]).decode()}
            for project in sorted(self._changed)
        ]
        if rows:
            await connection.execute(engines.upsert(tables.known, connection), rows)


def remembered() -> Remembered:
    """That of the events that are answered now."""
    return _now.get()


@asynccontextmanager
async def remembering(connection: AsyncConnection, projects: Iterable[str]) -> AsyncIterator[Remembered]:
    """Read what events of these projects need; what they change is written at the end of the block."""
    asked = sorted(set(projects))
    o, f = tables.obligations.c, tables.fanouts.c
    owed, spread = set[tuple[str, str]](), set[str]()
    for part in in_parts(asked):  # fan-outs first: what they have told by then is among what is owed
        open_ones = select(f.project).where(f.project.in_(part), f.ended_at.is_(None)).distinct()
        spread |= {*(await connection.execute(open_ones)).scalars()}
        duties = (o.project.in_(part), o.kind == "todo", o.done_at.is_(None))
        rows = await connection.execute(select(o.project, o.rule).where(*duties).distinct())
        owed |= {(row.project, row.rule) for row in rows}
    now = Remembered(dict(await known_of(connection, asked)), owed, spread)
    token = _now.set(now)
    try:
        yield now
        await now.write(connection)
    finally:
        _now.reset(token)
