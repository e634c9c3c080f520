"""Workers are killed, stopped, added and removed amid a season, and how soon that is made up for."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass

from bench.season.size import Size
from bench.season.town import Town
from bench.season.watching import Watch

STOPPED_SECONDS = 12.0  # longer than a database waits for an idle transaction (10 s)


@dataclass(frozen=True, slots=True)
class Disturbed:
    """What was done to whom, and seconds until all was shown that was recorded when it was over."""

    what: str
    made_up_for: float


async def disturb(town: Town, watch: Watch, size: Size) -> list[Disturbed]:
    """One is killed, another stopped and let go on; one is added, the first is removed in order."""
    await asyncio.sleep(size.minutes * 60 / 5)
    found, first, last = list[Disturbed](), town.workers[0], town.workers[-1]

    async def over(what: str) -> None:
        found.append(Disturbed(what, await watch.catches_up(await watch.heads())))

    await town.kill(first)
    await over(f"{first} was killed")
    if process := town.process(last):
        process.send_signal(signal.SIGSTOP)
        if len(town.workers) > 1:
            await over(f"{last} was stopped")
        await asyncio.sleep(STOPPED_SECONDS)
        process.send_signal(signal.SIGCONT)
        await over(f"{last} went on after {STOPPED_SECONDS:g} s")
    added = await town.add()
    await over(f"{added} was added")
    await town.remove(first)
    await over(f"{first} was removed")
    return found
