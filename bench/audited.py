"""How long `./denggao audit` and `verify` take for a million events in one ledger, in how much memory.

`python -m bench.audited data --into DIR` copies the events of projects in an installation's data directory,
as ./denggao up fills it, again and again under new streams into one ledger of a new installation on
SQLite, and signs it. A second one holds as many events of short lives, of which the view of scores is made.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from sqlalchemy import func, select

from bench.disk import Sample, copies, sample
from bench.filling import append_all, fill
from bench.scores import COMPANY, VIEW, lives
from cli.truth import TABLES, engine_of, settings_of
from shared import ledger_tables
from shared.codec import Schema
from shared.envelope import written
from shared.ledger import Entry, Ledgers
from shared.ledger_file import Statement, some_streams
from shared.migrations import migrate
from shared.reading import Runner, running
from shared.signing import Signing
from shared.sources import LocalSource

LEDGER = str(uuid4())
WITHIN_SECONDS = 7200
SCATTERED = 20  # places of a ledger, from whose streams (some 500 events) a dossier is made


def apart(events: Sample, at: str) -> Iterator[Entry]:
    """Copies that say in their bytes what stands beside them, and that read nothing of other ledgers."""
    for entry in copies(events):
        body = re.sub(rb'"after":\{[^}]*\}', b'"after":{}', entry.body, count=1)
        body = re.sub(rb'"recorded_at":"[^"]*"', f'"recorded_at":"{at}"'.encode(), body)
        id_ = f'"command_id":"{entry.command_id}"'.encode()
        yield Entry(
            entry.stream,
            entry.version,
            entry.name,
            entry.command_id,
            re.sub(rb'"command_id":"[^"]*"', id_, body) if entry.command_id else body,
        )


async def installed(data: Path, events: Sample, count: int, *, view: bool) -> None:
    """An installation with one large ledger, signed; where that is asked, the view of scores made of it."""
    settings = settings_of(tuple(TABLES), data)
    for service, of_service in settings.items():
        of_service.directory.mkdir(parents=True)
        async with engine_of(of_service.database_url) as engine:
            await migrate(engine, service)
    async with (
        engine_of(settings["projects"].database_url) as truth,
        engine_of(settings["evaluation"].database_url) as scored,
    ):
        ledgers = Ledgers(truth, "projects", Schema(()))
        signing = Signing(ledgers, settings["projects"])
        await signing.begin()
        if view:
            await fill(ledgers, COMPANY, lives(count))
        else:
            moment = datetime.now(UTC).replace(microsecond=0)
            await append_all(ledgers, LEDGER, itertools.islice(apart(events, written(moment)), count), moment)
        await signing.round()
        if view:
            async with engine_of(settings["evaluation"].views_url) as views:
                both = [LocalSource(ledgers), LocalSource(Ledgers(scored, "evaluation", Schema(())))]
                runner = Runner(VIEW, views, both)
                end = (await ledgers.head(COMPANY)).position
                async with running(runner):
                    if not await runner.wait_for("projects", COMPANY, end, WITHIN_SECONDS):
                        raise AssertionError("the view did not get to the end")


# The peak is of the process's own memory: what its parent had before counts in ru_maxrss, and not here.
_RUN = """
import sys
from pathlib import Path
from cli.__main__ import main
code = main(sys.argv[1:])
peak = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
print(peak, file=sys.stderr)
sys.exit(code)
"""


def timed(name: str, *arguments: str | Path) -> None:
    """Run one of our commands; how long it took, and the most memory that it had."""
    began = time.perf_counter()
    command = [sys.executable, "-P", "-c", _RUN, *map(str, arguments)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "LANG": "en"}
    )
    seconds, said = time.perf_counter() - began, done.stderr.split()
    mebibytes = int(said[-1]) / 1024 if said else 0
    print(f"{name:<46} {seconds:>7.1f} s {mebibytes:>6.0f} MiB  exit {done.returncode}", flush=True)
    if done.returncode:
        print(done.stdout, done.stderr)


def described(file: Path, hash_bytes: int) -> str:
    """What a dossier's part holds, and how large its proof would be as bytes."""
    words = [line.count(b" ") for line in file.read_bytes().splitlines() if line[:1].isdigit()]
    shown, hashes = sum(n > 3 for n in words), sum(n <= 3 for n in words)
    kibibytes = file.stat().st_size / 1024
    return f"{shown} events, {hashes} hashes ({hashes * hash_bytes / 1024:.0f} KiB), file {kibibytes:.0f} KiB"


async def proved(data: Path, file: Path, count: int) -> None:
    """Write a dossier's part of the streams at so many places; how long it took, how large it is."""
    settings = settings_of(("projects",), data)["projects"]
    async with engine_of(settings.database_url) as engine:
        async with engine.connect() as connection:
            table = ledger_tables.events
            size = int(await connection.scalar(select(func.max(table.c.position))) or 0)
            wanted = [size * n // count + 1 for n in range(count)]
            query = select(table.c.stream).where(table.c.ledger == LEDGER, table.c.position.in_(wanted))
            streams = set((await connection.scalars(query)).all())
        signing = Signing(Ledgers(engine, "projects", Schema(())), settings)
        await signing.begin()
        statement = Statement.last(signing.state, signing.keys, LEDGER)
        assert statement is not None, "it was signed"
        for complete in (False, True):
            began = time.perf_counter()
            with file.open("wb") as out:
                async for block in some_streams(engine, statement, streams, complete=complete):
                    out.write(block)
            seconds = time.perf_counter() - began
            name = f"dossier of {len(streams)} streams, {'complete' if complete else 'claimed'}"
            print(f"{name:<46} {seconds:>7.2f} s  {described(file, 56 if complete else 32)}", flush=True)
            timed("verify it", "verify", file)


def main(arguments: Sequence[str]) -> int:
    """Print a line for each command."""
    parser = argparse.ArgumentParser(prog="python -m bench.audited", description=__doc__)
    parser.add_argument("data", type=Path, help="a data directory with something in it")
    parser.add_argument("--into", type=Path, required=True, help="a directory that is not there yet")
    parser.add_argument("--events", type=int, default=1_000_000)
    asked = parser.parse_args(arguments)
    events = sample(asked.data)
    large, viewed = asked.into / "large", asked.into / "viewed"
    asyncio.run(installed(large, events, asked.events, view=False))
    file, state = asked.into / "large.ledger", asked.into / "state"
    timed("audit, all events", "audit", "--data", large, "--no-views", "--state", state)
    timed("audit again, nothing new", "audit", "--data", large, "--no-views", "--state", state)
    timed("ledger into a file", "ledger", f"projects/{LEDGER}", file, "--data", large)
    timed("verify that file", "verify", file)
    asyncio.run(proved(large, asked.into / "some.ledger", SCATTERED))
    asyncio.run(installed(viewed, events, asked.events, view=True))
    timed("audit of small events, without the view", "audit", "--data", viewed, "--no-views")
    timed("audit of small events, with the view of scores", "audit", "--data", viewed)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
