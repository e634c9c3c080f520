"""Versions of a view: a new one is built beside the live one and takes over when it has come as far."""

from __future__ import annotations

import asyncio
import re

import structlog
from sqlalchemy import delete, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from shared import engines
from shared.checkpoints import checkpoints, live_views, metadata, parked, unknown_events
from shared.projections import Consumer

log = structlog.get_logger()

ATTEMPTS = 5  # processes that start together race to make the same tables


async def create(engine: AsyncEngine, consumer: Consumer) -> None:
    """Make the tables of checkpoints and of the view where they are missing."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            async with engines.begin(engine) as connection:
                await connection.run_sync(metadata.create_all)
                await consumer.create(connection)
            return
        except DBAPIError:
            if attempt == ATTEMPTS:
                raise
            await asyncio.sleep(0.1 * attempt)


async def begin_live(engine: AsyncEngine, consumer: Consumer) -> bool:
    """Whether this version is the live one; the first version of a view is so from the start."""
    async with engines.begin(engine) as connection:
        await connection.execute(
            engines.insert(live_views, connection).on_conflict_do_nothing(),
            {"name": consumer.name, "live_version": consumer.version},
        )
        return await _live_version(connection, consumer.name) == consumer.version


async def live_version(engine: AsyncEngine, name: str) -> int | None:
    """The version of a view that answers now; None where it was never started."""
    async with engine.connect() as connection:
        return await _live_version(connection, name)


async def cut_over(engine: AsyncEngine, consumer: Consumer) -> bool:
    """Make this version the live one if it is nowhere behind it; drop all but the one before.

    Returns whether it is live now. An older version never takes over from a newer one.
    """
    async with engines.begin(engine) as connection:
        query = select(live_views.c.live_version).where(live_views.c.name == consumer.name).with_for_update()
        live = (await connection.execute(query)).scalar_one()
        if live >= consumer.version:
            return bool(live == consumer.version)
        if await _behind(connection, consumer, live):
            return False
        await connection.execute(
            live_views.update()
            .where(live_views.c.name == consumer.name)
            .values(live_version=consumer.version)
        )
        await _drop_before(connection, consumer.name, live)
    log.info("view.cut_over", view=consumer.name, version=consumer.version, before=live)
    return True


async def _live_version(connection: AsyncConnection, name: str) -> int | None:
    query = select(live_views.c.live_version).where(live_views.c.name == name)
    version: int | None = (await connection.execute(query)).scalar_one_or_none()
    return version


async def _behind(connection: AsyncConnection, consumer: Consumer, live: int) -> bool:
    mine, theirs = checkpoints.alias(), checkpoints.alias()
    query = (
        select(theirs.c.ledger)
        .outerjoin(
            mine,
            (mine.c.view == theirs.c.view)
            & (mine.c.version == consumer.version)
            & (mine.c.service == theirs.c.service)
            & (mine.c.ledger == theirs.c.ledger),
        )
        .where(theirs.c.view == consumer.name, theirs.c.version == live)
        .where(theirs.c.service.in_(consumer.services))
        .where(mine.c.position.is_(None) | (mine.c.position < theirs.c.position))
        .limit(1)
    )
    return (await connection.execute(query)).first() is not None


async def _drop_before(connection: AsyncConnection, name: str, kept: int) -> None:
    """Drop the tables of versions older than the kept one, and what is known of them."""
    tables = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    for table in tables:
        of_view = re.match(rf"{re.escape(name)}_v(\d+)_", table)
        if of_view and int(of_view[1]) < kept:
            await connection.execute(text(f'DROP TABLE "{table}"'))
    for known in (checkpoints, parked, unknown_events):
        await connection.execute(delete(known).where(known.c.view == name, known.c.version < kept))
