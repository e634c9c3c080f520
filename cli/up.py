"""`./denggao up`: the whole system on this machine, behind one port, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.util
import os
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from cli.data_directory import DataDirectory, NotUsable, held
from cli.programs import FRONT, SERVICES, CannotRun, Ports, Programs
from cli.supervisor import NotStarted, Supervisor, leashed
from shared.settings import load

ROOT = Path(__file__).parent.parent
INTERRUPTED = 130  # as shells say it of Ctrl-C
FOUNDING_CODE = Path("projects", "founding-code")  # made by projects for whoever installs it


def main(arguments: list[str]) -> int:
    """Runs until Ctrl-C or SIGTERM (exit 0); what stands in the way is one sentence and exit 1."""
    parser = argparse.ArgumentParser(prog="./denggao up", description=__doc__)
    parser.add_argument("--empty", action="store_true", help="without the example group")
    add_place(parser)
    asked = parser.parse_args(arguments)
    return _with_installation(asked.data, asked.port, lambda it: it.serve(example=not asked.empty))


def fill(data: Path, port: int, options: Sequence[str]) -> int:
    """`./denggao example` with its options, in an empty data directory; exit codes as above."""
    return _with_installation(data, port, lambda it: it.fill(options), stay=False)


def add_place(parser: argparse.ArgumentParser) -> None:
    """The options that say where an installation lives."""
    parser.add_argument("--data", type=Path, default=ROOT / "data", metavar="DIR", help="default: data/")
    parser.add_argument("--port", type=int, default=FRONT, metavar="N", help=f"default: {FRONT}")


def _with_installation(
    data: Path, port: int, work: Callable[[_Installation], Awaitable[None]], *, stay: bool = True
) -> int:
    try:
        ports = _checked(port)
        with held(data) as directory:
            installation = _Installation(directory, ports)
            return asyncio.run(_until_stopped(installation, work(installation), stay=stay))
    except (CannotRun, NotUsable, NotStarted) as error:
        print(f"denggao: {error}", file=sys.stderr)
        return 1


def _checked(front: int) -> Ports:
    """The ports, all free, and settings that all services will understand."""
    if not 1 <= front <= 65531:
        raise CannotRun(f"--port {front} is no port: choose one from 1 to 65531.")
    for name in ("DENGGAO_DATABASE_URL", "DENGGAO_VIEWS_URL", "DENGGAO_NATS_URL", "DENGGAO_SECRETS_DIR"):
        if name in os.environ:
            raise CannotRun(f"{name} is for services that are run one by one; ./denggao up needs it unset.")
    load(SERVICES[0])
    ports = Ports.beside(front)
    for port in ports.all():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise CannotRun(
                    f"Port {port} cannot be used ({error.strerror}). "
                    "Stop what uses it, or choose other ports with --port N."
                ) from None
    return ports


async def _until_stopped(installation: _Installation, work: Awaitable[None], *, stay: bool) -> int:
    """Do the work, stay until a signal comes if asked to, stop; a signal while working stops just as well."""
    asked_to_stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, asked_to_stop.set)
    working = asyncio.ensure_future(work)
    stopping = asyncio.create_task(asked_to_stop.wait())
    try:
        await asyncio.wait([working, stopping], return_when=asyncio.FIRST_COMPLETED)
        finished = working.done()
        if finished:
            working.result()
            if stay:
                await stopping
        say("Stopping ...")
    finally:
        working.cancel()
        await asyncio.wait([working])  # how it ended was said above, or no longer matters
        await installation.stop()
    say("Stopped; nothing is left running.")
    return 0 if stay or finished else INTERRUPTED


class _Installation:
    """The five programs, their data directory and their ports."""

    def __init__(self, data: DataDirectory, ports: Ports) -> None:
        self.data = data
        self.programs = Programs(data.path, ports)
        self.url = self.programs.url
        self.supervisor = Supervisor(data.logs, say)

    async def serve(self, *, example: bool) -> None:
        """Returns when everything answers; with an example where there is nothing yet."""
        began = time.monotonic()
        new = self._open()
        if new and example and importlib.util.find_spec("cli.example") is not None:
            await self._live_a_year(())
        else:
            await self._begin()
        await self.supervisor.start(*self.programs.services())
        self._welcome(time.monotonic() - began, new=new)

    async def fill(self, options: Sequence[str]) -> None:
        """The example alone; raises CannotRun where there is something already."""
        if not self._open():
            raise CannotRun(
                f"{self.data.path} holds data already, and a year is lived from its beginning. "
                "Name an empty or new directory with --data."
            )
        await self._live_a_year(options)
        say(f"\n{self.data.welcome}\nLook at it with ./denggao up --data {self.data.path}")

    def _open(self) -> bool:
        """Whether nothing is in the data directory; half an example is thrown away."""
        say(f"Starting Denggao in {self.data.path} ...")
        if self.data.filling:
            say("The example was not finished the last time; it is made anew.")
            self.data.forget_half_an_example()
        return self.data.empty

    async def _begin(self) -> None:
        await self._run("migrate")
        await self.supervisor.start(self.programs.nats(), self.programs.caddy())

    async def _live_a_year(self, options: Sequence[str]) -> None:
        """The example lives on a clock of its own; the services come back on the real one, if at all."""
        self.data.begin_example()
        await self._begin()
        await self.supervisor.start(*self.programs.services(clock="example"))
        place = ("--url", self.url, "--data", str(self.data.path))
        welcome = await self._run("example", *options, *place)
        await self.supervisor.stop(*SERVICES)
        self.data.finish_example(welcome)

    async def stop(self) -> None:
        """Services first, so that what they still have to say reaches the others."""
        await self.supervisor.stop_all(SERVICES, ("caddy",), ("nats",))
        await self.programs.close()

    async def _run(self, command: str, *arguments: str) -> str:
        """One of our own commands: what it says on the way is shown, its result returned."""
        process = await asyncio.create_subprocess_exec(
            *leashed(sys.executable, "-P", "-m", "cli", command, *arguments),
            env=self.programs.environment(),
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGTERM)
                await process.wait()
        if process.returncode:
            raise CannotRun(f"./denggao {command} failed, as said above; everything is stopped again.")
        return output.decode()

    def _welcome(self, seconds: float, *, new: bool) -> None:
        say(f"\nDenggao runs at {self.url} after {seconds:.1f} s; Ctrl-C stops it.")
        say("APIs: " + ", ".join(f"{self.url}/api/{service}/docs" for service in SERVICES))
        say(f"Data: {self.data.path}; logs: {self.data.logs}")
        if self.data.welcome:
            say("\n" + self.data.welcome)
        elif new:
            say(f"Nothing is in it yet: found the group with the code in {self.data.path / FOUNDING_CODE}.")


def say(text: str) -> None:
    """A line for the person at the terminal."""
    with contextlib.suppress(BrokenPipeError):  # a closed terminal is no reason to stop serving
        print(text, flush=True)
