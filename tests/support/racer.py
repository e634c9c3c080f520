"""A process that appends beside others like it: `python -m tests.support.racer URL SEED COMMANDS`.

It prints a line for every command that was acknowledged, so that whoever kills it knows what must be there.
"""

from __future__ import annotations

import asyncio
import random
import sys
from uuid import NAMESPACE_OID, UUID, uuid5

from shared.clock import SystemClock
from shared.domain import Refusal
from shared.logs import configure
from shared.writer import Writer
from tests.support.counter import Add, opened, submission

STREAMS = 40
SHARED_EVERY = 5  # each fifth command is one that all processes send


def shared_key(number: int) -> UUID:
    return uuid5(NAMESPACE_OID, f"shared {number}")


def stream(number: int) -> UUID:
    return uuid5(NAMESPACE_OID, f"stream {number}")


async def race(url: str, seed: int, commands: int) -> None:
    """Sends its commands in groups of random size, with random pauses between them."""
    random_ = random.Random(seed)
    async with opened(url, new=False) as ledgers:
        writer = Writer(ledgers, SystemClock())
        sent = 0
        while sent < commands:
            group = random_.choice([1, 1, 3, 30, 120])
            await asyncio.gather(*(send(writer, random_, seed, sent + n) for n in range(group)))
            sent += group
            await asyncio.sleep(random_.choice([0, 0, 0.002]))
        await writer.close()


async def send(writer: Writer, random_: random.Random, seed: int, number: int) -> None:
    """One command; a shared one is the same, key and body, in every process."""
    if number % SHARED_EVERY == 0:
        key, where, times = shared_key(number), stream(number % STREAMS), 1
    else:
        key = uuid5(NAMESPACE_OID, f"{seed} {number}")
        where, times = stream(random_.randrange(STREAMS)), random_.choice([1, 1, 1, 2, 5])
    expected = random_.choice([None, None, None, random_.randrange(50)]) if number % SHARED_EVERY else None
    command = submission(where, Add(0, "词" * 5, times), command_id=key, expected_version=expected)
    try:
        outcome = await writer.submit(command)
    except Refusal as refusal:
        say("refused", key, refusal.code())
    else:
        say("recorded", key, str(outcome.position))


def say(what: str, key: UUID, more: str) -> None:
    sys.stdout.write(f"{what} {key} {more}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    configure("racer")  # what is logged goes to stderr
    asyncio.run(race(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
