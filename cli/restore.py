"""`./denggao restore`: put a backup into an empty place, and prove it before it counts."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from cli.archive import Archive, Rows
from cli.backup import summary
from cli.data_directory import NotUsable, held
from cli.truth import (
    ROWS_AT_ONCE,
    TABLES,
    CannotBeDone,
    add_place,
    engine_of,
    file_of,
    rows_of,
    settings_of,
    small_files,
    wait_patiently,
    why,
)
from services.projects.files import FOLDER, path_in
from shared.engines import begin, is_sqlite
from shared.migrations import NotMigrated, migrate, revisions
from shared.recount import Counted, NotWhole, Recount
from shared.settings import Settings
from shared.signed_state import SignedState, size_of
from shared.starting import make_directory

HELP = """Put a backup into an empty place, while its services are stopped. Everything is checked before it
counts: the parts of the file, then every ledger as it stands in the new databases; where anything is wrong,
nothing is left. A backup of SQLite goes into PostgreSQL as well, and the other way round. Views are made anew
at the next start."""


def main(arguments: list[str]) -> int:
    """0 when all is there and proved; what stands in the way is one sentence and exit 1."""
    parser = argparse.ArgumentParser(prog="./denggao restore", description=HELP)
    parser.add_argument("file", type=Path, metavar="FILE", help="a file of ./denggao backup; - for stdin")
    parser.add_argument(
        "--only",
        action="append",
        choices=TABLES,
        metavar="SERVICE",
        help="this service alone, for one whose database is lost; may be repeated",
    )
    add_place(parser)
    asked = parser.parse_args(arguments)
    try:
        settings = settings_of(asked.only or tuple(TABLES), asked.data)
        with _opened(asked.file, asked.data) as file, _alone(settings, asked.data):
            archive = Archive(file, "the backup" if str(asked.file) == "-" else str(asked.file))
            print(asyncio.run(_restore(archive, settings)))
    except (CannotBeDone, NotUsable) as error:
        print(f"denggao: {error}", file=sys.stderr)
        return 1
    except (SQLAlchemyError, OSError, NotMigrated, NotWhole) as error:
        print(f"denggao: Nothing was restored: {why(error)}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def _opened(file: Path, data: Path) -> Iterator[BinaryIO]:
    """The file; what comes through a pipe is first kept beside the data, since it is read more than once."""
    if str(file) != "-":
        with file.open("rb") as opened:
            yield opened
        return
    if sys.stdin.isatty():
        raise CannotBeDone("No backup comes through a terminal: give it, as in < backup.zip")
    with tempfile.TemporaryFile(dir=data if data.is_dir() else None) as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy)
        yield copy


@contextmanager
def _alone(settings: dict[str, Settings], data: Path) -> Iterator[None]:
    """Where all is in files: nobody else uses the directory, and what a failure leaves goes again."""
    with ExitStack() as stack:
        if all(file_of(of_service.database_url) for of_service in settings.values()):
            stack.enter_context(held(data))
        new = [s.directory for s in settings.values() if not s.directory.exists()]
        try:
            yield
        except BaseException:
            for directory in new:
                shutil.rmtree(directory, ignore_errors=True)
            raise


async def _restore(archive: Archive, settings: dict[str, Settings]) -> str:
    """All services in transactions that are committed together at the end; what there is to say."""
    began, manifest, recount = time.monotonic(), archive.manifest, Recount()
    archive.check()
    files = _files(archive, settings)
    async with AsyncExitStack() as stack:
        for service, of_service in settings.items():
            make_directory(of_service.database_url)
            engine = await stack.enter_async_context(engine_of(of_service.database_url))
            await _make_schema(engine, service, manifest.schemas[service])
            connection = await stack.enter_async_context(begin(engine))
            await _load(connection, archive, [r for r in manifest.tables if r.service == service], recount)
        ledgers = recount.finish()
        _refuse_others(archive, ledgers, settings)
        for name, path in files.items():
            _place(archive.read(name), path)
    for of_service in settings.values():
        await _forget_views(of_service)
    evidence = len([name for name in files if name.startswith(f"projects/{FOLDER}/")])
    amount = f"{summary(ledgers, evidence)}, all checked, in {time.monotonic() - began:.1f} s"
    lines = [
        f"Restored {archive.name} of {manifest.made_at}: {amount}. Its mark: {archive.fingerprint}",
        *(f"Missing since before the backup: evidence file {sha}" for sha in manifest.missing),
        "Start the system; its views are made anew.",
        *_unsigned(ledgers, settings),
    ]
    return "\n".join(lines)


def _unsigned(ledgers: Sequence[Counted], settings: dict[str, Settings]) -> Iterator[str]:
    """What an operator has to do before ledgers are signed again: what was signed is in no backup."""
    held = []
    for service, of_service in settings.items():
        ends = {one.ledger: one.position for one in ledgers if one.service == service and one.position}
        notes = SignedState(of_service.signed / service).signed()
        signed = {} if notes is None else {ledger: size_of(note) for ledger, note in notes.items()}
        if (ends and notes is None) or any(ends.get(ledger, 0) < size for ledger, size in signed.items()):
            held.append(service)
    if held:
        yield (
            f"Ledgers of {' and '.join(sorted(held))} will not be signed until you say so: more may have "
            "been signed than this backup holds. If it must stand, tell the auditors, then do what stands "
            'under "A ledger is not signed" in docs/operating.md (POST /sign-anew).'
        )


def _refuse_others(archive: Archive, ledgers: Sequence[Counted], settings: dict[str, Settings]) -> None:
    expected = [ledger for ledger in archive.manifest.ledgers if ledger.service in settings]
    if sorted(ledgers, key=repr) != sorted(expected, key=repr):
        raise NotWhole(f"the ledgers in {archive.name} are not those of its manifest")


def _files(archive: Archive, settings: dict[str, Settings]) -> dict[str, Path]:
    """Parts that become files, and where; none replaces another."""
    found: dict[str, Path] = {}
    for service, of_service in settings.items():
        kept = {path.name: path for path in small_files(of_service.directory)}
        for name, inner in archive.below(f"{service}/kept"):
            if inner in kept and kept[inner].read_bytes() != b"".join(archive.read(name)):
                raise CannotBeDone(
                    f"{kept[inner]} is there already and is another one. Restore into an empty place."
                )
            found[name] = of_service.directory / inner
        for name, inner in archive.below(f"{service}/{FOLDER}"):
            if archive.manifest.parts[name].sha256 != inner:
                raise NotWhole(f"evidence file {inner} is not what its name says")
            found[name] = path_in(of_service.directory / FOLDER, inner)
    return found


async def _make_schema(engine: AsyncEngine, service: str, schema: str) -> None:
    """The tables as they were when the backup was made; later migrations are for `migrate`."""
    if schema not in revisions(service):
        raise NotMigrated(
            f"the backup holds schema {schema} of {service}, which this version of Denggao does not know. "
            "Use the version that made it, or a newer one."
        )
    async with engine.connect() as connection:
        await connection.run_sync(_refuse_full, service)
    if (standing := await migrate(engine, service, to=schema)) != schema:
        raise NotMigrated(
            f"the database of {service} has schema {standing}, the backup {schema}. Give an empty database."
        )


def _refuse_full(connection: Connection, service: str) -> None:
    names = inspect(connection).get_table_names()
    preparer = connection.dialect.identifier_preparer
    ours = "alembic_version" in names
    for name in names:
        query = f"SELECT 1 FROM {preparer.quote_identifier(name)} LIMIT 1"
        if name != "alembic_version" and (not ours or connection.exec_driver_sql(query).first()):
            raise CannotBeDone(
                f"The database of {service} is not empty, and a backup goes only into an empty place. "
                "Name a new directory with --data, or give an empty database."
            )
    if connection.dialect.name == "postgresql" and connection.scalar(text(_OTHERS)):
        raise CannotBeDone(f"The database of {service} is in use. Stop the services first.")


_OTHERS = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND usesysid IS NOT NULL AND pid <> pg_backend_pid()"""


async def _load(
    connection: AsyncConnection, archive: Archive, tables: Sequence[Rows], recount: Recount
) -> None:
    """Every row, with nobody else writing, and every row read back."""
    await wait_patiently(connection)
    if not is_sqlite(connection):  # there the transaction holds the only lock
        names = ", ".join(connection.dialect.identifier_preparer.quote_identifier(r.table) for r in tables)
        await connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))
    for rows in tables:
        table, found, count = rows.made(), archive.rows(rows), 0
        while some := list(islice(found, ROWS_AT_ONCE)):
            await connection.execute(table.insert(), some)
        take = recount.taking(rows.service, rows.table)
        async for row in rows_of(connection, table):
            take(row)
            count += 1
        if count != rows.count:
            raise NotWhole(f"{rows.table} of {rows.service} has {count} rows, not {rows.count}")


def _place(chunks: Iterator[bytes], path: Path) -> None:
    """On disk under its name once it is whole; one that is there is the same."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.writelines(chunks)
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)


async def _forget_views(settings: Settings) -> None:
    """They may be further than the ledgers are now."""
    if (file := file_of(settings.views_url)) and not file.exists():
        return

    def forget(connection: Connection) -> None:
        views = MetaData()
        views.reflect(connection)
        views.drop_all(connection)

    async with engine_of(settings.views_url) as engine, begin(engine) as connection:
        await connection.run_sync(forget)
