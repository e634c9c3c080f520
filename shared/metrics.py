"""Gauges for Prometheus, looked at when it asks: so they are true also while nothing happens."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from prometheus_client import Gauge, Histogram
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import engines
from shared.clock import SystemClock, seconds_apart
from shared.ledger import Ledgers
from shared.reading import Runner

log = structlog.get_logger()

LOOK_SECONDS = 0.5
STARTED = datetime.now(UTC)

well = Gauge("denggao_well", "1 while the service can do its work, as its health says")
nats_connected = Gauge("denggao_nats_connected", "1 while the connection to NATS stands")
database_answers = Gauge("denggao_database_answers", "1 while the database answers", ["database"])
database_bytes = Gauge("denggao_database_bytes", "Bytes that the database takes on its disk", ["database"])
database_connections = Gauge(
    "denggao_database_connections", "Connections in use by this process", ["database"]
)
database_connections_at_most = Gauge(
    "denggao_database_connections_at_most", "Connections that this process may use", ["database"]
)
clock_apart_seconds = Gauge(
    "denggao_clock_apart_seconds",
    "Seconds between this machine's clock and the database's; no appends above 5",
)
disk_free_bytes = Gauge("denggao_disk_free_bytes", "Bytes free where the data directory lies")
disk_bytes = Gauge("denggao_disk_bytes", "Bytes of the disk where the data directory lies")
view_behind = Gauge("denggao_view_behind", "Events that a view knows of and has not applied", ["view"])
view_lag_seconds = Gauge(
    "denggao_view_lag_seconds", "Seconds since the moment to which a view is complete", ["view"]
)
view_held = Gauge("denggao_view_held", "Projects that a view holds parked now", ["view"])
view_forked = Gauge("denggao_view_forked", "Ledgers that are not those that the view had read", ["view"])
view_unknown = Gauge("denggao_view_unknown", "Events whose names a view did not know", ["view"])
loop_late_seconds = Histogram(
    "denggao_loop_late_seconds",
    "How late the process came to a piece of work that was due",
    buckets=(0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5),
)

ASKED = (view_held, view_unknown, database_bytes)  # of databases


async def measure(
    health: Callable[[], Awaitable[Mapping[str, Any]]],
    databases: Mapping[str, AsyncEngine],
    runners: Sequence[Runner],
    directory: Path,
    ledgers: Ledgers | None = None,
) -> None:
    """Set every gauge of this module; what cannot be known now is left out instead of told as it was."""
    try:
        said: Mapping[str, Any] = await health()
    except Exception as error:  # noqa: BLE001 - whatever it is, the service is not well
        log.warning("metrics.not_well", error=repr(error))
        said = {"ok": False}
    well.set(bool(said["ok"]))
    if "nats" in said:
        nats_connected.set(said["nats"] == "connected")
    for name, how in said.get("databases", {}).items():
        database_answers.labels(name).set(how == "answers")
    for gauge in ASKED:
        gauge.clear()
    for told in said.get("views", {}).values():
        view_held.labels(told["view"]).set(told.get("parked_in_all", 0))
        view_unknown.labels(told["view"]).set(sum(told["unknown"].values()))
    for runner in runners:
        _of_runner(runner)
    for name, engine in databases.items():
        await _of_database(name, engine, answers=said.get("databases", {}).get(name) == "answers")
    if ledgers and all(how == "answers" for how in said.get("databases", {}).values()):
        with suppress(SQLAlchemyError, OSError):  # away since it was asked: the next look says so
            clock_apart_seconds.set(await seconds_apart(SystemClock(), ledgers.clock))
    disk = shutil.disk_usage(directory)
    disk_free_bytes.set(disk.free)
    disk_bytes.set(disk.total)


def _of_runner(runner: Runner) -> None:
    name, complete_to = runner.consumer.name, runner.complete_to() or STARTED
    view_behind.labels(name).set(sum(runner.lag().values()))
    view_lag_seconds.labels(name).set(max(0.0, (datetime.now(UTC) - complete_to).total_seconds()))
    view_forked.labels(name).set(len(runner.forked()))


async def _of_database(name: str, engine: AsyncEngine, *, answers: bool) -> None:
    in_use, at_most = engines.connections(engine)
    database_connections.labels(name).set(in_use)
    database_connections_at_most.labels(name).set(at_most)
    try:
        if answers:
            database_bytes.labels(name).set(await engines.bytes_on_disk(engine))
    except (SQLAlchemyError, OSError) as error:
        log.warning("metrics.database_not_measured", database=name, error=repr(error))


@asynccontextmanager
async def loop_watched() -> AsyncIterator[None]:
    """Keep looking how late this process comes to its work, for as long as the block lasts."""
    watching = asyncio.create_task(_watch_loop(), name="watching the loop")
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _watch_loop() -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + LOOK_SECONDS
        await asyncio.sleep(LOOK_SECONDS)
        loop_late_seconds.observe(max(0.0, loop.time() - due))
