"""Making trials: the oldest that waits, by whichever replica is free."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.parts import Parts
from services.notifications.tables import trials
from services.notifications.trial import Past, tried
from shared.jobs import Jobs
from shared.making import Making, make_oldest
from shared.sources import Source


def jobs_of(parts: Parts) -> Jobs:
    """The trials that were asked for."""
    return Jobs(parts.truth, trials, parts.clock)


async def make_next(parts: Parts, sources: Sequence[Source]) -> bool:
    """Claim the oldest trial and make it; whether there was one."""

    async def make(making: Making) -> None:
        planning = parts.planning
        async with parts.truth.connect() as connection:
            in_force = await planning.book.in_force(connection)
        past = Past(parts.truth, sources)
        await tried(making, past, in_force, planning.organisation, planning.zone)

    return await make_oldest(jobs_of(parts), make)
