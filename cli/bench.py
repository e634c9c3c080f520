"""`./denggao bench`: how fast the pieces are, each beside a peer or itself, in one run on this machine."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import append, beside, databases, http, notices, picture, scores, visible
from bench.apart import apart
from bench.databases import Empty, NoDatabase
from bench.season import season

PACKAGES = (
    *("sqlalchemy", "asyncpg", "aiosqlite", "msgspec", "uvloop", "fastapi", "uvicorn"),
    *("eventsourcing", "psycopg", "eventsource-py"),
)
LEAST = {"postgresql": {1: 1.0, 64: 8.0, 256: 20.0}, "sqlite": {64: 1.5, 256: 3.0}}  # by clients
SMALL_LEDGER = 5_000
HTTP_CLIENTS = 64
COMMANDS_PER_SECOND, VISIBLE_MS = 200, 100


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: enough to mean something, or only that it runs."""

    seconds: float  # for each number of clients
    peer_clients: tuple[int, ...]  # a peer is taken at its best one
    replayed: int  # events
    in_view: int
    large_ledger: int


FULL = Size(4.0, (1, 4, 16, 64), 100_000, 1_000_000, 5_000_000)
QUICK = Size(0.3, (1, 4), 4_000, 4_000, 10_000)


@dataclass(frozen=True, slots=True)
class Line:
    """One work measured: ours beside something else, and what the ratio must at least be."""

    work: str
    ours: float  # a second
    other: float
    beside: str
    least: float

    @property
    def ratio(self) -> float:
        """Times as fast as what it stands beside."""
        return self.ours / self.other

    @property
    def reached(self) -> bool:
        """Whether it is as fast as it must be."""
        return self.ratio >= self.least

    def __str__(self) -> str:
        return (
            f"{self.work:<52} {self.ours:>9,.0f} {self.other:>9,.0f} {self.ratio:>7.2f} {self.least:>6.2f}  "
            f"{'yes' if self.reached else 'NO':<4} {self.beside}"
        )


HEAD = f"{'work':<52} {'ours/s':>9} {'other/s':>9} {'ratio':>7} {'least':>6}  {'ok':<4} beside"


def main(arguments: list[str]) -> int:
    """Exit 0 when everything was measured, whatever the figures are; 1 where an engine could not be had.

    `season` as the first word: a review season instead, through the processes of evaluation; `notices`:
    from events to inboxes.
    """
    if arguments[:1] == ["season"]:
        return season.main(arguments[1:])
    if arguments[:1] == ["notices"]:
        return notices.main(arguments[1:])
    parser = argparse.ArgumentParser(
        prog="./denggao bench",
        description=__doc__,
        epilog="TMPDIR says where the databases lie; in full they take 10 GB there. It takes a quarter of an "
        "hour on an idle machine of two cores. Commands of their own: ./denggao bench season, a review "
        "season with 1, 2 and 4 processes of evaluation; ./denggao bench notices, from events to inboxes; "
        "python -m bench.soak, memory under an hour of load; "
        "python -m bench.disk, what a million events take.",
    )
    parser.add_argument("--quick", action="store_true", help="only that it runs: the figures mean little")
    parser.add_argument("--engines", nargs="+", choices=LEAST, default=list(LEAST), metavar="ENGINE")
    parser.add_argument("--postgresql", metavar="URL", help="a server; default: a container of its own")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the same for programs")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="the same as a picture")
    asked = parser.parse_args(arguments)
    size = QUICK if asked.quick else FULL
    settings = _settings(size)
    opened: dict[str, Callable[[], AbstractContextManager[Empty]]] = {
        "sqlite": databases.sqlite,
        "postgresql": lambda: databases.postgresql(asked.postgresql),
    }
    lines, missing = [], False
    print("\n".join(f"{name}: {value}" for name, value in settings.items()), flush=True)
    print(f"\n{HEAD}", flush=True)
    for engine in asked.engines:
        try:
            with opened[engine]() as empty:
                if engine == "postgresql":
                    settings[engine] = databases.about_postgresql(empty())
                    print(f"{engine}: {settings[engine]}", flush=True)
                for line in _on(engine, empty, size):
                    print(line, flush=True)
                    lines.append(line)
        except NoDatabase as error:
            print(f"{engine}: not measured. {error}", flush=True)
            missing = True
    for whole in (_over_http, _visible):
        lines.append(whole(size))
        print(lines[-1], flush=True)
    print(f"\n{sum(line.reached for line in lines)} of {len(lines)} reached", flush=True)
    if asked.json:
        asked.json.write_text(_as_json(settings, lines), "utf-8")
    if asked.svg:
        bars = [(line.work, line.ratio / line.least, f"{line.ratio:.2f} × {line.beside}") for line in lines]
        asked.svg.write_text(picture.of_bars(bars), "utf-8")
    return 1 if missing else 0


def _on(engine: str, empty: Empty, size: Size) -> Iterator[Line]:
    """What depends on the database."""
    peers = [("pyeventsourcing", beside.pyeventsourcing)]
    if engine == "postgresql":
        peers.append(("eventsource-py", beside.eventsource_py))
    reached = [
        (apart(run, empty(), clients, size.seconds), name, clients)
        for name, run in peers
        for clients in size.peer_clients
    ]
    for clients, least in LEAST[engine].items():
        fair = [found for found in reached if found[2] == 1] if clients == 1 else reached
        other, name, best = max(fair)
        ours = apart(append.measured, empty(), clients, size.seconds)
        work = f"command, {engine}, clients: {clients}"
        yield Line(work, ours, other, f"{name}, at its best with {best}", least)
    yield Line(
        f"replay of {size.replayed:,} events, {engine}",
        apart(append.replayed, empty(), size.replayed),
        apart(beside.pyeventsourcing_replayed, empty(), size.replayed),
        "pyeventsourcing: read and decode",
        2.0,
    )
    view, alone = apart(scores.rebuilt, empty(), empty(), empty(), size.in_view)
    work = f"view of scores from {size.in_view:,} events, {engine}"
    yield Line(work, view, alone, "reading and decoding alone", 1 / 3)
    if engine == "postgresql":  # SQLite has one writer
        two, one = (
            scores.shared_out((empty(), empty()), empty(), size.replayed, workers) for workers in (2, 1)
        )
        work = f"view of scores by 2 workers, {engine}"
        yield Line(work, two, one, f"1 worker; {os.cpu_count()} cores, the database on them too", 1.8)
    large, small = (
        apart(append.measured, empty(), 1, size.seconds, filled)
        for filled in (size.large_ledger, SMALL_LEDGER)
    )
    work = f"command on a ledger of {size.large_ledger:,} events, {engine}"
    yield Line(work, large, small, f"a ledger of {SMALL_LEDGER:,}", 1 / 1.2)


def _over_http(size: Size) -> Line:
    _, (bare, command) = apart(http.measured, HTTP_CLIENTS, size.seconds, 2)  # the first to warm up
    work = f"command over HTTP, sqlite, clients: {HTTP_CLIENTS}"
    return Line(work, command.answers_per_second, bare.answers_per_second, "a bare FastAPI POST", 1 / 4)


def _visible(size: Size) -> Line:
    """The slowest but one in a hundred; as a rate, as in every line."""
    seen = apart(visible.measured, COMMANDS_PER_SECOND, size.seconds * 5)
    said = (
        f"{VISIBLE_MS} ms; p50 {seen.p50_ms:.1f}, p99 {seen.p99_ms:.1f} ms at "
        f"{seen.commands_per_second:.0f}/s; a NATS round trip and a commit take {seen.least_ms:.1f} ms"
    )
    work = f"score visible, p99, {COMMANDS_PER_SECOND} commands/s, sqlite"
    return Line(work, 1000 / seen.p99_ms, 1000 / VISIBLE_MS, said, 1.0)


def _settings(size: Size) -> dict[str, str]:
    synchronous = sqlite3.connect(":memory:").execute("PRAGMA synchronous").fetchone()[0]
    return {
        "machine": f"{os.cpu_count()} cores, {platform.system()} {platform.release()} {platform.machine()}",
        "versions": ", ".join(
            (
                f"Python {platform.python_version()}",
                f"SQLite {sqlite3.sqlite_version}",
                *(f"{name} {version(name)}" for name in PACKAGES),
            )
        ),
        "event": f"a number and a text of {len(append.TEXT)} characters, {append.STREAM_LENGTH} to a stream",
        "measured": f"{size.seconds} s for each number of clients, after a tenth of it to warm up",
        "ours": "SQLite WAL with synchronous=FULL; PostgreSQL as the server is set; uvloop; one process",
        "pyeventsourcing": "threads, SQLite WAL with the library's default "
        f"synchronous={synchronous}, PostgreSQL with {beside.CONNECTIONS} connections",
        "eventsource-py": f"uvloop, PostgreSQL with {beside.CONNECTIONS} connections, no tracing",
        "peers": f"the best of {', '.join(map(str, size.peer_clients))} clients; at 1 beside our 1",
    }


def _as_json(settings: dict[str, str], lines: Sequence[Line]) -> str:
    told = [asdict(line) | {"ratio": line.ratio, "reached": line.reached} for line in lines]
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"at": at, "settings": settings, "lines": told}, ensure_ascii=False, indent=1) + "\n"
