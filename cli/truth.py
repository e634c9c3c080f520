"""What of an installation is truth, where it lies, and reading it as it stood at one moment."""

from __future__ import annotations

import argparse
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Row, Select, Table, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.evaluation import tables as of_evaluation
from services.notifications import tables as of_notifications
from services.projects import tables as of_projects
from shared import checkpoints, ledger_tables
from shared.engines import create_engine, is_sqlite
from shared.settings import Settings, load
from shared.starting import reason_of

ROOT = Path(__file__).parent.parent
TABLES: dict[str, list[Table]] = {  # who depends on others comes first: see cli/backup.py
    "notifications": [*of_notifications.metadata.sorted_tables, *checkpoints.metadata.sorted_tables],
    "evaluation": [*ledger_tables.metadata.sorted_tables, *of_evaluation.metadata.sorted_tables],
    "projects": [*ledger_tables.metadata.sorted_tables, *of_projects.metadata.sorted_tables],
}
ROWS_AT_ONCE = 1000


class CannotBeDone(Exception):
    """Why there is no backup, or nothing restored; the text is the one sentence.

    `code` and `facts` name it for a command that speaks both languages; "" where none does.
    """

    def __init__(self, sentence: str, code: str = "", **facts: object) -> None:
        super().__init__(sentence)
        self.code = code
        self.facts = facts


def why(error: Exception) -> str:
    """What an error says, for the end of a sentence."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror + (f": {error.filename}" if error.filename else "")
    return reason_of(error)


def add_place(parser: argparse.ArgumentParser) -> None:
    """The option that says which installation is meant."""
    default = os.environ.get("DENGGAO_DATA_DIR") or ROOT / "data"
    parser.add_argument("--data", type=Path, default=default, metavar="DIR", help="default: data/")


def settings_of(services: Sequence[str], data: Path) -> dict[str, Settings]:
    """Where each service keeps its truth: files below `data`, or what DENGGAO_SECRETS_DIR says."""
    for name in ("DENGGAO_DATABASE_URL", "DENGGAO_VIEWS_URL"):
        if name in os.environ:
            raise CannotBeDone(
                f"{name} is for services that are run one by one. Unset it, and put the addresses into files "
                "as DENGGAO_SECRETS_DIR/projects/denggao_database_url.",
                "environment",
                name=name,
            )
    return {service: load(service, data_dir=data.absolute()) for service in services}


def file_of(url: str) -> Path | None:
    """The file of a SQLite database; None on PostgreSQL."""
    database = make_url(url).database
    return Path(database) if url.startswith("sqlite") and database else None


@asynccontextmanager
async def engine_of(url: str) -> AsyncIterator[AsyncEngine]:
    """A database, for as long as the block lasts."""
    engine = create_engine(url, durable=True)
    try:
        yield engine
    finally:
        await engine.dispose()


@asynccontextmanager
async def as_of_now(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One snapshot, that of the first query: nobody waits for it, and nothing appended later is seen."""
    async with engine.connect() as connection:
        if not is_sqlite(engine):
            await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            await wait_patiently(connection)
        yield connection


async def wait_patiently(connection: AsyncConnection) -> None:
    """A copy is the one transaction that may be long: whoever takes it in may be slow."""
    if not is_sqlite(connection):
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))


async def rows_of(connection: AsyncConnection, table: Table) -> AsyncIterator[Row[Any]]:
    """Every row that a backup holds, in the order of the key."""
    options = {"yield_per": ROWS_AT_ONCE}
    async for row in await connection.stream(_kept(table), execution_options=options):
        yield row


def _kept(table: Table) -> Select[Any]:
    """Uploads that nobody has attached yet are no truth: they go by themselves after some days."""
    query = select(table).order_by(*table.primary_key)
    files = of_projects.files.c
    if table is of_projects.files:
        return query.where(files.attached)
    if table is of_projects.uploads:
        return query.where(of_projects.uploads.c.sha256.in_(select(files.sha256).where(files.attached)))
    return query


def small_files(directory: Path) -> Iterator[Path]:
    """What a service keeps beside its databases: its keys, and whatever else is of its own."""
    if directory.is_dir():
        for path in sorted(directory.iterdir()):
            if path.is_file() and not path.name.startswith(".") and ".db" not in path.name:
                yield path
