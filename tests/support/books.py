"""Ledgers that a test fills by hand, with the small events that its views count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from msgspec import Raw
from sqlalchemy import Column, Integer, MetaData, Table, Text, select
from sqlalchemy.ext.asyncio import AsyncEngine

from shared import ledger_tables
from shared.codec import Schema, canonical, seal
from shared.engines import begin
from shared.envelope import Envelope, Recorded, moment, written
from shared.ledger import Block, Entry, Ledgers
from shared.merkle import leaf_hash
from shared.projections import View
from shared.reading import Runner
from shared.rows import Rows

Committed = Callable[[Sequence[Recorded], bytes, Sequence[bytes]], None]


@dataclass(frozen=True, slots=True)
class Added:
    amount: int


@dataclass(frozen=True, slots=True)
class Renamed:
    name: str


@dataclass(frozen=True, slots=True)
class Poisoned:
    """What the views of these tests cannot apply."""


NEVER = 3600.0  # a source that hardly looks: what is not told is not seen
STARTS_AT = 1_767_225_600_000_000  # 2026-01-01
KNOWN = Schema([Added, Renamed, Poisoned])


class Book:
    """One service's ledgers, appended to without any rule."""

    def __init__(self, engine: AsyncEngine, service: str = "projects") -> None:
        self.ledgers = Ledgers(engine, service, KNOWN)
        self.listeners: list[Committed] = []
        self._versions: dict[UUID, int] = {}

    async def create(self) -> Book:
        async with begin(self.ledgers.engine) as connection:
            await connection.run_sync(ledger_tables.create)
        return self

    async def append(
        self,
        ledger: str,
        *events: tuple[str, object],
        after: dict[str, int] | None = None,
        schema: int = 1,
        name: str | None = None,
        at: int | None = None,
        correlation: str = "",
    ) -> int:
        """Append (project, event) pairs in one block; returns the ledger's new position."""
        head = await self.ledgers.open(ledger)
        recorded_at = max(at or STARTS_AT + head.position * 1000, head.recorded_at)
        entries, lines = [], []
        for project, event in events:
            stream = stream_of(project)
            version = self._versions[stream] = self._versions.get(stream, 0) + 1
            envelope = Envelope(
                aggregate="test",
                name=name or type(event).__name__,
                schema=schema,
                data=Raw(canonical(event)),
                recorded_at=written(moment(recorded_at)),
                happened_at=written(moment(recorded_at)),
                after=after or {},
                correlation=correlation,
                causation="",
            )
            body = seal(envelope)
            entries.append(Entry(stream, version, envelope.name, None, body))
            position = head.position + len(entries)
            lines.append(
                Recorded(self.ledgers.service, ledger, position, stream, version, body, envelope, event)
            )
        block = Block.on(head, recorded_at, entries)
        await self.ledgers.append([block], {ledger: await self.ledgers.open_leaves(head)})
        leaves = [leaf_hash(line.stream, line.version, line.body) for line in lines]
        for listener in self.listeners:
            listener(lines, head.leaf, leaves)
        return block.after.position


def stream_of(project: str) -> UUID:
    return uuid5(UUID(int=0), project)


def totals(version: int = 1, *, shared_row: bool = False, forgives: bool = False, **more: object) -> View:
    """A view of sums: one row for each project, and perhaps one for all; `seen` shows order and repeats."""
    metadata = MetaData()
    Table(
        "sums",
        metadata,
        Column("project", Text, primary_key=True),
        Column("total", Integer, nullable=False),
        Column("events", Integer, nullable=False),
        Column("digest", Integer, nullable=False),  # depends on the order of a project's events
        Column("name", Text, index=True),
    )
    Table(
        "history",
        metadata,
        Column("event", Text, primary_key=True),
        Column("project", Text, nullable=False),
    )

    def keys(recorded: Recorded) -> list[tuple[str, str]]:
        return [("sums", str(recorded.stream))] + ([("sums", "all")] if shared_row else [])

    def apply(rows: Rows, recorded: Recorded) -> None:
        project = str(recorded.stream)
        rows.add("history", {"event": recorded.id, "project": project})
        for key in [project, "all"] if shared_row else [project]:
            row = rows.get("sums", key) or {"project": key, "total": 0, "events": 0, "digest": 0}
            row["events"] += 1
            if key == project:
                row["digest"] = (row["digest"] * 31 + recorded.position) % 1_000_003
            match recorded.event:
                case Added(amount):
                    row["total"] += amount
                case Renamed(name):
                    row["name"] = name
            rows.put("sums", row)
        if isinstance(recorded.event, Poisoned) and not forgives:
            raise ValueError("this event cannot be applied")

    arguments: dict[str, object] = {"schema": KNOWN, "services": ("projects",)} | more
    return View("totals", version, metadata, keys=keys, apply=apply, **arguments)  # type: ignore[arg-type]  # of the test


async def sums(engine: AsyncEngine, view: View) -> dict[str, tuple[object, ...]]:
    """What the view says: project → (total, events, digest, name)."""
    async with engine.connect() as connection:
        table = view.table("sums")
        rows = (await connection.execute(select(table))).all()
    return {row.project: tuple(row)[1:] for row in rows}


async def folded(book: Book, view: View) -> dict[str, tuple[object, ...]]:
    """What a fresh fold of all ledgers says, in plain Python (for views without a shared row)."""
    result: dict[str, list[object]] = {}
    for ledger in await book.ledgers.heads():
        for recorded in await book.ledgers.read_ledger(ledger, 0, limit=1_000_000):
            row = result.setdefault(str(recorded.stream), [0, 0, 0, None])
            row[1] += 1  # type: ignore[operator]
            row[2] = (row[2] * 31 + recorded.position) % 1_000_003  # type: ignore[operator]
            match recorded.event:
                case Added(amount):
                    row[0] += amount  # type: ignore[operator]
                case Renamed(name):
                    row[3] = name
    return {project: tuple(row) for project, row in result.items()}


async def reached(runner: Runner, book: Book) -> None:
    """Waits until the view has come to every head."""
    for name, head in (await book.ledgers.heads()).items():
        assert await runner.wait_for("projects", name, head.position, 30), (name, head.position)
