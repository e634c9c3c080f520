"""Keeps a few programs running: starts them, restarts what dies, stops them in order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LEASH = Path(__file__).with_name("leash.py")
BOUNDED_EVERY_SECONDS = 10
LOG_BYTES_AT_MOST = 20 * 1024 * 1024  # of each program; one older file of that size is kept
PAUSE_SECONDS, PAUSE_SECONDS_AT_MOST = 0.5, 30.0  # before a restart, doubling
WORD_EVERY_SECONDS = 20.0  # while a program is not ready yet
STABLE_SECONDS = 60.0  # after which a program's earlier deaths are forgotten


class NotStarted(Exception):
    """A program ended, or was not ready in time; the text says which one and where its log is."""


@dataclass(frozen=True, slots=True)
class Program:
    """What to run and how to see that it works."""

    name: str
    command: Sequence[str]  # the first is a path
    environment: Mapping[str, str]
    ready: Callable[[], Awaitable[bool]]
    starts_within_seconds: float = 60
    stops_within_seconds: float = 15


@dataclass(slots=True)
class _Running:
    program: Program
    log: Path
    process: asyncio.subprocess.Process
    started: float = field(default_factory=time.monotonic)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    keeper: asyncio.Task[None] | None = None


class Supervisor:
    """The programs of one installation; every line that people should read goes to `say`."""

    def __init__(self, logs: Path, say: Callable[[str], None]) -> None:
        self.logs = logs
        self.say = say
        self._running: dict[str, _Running] = {}  # in the order of their start
        self._bounding: asyncio.Task[None] | None = None

    async def start(self, *programs: Program) -> None:
        """Start them side by side; returns when all are ready, raises NotStarted when one is not."""
        self._bounding = self._bounding or asyncio.create_task(self._bound_logs())
        for program in programs:
            log = self.logs / f"{program.name}.log"
            if log.exists():
                log.replace(log.with_suffix(".log.1"))
            self._running[program.name] = _Running(program, log, await _spawn(program, log))
        await asyncio.gather(*(self._first_start(self._running[program.name]) for program in programs))

    async def stop(self, *names: str) -> None:
        """Stop them side by side: SIGTERM, and SIGKILL for one that takes too long."""
        await asyncio.gather(
            *(self._stop(self._running.pop(name)) for name in names if name in self._running)
        )

    async def stop_all(self, *orders: Sequence[str]) -> None:
        """Stop in the given order, then whatever else runs."""
        for names in (*orders, tuple(self._running)):
            await self.stop(*names)
        if self._bounding:
            self._bounding.cancel()

    async def _first_start(self, running: _Running) -> None:
        program = running.program
        if not await _becomes_ready(running, self.say):
            how = "is not ready" if running.process.returncode is None else _how(running.process.returncode)
            raise NotStarted(f"{program.name} {how}: {_last_line(running.log)} (log: {running.log})")
        self.say(f"  {program.name:<14} ready after {time.monotonic() - running.started:.1f} s")
        running.keeper = asyncio.create_task(self._keep(running))

    async def _keep(self, running: _Running) -> None:
        """Start it again whenever it ends, with longer pauses the more often it does."""
        name, pause = running.program.name, PAUSE_SECONDS
        while True:
            code = await running.process.wait()
            if running.stopping.is_set():
                return
            if time.monotonic() - running.started > STABLE_SECONDS:
                pause = PAUSE_SECONDS
            self.say(f"{name} {_how(code)}; it is started again in {pause:g} s (log: {running.log})")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(running.stopping.wait(), pause)
                return
            pause = min(pause * 2, PAUSE_SECONDS_AT_MOST)
            running.process = await _spawn(running.program, running.log)
            running.started = time.monotonic()
            if running.stopping.is_set():  # asked while it was being started
                _signal(running.process, signal.SIGTERM)
            elif await _becomes_ready(running, self.say):
                self.say(f"{name} is back after {time.monotonic() - running.started:.1f} s")
            elif running.process.returncode is None and not running.stopping.is_set():
                self.say(f"{name} runs but is not ready (log: {running.log})")

    async def _stop(self, running: _Running) -> None:
        running.stopping.set()
        _signal(running.process, signal.SIGTERM)
        ended = running.keeper or asyncio.create_task(_wait(running.process))
        _, late = await asyncio.wait([ended], timeout=running.program.stops_within_seconds)
        if late:
            self.say(f"{running.program.name} did not stop by itself and was killed (log: {running.log})")
            _signal(running.process, signal.SIGKILL)
            await ended

    async def _bound_logs(self) -> None:
        while True:
            await asyncio.sleep(BOUNDED_EVERY_SECONDS)
            for running in self._running.values():
                try:
                    _bound(running.log)
                except FileNotFoundError:
                    pass  # somebody removed it: nothing is left to be kept short
                except OSError as error:
                    self.say(f"The log {running.log} cannot be kept short: {error}")


def leashed(*command: str) -> tuple[str, ...]:
    """The command, but killed by the system when this process ends without stopping it."""
    return (sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), *command)


def _bound(log: Path) -> None:
    """The program holds the file open for appending: copied and emptied, not moved."""
    if log.stat().st_size > LOG_BYTES_AT_MOST:
        try:
            shutil.copyfile(log, log.with_suffix(".log.1"))
        finally:  # a full disk least of all needs a log that grows
            os.truncate(log, 0)


async def _spawn(program: Program, log: Path) -> asyncio.subprocess.Process:
    with log.open("ab") as output:
        return await asyncio.create_subprocess_exec(
            *leashed(*program.command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(program.environment),
            start_new_session=True,  # Ctrl-C reaches us alone, so that we can stop them in order
        )


async def _wait(process: asyncio.subprocess.Process) -> None:
    await process.wait()


async def _becomes_ready(running: _Running, say: Callable[[str], None]) -> bool:
    """False when it ended first, was asked to, or its time is over."""
    began = time.monotonic()
    give_up, word_at = began + running.program.starts_within_seconds, began + WORD_EVERY_SECONDS
    while running.process.returncode is None and (now := time.monotonic()) < give_up:
        if running.stopping.is_set():
            return False
        if now >= word_at:
            word_at += WORD_EVERY_SECONDS
            say(f"  {running.program.name:<14} not ready after {now - began:.0f} s (log: {running.log})")
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            if await running.program.ready():
                return running.process.returncode is None
        await asyncio.sleep(0.05)
    return False


def _signal(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    """To its whole group: it may have children of its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def _how(code: int) -> str:
    return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def _last_line(log: Path) -> str:
    lines = [line for line in log.read_text("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"
