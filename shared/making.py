"""Working on jobs: the oldest that waits, from where it stands, for as long as a service runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import Row

from shared.domain import Refusal
from shared.jobs import HeldByAnother, Jobs
from shared.passing import is_passing
from shared.problems import Unexpected
from shared.sentences import sentences

log = structlog.get_logger()

LOOK_SECONDS = 2.0
AGAIN = timedelta(seconds=10)  # after which what could not be made is tried again


@dataclass
class Making:
    """A job that is made here, under the claim that it is held by now."""

    jobs: Jobs
    row: Row[Any]

    async def keep(self, made: Sequence[Mapping[str, Any]] = (), **values: Any) -> None:
        """How far it has come (`Jobs.keep`)."""
        self.row = await self.jobs.keep(self.row, made, **values)

    async def end(self, **values: Any) -> None:
        """It is ready."""
        await self.jobs.end(self.row, state="ready", **values)

    async def fail(self, refusal: Refusal) -> None:
        """It says why, in the language in which it was asked for."""
        detail, advice = sentences(refusal, self.row.language)
        await self.jobs.end(self.row, state="failed", problem=refusal.code(), detail=detail, advice=advice)


@asynccontextmanager
async def made(
    make_next: Callable[[], Awaitable[bool]], jobs: Jobs, look_seconds: float = LOOK_SECONDS
) -> AsyncIterator[None]:
    """Make what is asked for, one after another, and forget what is old, for as long as the block lasts."""
    task = asyncio.create_task(_run(make_next, jobs, look_seconds), name="jobs")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _run(make_next: Callable[[], Awaitable[bool]], jobs: Jobs, look_seconds: float) -> None:
    while True:
        try:
            while await make_next():
                pass
            await jobs.forget_old()
        except Exception as error:
            if is_passing(error):
                log.info("jobs.put_off", error=repr(error))
            else:
                log.exception("jobs.failed")
        await asyncio.sleep(look_seconds)


async def make_oldest(jobs: Jobs, make: Callable[[Making], Awaitable[None]], *later: type[Exception]) -> bool:
    """Claim the oldest job and make it; whether there was one. `later`: what it is tried again after."""
    row = await jobs.claim()
    if row is None:
        return False
    making = Making(jobs, row)
    try:
        await make(making)
    except asyncio.CancelledError:  # this process ends; another one goes on at once
        await asyncio.shield(jobs.let_go(making.row))
        raise
    except HeldByAnother as taken:
        log.warning("jobs.taken_over", job=str(taken))
    except later:
        await jobs.let_go(making.row, AGAIN)
    except Refusal as refusal:  # the reader's right has ended, or it is too long
        await making.fail(refusal)
    except Exception as error:
        if is_passing(error):
            await jobs.let_go(making.row, AGAIN)
        else:
            log.warning("jobs.not_made", job=row.id, attempts=row.attempts)
            await making.fail(Unexpected(correlation=row.id))
        raise
    return True
