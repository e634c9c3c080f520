"""What waits in the database is seen to in the background, again and again, as long as a block lasts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from shared.passing import is_passing

log = structlog.get_logger()


@asynccontextmanager
async def again(
    name: str, step: Callable[[], Awaitable[int]], known: asyncio.Event, look_seconds: float
) -> AsyncIterator[None]:
    """Take step after step while there is work (`step` says how much it did), then look every so often.

    It begins once `known` is set. A database that is away is tried again; a defect is said and tried again.
    """
    task = asyncio.create_task(_run(name, step, known, look_seconds), name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _run(
    name: str, step: Callable[[], Awaitable[int]], known: asyncio.Event, look_seconds: float
) -> None:
    await known.wait()
    while True:
        try:
            while await step():
                pass
        except Exception as error:
            if is_passing(error):
                log.info(f"{name}.put_off", error=repr(error))
            else:
                log.exception(f"{name}.failed")
        await asyncio.sleep(look_seconds)
