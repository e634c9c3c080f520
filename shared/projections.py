"""What a view is, and what a reaction is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import structlog
from sqlalchemy import MetaData, Table, quoted_name
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.codec import Schema
from shared.envelope import Recorded
from shared.held import Held
from shared.ledger import RESTRICTED
from shared.logs import about
from shared.passing import is_passing
from shared.rows import Rows
from shared.uncollected import uncollected

log = structlog.get_logger()

AT_ONCE = 1000  # events that are applied before others of the process have their turn


class Consumer(Protocol):
    """What the runner moves forward: a View or a Reaction."""

    @property
    def name(self) -> str:
        """Stable name, lower case with underscores."""

    @property
    def version(self) -> int:
        """Counts up whenever it must begin anew."""

    @property
    def schema(self) -> Schema:
        """Its own reading of the events that it knows."""

    @property
    def services(self) -> Sequence[str]:
        """Whose ledgers it reads."""

    @property
    def ignores(self) -> frozenset[str]:
        """Names of events that it knows and has no use for; all others that it cannot read are counted."""

    @property
    def batch(self) -> int:
        """Events in one transaction at most."""

    @property
    def from_now(self) -> bool:
        """Whether it begins at the heads of its first start instead of at the beginning."""

    @property
    def behind(self) -> View | None:
        """The view that it reads, in the same database: it goes no further than that has come."""

    def reads(self, service: str, ledger: str) -> bool:
        """Whether it follows this ledger."""

    def held_with(self, recorded: Recorded) -> UUID | str:
        """The project that waits when this event cannot be applied."""

    async def create(self, connection: AsyncConnection) -> None:
        """Make its tables where they are missing."""

    async def take(self, connection: AsyncConnection, events: Sequence[Recorded], held: Held) -> None:
        """Apply events in order; what fails is parked."""


def stream_of(recorded: Recorded) -> UUID | str:
    """A project is its own stream."""
    return recorded.stream


def not_restricted(_service: str, ledger: str) -> bool:
    """Every ledger but that of who looked at what, and discipline's own."""
    return ledger not in RESTRICTED


def nothing_derived(_rows: Rows) -> None:
    """All that a view writes is written event by event."""


@dataclass(frozen=True)
class View:
    """A projection into tables of its own; a new version is built beside the live one.

    `metadata` holds its tables under plain names; in the database they are `<view>_v<version>_<table>`.
    `keys` names the rows that `apply` may touch: (table, primary key). `apply` is synchronous and
    works in memory alone. `derive` follows once a batch: it fills what the changed rows say by
    themselves, whichever events changed them. `holds` gives the project that waits when an event
    cannot be applied.
    """

    name: str
    version: int
    metadata: MetaData
    schema: Schema
    services: Sequence[str]
    keys: Callable[[Recorded], Iterable[tuple[str, Any]]]
    apply: Callable[[Rows, Recorded], None]
    derive: Callable[[Rows], None] = nothing_derived
    holds: Callable[[Recorded], UUID | str] = stream_of
    reads: Callable[[str, str], bool] = not_restricted
    ignores: frozenset[str] = frozenset()
    batch: int = 4000  # events: so many that the database does not take us for dead while they are applied
    from_now: bool = False
    behind: View | None = None
    tables: dict[str, Table] = field(init=False)

    def __post_init__(self) -> None:
        own = MetaData()
        tables = {table.name: self._copied(table, own) for table in self.metadata.sorted_tables}
        object.__setattr__(self, "tables", tables)

    def table(self, name: str) -> Table:
        """The table as it stands in the database, for those who read it."""
        return self.tables[name]

    def held_with(self, recorded: Recorded) -> UUID | str:
        """The project that waits when this event cannot be applied."""
        return self.holds(recorded)

    async def create(self, connection: AsyncConnection) -> None:
        """Make its tables where they are missing."""
        for own in {table.metadata for table in self.tables.values()}:
            await connection.run_sync(own.create_all)

    async def take(self, connection: AsyncConnection, events: Sequence[Recorded], held: Held) -> None:
        """Apply events in order, in memory; what fails is parked and leaves nothing behind."""
        rows = Rows(self.tables)
        await rows.fetch(connection, (key for recorded in events for key in self._keys(recorded)))
        for start in range(0, len(events), AT_ONCE):
            with uncollected():
                self._apply_all(rows, events[start : start + AT_ONCE], held)
            await asyncio.sleep(0)  # others of this process have their turn
        self.derive(rows)
        rows.keep()
        await rows.write(connection)

    def _apply_all(self, rows: Rows, events: Sequence[Recorded], held: Held) -> None:
        for recorded in events:
            if held.waits(recorded):
                continue
            try:
                self.apply(rows, recorded)
            except Exception as error:  # noqa: BLE001 - whatever a view raises, its project alone waits
                rows.discard()
                held.park(recorded, error)
            else:
                rows.keep()

    def _keys(self, recorded: Recorded) -> Iterable[tuple[str, Any]]:
        try:
            return list(self.keys(recorded))
        except Exception:  # noqa: BLE001 - then `apply` finds its rows missing, and parks this event alone
            return ()

    def _copied(self, table: Table, own: MetaData) -> Table:
        prefix = f"{self.name}_v{self.version}"
        copy = table.to_metadata(own, name=f"{prefix}_{table.name}")
        for index in copy.indexes:  # names of indexes are shared by all tables of a database
            if index.name and not index.name.startswith(f"ix_{prefix}"):
                index.name = quoted_name(f"{prefix}_{index.name}", quote=None)
        return copy


Around = Callable[[AsyncConnection, Sequence[Recorded]], AbstractAsyncContextManager[None]]


@asynccontextmanager
async def _nothing_around(_connection: AsyncConnection, _events: Sequence[Recorded]) -> AsyncIterator[None]:
    yield


@dataclass(frozen=True)
class Reaction:
    """What follows an event elsewhere: `react` runs in the transaction that moves the checkpoint.

    What it writes through the connection happens exactly once. A command that it submits happens
    at least once: give it an id derived from the event (uuid5). On SQLite the checkpoint must then
    lie in another file than the ledger, or the command waits for its own reaction. An error
    parks the event's project; a database that is away is tried again. `from_now`: leave out what
    was recorded before its first start. What reads a view names it as `behind`. What events need in
    common, and leave behind in common, is read and written `around` them; they are then answered in one go,
    and one by one where one of them fails.
    """

    name: str
    version: int
    schema: Schema
    services: Sequence[str]
    react: Callable[[AsyncConnection, Recorded], Awaitable[None]]
    holds: Callable[[Recorded], UUID | str] = stream_of
    reads: Callable[[str, str], bool] = not_restricted
    ignores: frozenset[str] = frozenset()
    batch: int = 50
    from_now: bool = False
    behind: View | None = None
    around: Around | None = None

    def held_with(self, recorded: Recorded) -> UUID | str:
        """The project that waits when this event cannot be answered."""
        return self.holds(recorded)

    async def create(self, connection: AsyncConnection) -> None:
        """A reaction has no tables of its own."""

    async def take(self, connection: AsyncConnection, events: Sequence[Recorded], held: Held) -> None:
        """React to events in order; what fails is undone and parked."""
        if self.around is not None:
            ready = [recorded for recorded in events if not held.waits(recorded)]
            if not ready or await self._answers(connection, ready) is None:
                return
        for recorded in events:
            if held.waits(recorded):
                continue
            if error := await self._answers(connection, [recorded]):
                held.park(recorded, error)

    async def _answers(self, connection: AsyncConnection, events: Sequence[Recorded]) -> Exception | None:
        """React to all of them, or to none: then why."""
        around = self.around or _nothing_around
        try:
            async with connection.begin_nested(), around(connection, events):
                for recorded in events:
                    with about(recorded.envelope.correlation, recorded.id):
                        await self._reacts(connection, recorded)
        except Exception as error:
            if is_passing(error):
                raise
            return error
        return None

    async def _reacts(self, connection: AsyncConnection, recorded: Recorded) -> None:
        try:
            await self.react(connection, recorded)
        except Exception as error:
            if is_passing(error):
                log.info("reaction.put_off", reaction=self.name, error=repr(error))
            raise
