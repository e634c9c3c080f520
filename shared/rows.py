"""The rows of a view while a batch of events is applied in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import itemgetter
from typing import Any, TypeVar

from sqlalchemy import Table, bindparam, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from shared import engines

Row = dict[str, Any]
KEYS_IN_ONE_QUERY = 5_000  # both engines allow about 32,000 parameters
T = TypeVar("T")


def in_parts(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    """As many at once as one query may name."""
    for start in range(0, len(keys), KEYS_IN_ONE_QUERY):
        yield keys[start : start + KEYS_IN_ONE_QUERY]


class NotPrefetched(Exception):
    """`apply` touched a row that `keys` had not named; a fault of the view, seen in its first test."""


class Rows:
    """The rows of one batch: loaded by one query per table, changed in memory, written by one statement.

    A key is the primary key's value, or a tuple of them in the table's order. What one event
    changes is kept apart until `keep`, so an event that fails leaves nothing behind. Values
    inside a row (lists, objects of JSON columns) are replaced, never changed in place.
    """

    def __init__(self, tables: dict[str, Table]) -> None:
        self._tables = {name: _Rows(table) for name, table in tables.items()}
        self._touched: set[_Rows] = set()  # by the event that is applied now

    def get(self, table: str, key: Any) -> Row | None:
        """A copy of the row, or None."""
        row = self._tables[table].get(key)
        return None if row is None else row.copy()

    def put(self, table: str, row: Row) -> None:
        """Write a whole row, over the one with the same key; columns that it leaves out become NULL."""
        of_table = self._tables[table]
        of_table.put(row)
        self._touched.add(of_table)

    def own(self, table: str, key: Any) -> None:
        """Let a row be written unread: nobody else writes it while the row that it belongs to is locked."""
        of_table = self._tables[table]
        of_table.rows.setdefault(key, None)
        of_table.stored.add(key)

    def delete(self, table: str, key: Any) -> None:
        """Remove the row; nothing happens when there is none."""
        of_table = self._tables[table]
        of_table.replace(key, None)
        self._touched.add(of_table)

    def add(self, table: str, row: Row) -> None:
        """Insert a row that is never read back here (history); it needs no entry in `keys`."""
        of_table = self._tables[table]
        of_table.added.append(of_table.whole(row))
        self._touched.add(of_table)

    def changes(self, table: str) -> list[tuple[Row | None, Row | None]]:
        """Each row that was kept, as it was loaded and as it is now; None where there was or is none."""
        of_table = self._tables[table]
        return [(before, of_table.rows[key]) for key, before in of_table.loaded.items()]

    async def fetch(self, connection: AsyncConnection, keys: Iterable[tuple[str, Any]]) -> None:
        """Load what a batch will touch."""
        wanted: dict[str, set[Any]] = {}
        for table, key in keys:
            wanted.setdefault(table, set()).add(key)
        for table in sorted(wanted):
            await self._tables[table].fetch(connection, wanted[table])

    def keep(self) -> None:
        """The event is applied."""
        for table in self._touched:
            for key, row in table.changed.items():
                table.loaded.setdefault(key, table.rows[key])
                table.rows[key] = row
            table.changed.clear()
            table.kept = len(table.added)
        self._touched.clear()

    def discard(self) -> None:
        """The event has failed: forget what it changed."""
        for table in self._touched:
            table.changed.clear()
            del table.added[table.kept :]
        self._touched.clear()

    async def write(self, connection: AsyncConnection) -> None:
        """Write all that was kept."""
        for table in self._tables.values():
            await table.write(connection)


class _Rows:
    """The rows of one table."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.columns = dict.fromkeys(table.columns.keys())
        self.key_names = [column.name for column in table.primary_key]
        self.key_of: Callable[[Row], Any] = itemgetter(*self.key_names)  # a value, or a tuple of several
        self.rows: dict[Any, Row | None] = {}
        self.changed: dict[Any, Row | None] = {}
        self.stored: set[Any] = set()  # keys of rows that the database has
        self.loaded: dict[Any, Row | None] = {}  # of each row that was kept, how it was before
        self.added: list[Row] = []
        self.kept = 0

    def get(self, key: Any) -> Row | None:
        if key in self.changed:
            return self.changed[key]
        try:
            return self.rows[key]
        except KeyError:
            raise NotPrefetched(f"{self.table.name}: {key!r}") from None

    def replace(self, key: Any, row: Row | None) -> None:
        if key not in self.rows:
            raise NotPrefetched(f"{self.table.name}: {key!r}")
        self.changed[key] = row

    def put(self, row: Row) -> None:
        self.replace(self.key_of(row), self.whole(row))

    def whole(self, row: Row) -> Row:
        whole = self.columns | row
        if len(whole) != len(self.columns):
            raise KeyError(f"{self.table.name} has no column {sorted(row.keys() - self.columns.keys())}")
        return whole

    async def fetch(self, connection: AsyncConnection, keys: set[Any]) -> None:
        columns = list(self.table.primary_key.columns)
        key = columns[0] if len(columns) == 1 else tuple_(*columns)
        missing: list[Any] = sorted(keys - self.rows.keys(), key=str)
        self.rows.update(dict.fromkeys(missing))
        for part in in_parts(missing):
            query = select(self.table).where(key.in_(part))
            # Another process may change the same row for another ledger: it is locked, in one order.
            query = query.order_by(*columns).with_for_update()
            for found in (await connection.execute(query)).all():
                row = dict(zip(self.columns, found, strict=True))
                self.rows[self.key_of(row)] = row
                self.stored.add(self.key_of(row))

    async def write(self, connection: AsyncConnection) -> None:
        dirty = sorted(self.loaded, key=str)
        gone = [key for key in dirty if self.rows[key] is None and key in self.stored]
        if gone:
            columns = list(self.table.primary_key.columns)
            statement = delete(self.table).where(*(c == bindparam(f"key_{c.name}") for c in columns))
            names = [f"key_{name}" for name in self.key_names]
            values = [key if isinstance(key, tuple) else (key,) for key in gone]
            await connection.execute(statement, [dict(zip(names, v, strict=True)) for v in values])
        if puts := [row for key in dirty if key in self.stored and (row := self.rows[key]) is not None]:
            await connection.execute(engines.upsert(self.table, connection), puts)
        # A row that nobody had could not be locked. Where another process was first, the key
        # refuses this one, and the batch is taken again: an upsert would undo the other's work.
        if new := [row for key in dirty if key not in self.stored and (row := self.rows[key]) is not None]:
            await connection.execute(self.table.insert(), new)
        if self.added:
            await connection.execute(self.table.insert(), self.added)
