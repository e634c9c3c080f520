"""Projects that a view holds because an event could not be applied, and taking them up again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
import structlog
from prometheus_client import Counter
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared import checkpoints, engines
from shared.checkpoints import Named, Place, own, parked
from shared.codec import Schema
from shared.envelope import Recorded, micros
from shared.logs import about
from shared.messages import Arrived
from shared.sources import Source
from shared.waiting import in_order

log = structlog.get_logger()

WAITS = "waits for an earlier event"
_parked_events = Counter("denggao_view_parked", "Projects that a view has parked", ["view"])


class Holding(Named, Protocol):
    """What is held needs to be read again."""

    @property
    def schema(self) -> Schema:
        """The view's own reading of events."""


class Held:
    """The projects that a view holds, within one transaction."""

    def __init__(self, view: Named, places: dict[str, set[Place]]) -> None:
        self._view = view
        self._places = places  # held project → the ledgers in which its events wait
        self._new: list[dict[str, Any]] = []

    @classmethod
    async def load(cls, connection: AsyncConnection, view: Named) -> Held:
        """What is parked now; true until commit for ledgers whose checkpoints are locked."""
        query = select(parked.c.held, parked.c.service, parked.c.ledger).where(own(parked, view))
        places: dict[str, set[Place]] = {}
        for row in (await connection.execute(query)).all():
            places.setdefault(row.held, set()).add((row.service, row.ledger))
        return cls(view, places)

    def __contains__(self, held: str) -> bool:
        return held in self._places

    def waits(self, recorded: Recorded) -> bool:
        """Whether this event's project is held; notes that it waits."""
        if not self._places:
            return False
        held = self.key(recorded)
        if held not in self._places:
            return False
        self._note(held, recorded, WAITS)
        return True

    def park(self, recorded: Recorded, error: Exception) -> None:
        """Hold this event's project: the event could not be applied."""
        held = self.key(recorded)
        said = error.orig if isinstance(error, DBAPIError) else error  # without statement and values
        cause = f"{type(error).__name__}: {said}"[:1000]
        with about(recorded.envelope.correlation, recorded.id):
            log.error("view.parked", view=self._view.name, at=recorded.id, held=held, cause=cause)
        _parked_events.labels(self._view.name).inc()
        self._note(held, recorded, cause)

    def key(self, recorded: Recorded) -> str:
        """The project of an event; its stream where the view cannot tell."""
        try:
            return str(self._view.held_with(recorded))
        except Exception:  # noqa: BLE001 - a view's own code, which may not know this event
            return str(recorded.stream)

    async def write(self, connection: AsyncConnection) -> None:
        """Write down what was parked since `load`."""
        if self._new:
            await connection.execute(parked.insert(), self._new)

    def _note(self, held: str, recorded: Recorded, cause: str) -> None:
        places = self._places.setdefault(held, set())
        place = (recorded.service, recorded.ledger)
        if place in places:
            return
        places.add(place)
        self._new.append(
            {
                "view": self._view.name,
                "version": self._view.version,
                "held": held,
                "service": recorded.service,
                "ledger": recorded.ledger,
                "stream": recorded.stream,
                "position": recorded.position,
                "cause": cause,
                "at": micros(datetime.now(UTC)),
            }
        )


async def resume(
    view: Holding,
    engine: AsyncEngine,
    sources: Mapping[str, Source],
    held: str,
    apply: Callable[[AsyncConnection, Sequence[Arrived]], Awaitable[Held]],
) -> bool:
    """Apply a held project's events again, in order, from the parked ones to the checkpoints.

    Returns whether it is held no more; else the next event that failed is parked, with all before
    it applied. Most is read before the checkpoints are locked, the rest after.
    """
    async with engine.connect() as connection:
        waiting = await _parked_at(connection, view, held)
    runs = {p: await _events_of(view, sources[p[0]], p[1], at - 1, held) for p, at in waiting.items()}
    async with engines.begin(engine) as connection:
        marks = await checkpoints.lock(connection, view, waiting, wait=True)
        now = await _parked_at(connection, view, held)
        if now != waiting:  # someone else resumed it, or it waits in one more ledger
            return not now
        upto: dict[str, list[Arrived]] = {}
        for (service, ledger), (events, end) in runs.items():
            later, _ = await _events_of(view, sources[service], ledger, end, held)
            last = marks[service, ledger].position
            upto[f"{service}/{ledger}"] = [a for a in events + later if a.recorded.position <= last]
        await connection.execute(delete(parked).where(own(parked, view), parked.c.held == held))
        ends = {"/".join(place): mark.position for place, mark in marks.items()}
        reached = {name: run[0].recorded.position - 1 for name, run in upto.items() if run}
        ordered, _ = in_order(upto, reached, ends, sum(map(len, upto.values())))
        still = await apply(connection, ordered)
    log.info("view.resumed", view=view.name, held=held, events=len(ordered), still_held=held in still)
    return held not in still


async def is_held(engine: AsyncEngine, view: Named, held: str) -> bool:
    """Whether a view holds this project now."""
    async with engine.connect() as connection:
        return bool(await _parked_at(connection, view, held))


async def parked_projects(engine: AsyncEngine, view: Named) -> list[str]:
    """All that a view holds, the longest held first."""
    query = select(parked.c.held).where(own(parked, view)).group_by(parked.c.held)
    async with engine.connect() as connection:
        return list((await connection.execute(query.order_by(func.min(parked.c.at)))).scalars())


async def _events_of(
    view: Holding, source: Source, ledger: str, after: int, held: str
) -> tuple[list[Arrived], int]:
    """A project's events behind a position, to the ledger's end, and where that is."""
    found: list[Arrived] = []
    key = Held(view, {}).key
    while events := (await source.read(ledger, after)).events:
        for arrived in events:
            event: Any = None
            with suppress(Exception):  # what cannot be read is found by its stream
                event = view.schema.read(arrived.recorded.envelope)
            if key(msgspec.structs.replace(arrived.recorded, event=event)) == held:
                found.append(arrived)
        after = events[-1].recorded.position
    return found, after


async def _parked_at(connection: AsyncConnection, view: Named, held: str) -> dict[Place, int]:
    query = select(parked).where(own(parked, view), parked.c.held == held)
    return {(row.service, row.ledger): row.position for row in (await connection.execute(query)).all()}
