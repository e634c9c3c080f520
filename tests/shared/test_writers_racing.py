"""Several processes on one ledger, killed or not: no gap, no double, nothing acknowledged is lost."""

from __future__ import annotations

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, Process
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from shared.clock import SystemClock
from shared.ledger import Ledgers
from shared.writer import Writer
from tests.support.counter import Add, submission, whole
from tests.support.engines import Database
from tests.support.racer import SHARED_EVERY, STREAMS, shared_key, stream

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Racer:
    """A racing process and what it has been told so far."""

    process: Process
    recorded: dict[str, int] = field(default_factory=dict)  # command → position of its last event
    refused: dict[str, str] = field(default_factory=dict)

    async def listen(self, until: int | None = None) -> None:
        """Read its lines to the end, or until that many commands are recorded."""
        assert self.process.stdout
        while until is None or len(self.recorded) < until:
            line = (await self.process.stdout.readline()).decode()
            if not line.endswith("\n"):
                return  # the end, or a line that its death has cut
            what, key, more = line.split()
            if what == "recorded":
                self.recorded[key] = int(more)
            else:
                self.refused[key] = more


async def start(url: str, seed: int, commands: int) -> Racer:
    arguments = ["-m", "tests.support.racer", url, str(seed), str(commands)]
    return Racer(await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT, stdout=PIPE))


async def check(ledgers: Ledgers, *racers: Racer) -> None:
    """Every acknowledged command is there once where its answers said, all answers to a key agree."""
    last_of: dict[str, int] = {}
    for recorded in await whole(ledgers):
        if recorded.envelope.command_id:
            last_of[recorded.envelope.command_id] = recorded.position + recorded.envelope.count - 1
    for racer in racers:
        for key, position in racer.recorded.items():
            assert last_of.get(key) == position, f"{key} was acknowledged at {position}"
        assert not racer.refused.keys() & last_of.keys(), "refused and yet recorded"


@pytest.mark.parametrize(
    ("seed", "processes", "commands"),
    [(1, 3, 1000), pytest.param(2, 4, 20_000, marks=pytest.mark.long)],
)
async def test_racing_processes_leave_no_gap_and_no_double(
    database: Database, ledgers: Ledgers, seed: int, processes: int, commands: int
) -> None:
    racers = [await start(database.url(), seed * 1000 + n, commands) for n in range(processes)]
    await asyncio.gather(*(racer.listen() for racer in racers))
    assert [await racer.process.wait() for racer in racers] == [0] * processes
    for racer in racers:
        assert len(racer.recorded) + len(racer.refused) >= commands
        assert set(racer.refused.values()) <= {"Stale"}
    await check(ledgers, *racers)
    shared = {str(shared_key(n)) for n in range(0, commands, SHARED_EVERY)}
    assert all(shared <= racer.recorded.keys() for racer in racers)


@pytest.mark.parametrize("rounds", [2, pytest.param(20, marks=pytest.mark.long)])
async def test_a_killed_process_has_lost_nothing_that_it_acknowledged(
    database: Database, ledgers: Ledgers, rounds: int
) -> None:
    racers: list[Racer] = []
    beside = await start(database.url(), 99, 400 * rounds)
    for seed in range(rounds):
        racer = await start(database.url(), seed, 1_000_000)
        await racer.listen(until=150 + 37 * seed)
        racer.process.send_signal(signal.SIGKILL)
        await racer.listen()
        await racer.process.wait()
        racers.append(racer)
    await beside.listen()
    assert await beside.process.wait() == 0
    await check(ledgers, beside, *racers)


async def test_what_a_killed_process_left_unanswered_is_answered_truly_when_repeated(
    database: Database, ledgers: Ledgers
) -> None:
    racer = await start(database.url(), 5, 1_000_000)
    await racer.listen(until=200)
    racer.process.send_signal(signal.SIGKILL)
    await racer.listen()
    await racer.process.wait()
    before = len(await whole(ledgers))
    writer = Writer(ledgers, SystemClock())
    numbers = range(0, 3000, SHARED_EVERY)  # many more than it can have sent
    repeats = [submission(stream(n % STREAMS), Add(0, "词" * 5), command_id=shared_key(n)) for n in numbers]
    outcomes = await asyncio.gather(*(writer.submit(repeat) for repeat in repeats))
    await writer.close()
    for repeat, outcome in zip(repeats, outcomes, strict=True):
        assert outcome.repeated == (outcome.position <= before)
        known = racer.recorded.get(str(repeat.command_id))
        assert known in (None, outcome.position)
    await check(ledgers, racer)
