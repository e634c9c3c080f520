"""The tables of the ledgers, and what makes them append-only by the database's own means."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)

from shared.columns import Uuid

metadata = MetaData()

heads = Table(
    "ledger_heads",
    metadata,
    Column("ledger", Text, primary_key=True),
    Column("position", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),  # microseconds since 1970 UTC
    Column("leaf", LargeBinary, nullable=False),  # hash of the last leaf; empty at position 0
    Column("frontier", LargeBinary, nullable=False),
)

events = Table(
    "events",
    metadata,
    Column("ledger", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("stream", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("name", Text, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("command_id", sqlalchemy.Uuid),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("stream", "version", name="events_stream_version"),
)
Index(
    "events_command_id",
    events.c.command_id,
    unique=True,
    sqlite_where=events.c.command_id.is_not(None),
    postgresql_where=events.c.command_id.is_not(None),
)

tiles = Table(
    "tiles",
    metadata,
    Column("ledger", Text, primary_key=True),
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),  # 256 of 32 bytes
    Column("root", LargeBinary, nullable=False),
)

APPEND_ONLY = ("events", "tiles")

# REPLACE deletes the old row without firing a delete trigger, so an existing key is refused before.
_SQLITE = """
CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;
CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;
CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {same_key})
BEGIN SELECT RAISE(ABORT, 'UNIQUE constraint failed: {table} is append-only'); END
"""
_SAME_KEY = {
    "events": "(ledger = NEW.ledger AND position = NEW.position)"
    " OR (stream = NEW.stream AND version = NEW.version)"
    " OR (NEW.command_id IS NOT NULL AND command_id = NEW.command_id)",
    "tiles": "ledger = NEW.ledger AND level = NEW.level AND number = NEW.number",
}
_REFUSE_CHANGE = " BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END "
_POSTGRESQL_FUNCTION = f"""
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
$${_REFUSE_CHANGE}$$
"""
_POSTGRESQL = """
CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
"""


def create(connection: Connection) -> None:
    """Make the tables of a new database, with the triggers that refuse every change."""
    metadata.create_all(connection)
    sqlite = connection.dialect.name == "sqlite"
    if not sqlite:
        connection.exec_driver_sql(_POSTGRESQL_FUNCTION)
    for statement in _triggers(_SQLITE if sqlite else _POSTGRESQL):
        connection.exec_driver_sql(statement)


def _triggers(script: str) -> Iterator[str]:
    """One statement a trigger."""
    for table in APPEND_ONLY:
        for statement in script.format(table=table, same_key=_SAME_KEY[table]).split(";\nCREATE"):
            text = statement.strip()
            yield text if text.startswith("CREATE") else f"CREATE {text}"


_ALL_THAT_FIRE = """
SELECT t.tgname, c.relname, t.tgtype, p.prosrc FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
WHERE t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL AND pg_table_is_visible(c.oid)
"""
_BEFORE_CHANGE_OF_A_ROW, _BEFORE_TRUNCATE = 1 + 2 + 8 + 16, 2 + 32  # bits of tgtype


def triggers_lost(connection: Connection) -> list[str]:
    """The triggers of `create` that are not there as it makes them, or do not fire any more."""
    if connection.dialect.name == "sqlite":
        made = set(
            connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE type = 'trigger'").scalars()
        )
        return [one.split()[2] for one in _triggers(_SQLITE) if one not in made]
    fires = {tuple(row) for row in connection.exec_driver_sql(_ALL_THAT_FIRE)}
    wanted = {"change": _BEFORE_CHANGE_OF_A_ROW, "truncate": _BEFORE_TRUNCATE}
    return [
        f"{table}_no_{what}"
        for table in APPEND_ONLY
        for what, kind in wanted.items()
        if (f"{table}_no_{what}", table, kind, _REFUSE_CHANGE) not in fires
    ]
