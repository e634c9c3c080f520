"""`./denggao backup`: one file with everything that is truth, taken while the system runs.

Each database is copied as it stood at one moment, and those that depend on others first: notifications,
evaluation, projects, evidence files. Whatever a copy names was there before it, ledgers only grow, and a file
that an event names stays; so what it names is in the copies that follow. Views come back by themselves.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from sqlalchemy.exc import SQLAlchemyError

from cli.archive import CHUNK_BYTES, Rows, Writing, packed, part_of, rows_in
from cli.truth import (
    TABLES,
    CannotBeDone,
    add_place,
    as_of_now,
    engine_of,
    file_of,
    rows_of,
    settings_of,
    small_files,
    why,
)
from services.projects import tables as of_projects
from services.projects.files import FOLDER, path_in
from shared.migrations import NotMigrated, check, revisions
from shared.recount import Counted, NotWhole, Recount
from shared.settings import Settings

HELP = """Write one file with everything that is truth: ledgers, accounts and sessions, keys, evidence
files, obligations. The system may run meanwhile; every ledger is checked on the way. Views are left out: they
come back by themselves. The file holds the keys of sealed names and of sign-in: keep it secret."""


def main(arguments: list[str]) -> int:
    """0 when the backup is whole, 1 with one sentence when there is none or something is missing in it."""
    parser = argparse.ArgumentParser(prog="./denggao backup", description=HELP)
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="default: denggao-DATE.zip here; - for stdout"
    )
    add_place(parser)
    asked = parser.parse_args(arguments)
    file: Path = asked.file or Path(f"denggao-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.zip")
    try:
        settings = settings_of(tuple(TABLES), asked.data)
        with new_file(file) as out:
            said, missing = asyncio.run(_back_up(settings, out))
    except CannotBeDone as error:
        print(f"denggao: {error}", file=sys.stderr)
        return 1
    except NotWhole as error:
        print(f"denggao: No backup was made: {error}. Restore an earlier backup.", file=sys.stderr)
        return 1
    except (SQLAlchemyError, OSError, NotMigrated) as error:
        print(f"denggao: No backup was made: {why(error)}", file=sys.stderr)
        return 1
    if str(file) == "-":
        print(f"Backup: {said}", file=sys.stderr)
    else:
        print(f"{file}: {said}")
    if missing:
        print(
            f"denggao: {len(missing)} evidence files are missing or damaged, and so in the backup, the first "
            f"is {missing[0]}. Look for them in earlier backups.",
            file=sys.stderr,
        )
    return int(bool(missing))


@contextmanager
def new_file(file: Path) -> Iterator[BinaryIO]:
    """A new file, there under its name once it is complete and on disk, and readable by its owner alone."""
    if str(file) == "-":
        if sys.stdout.isatty():
            raise CannotBeDone("A terminal cannot keep it: write it into a file, as in > FILE")
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    half = file.with_name(f".{file.name}.{os.getpid()}")
    if not file.absolute().parent.is_dir():
        raise CannotBeDone(f"There is no directory {file.absolute().parent}. Make it, or name another file.")
    try:
        with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.link(half, file)  # unlike a rename, it replaces nothing
    except FileExistsError:
        raise CannotBeDone(f"{file} is there already and stays as it is. Name another file.") from None
    finally:
        half.unlink(missing_ok=True)


async def _back_up(settings: dict[str, Settings], out: BinaryIO) -> tuple[str, list[str]]:
    """Write it; what there is to say, and which evidence files are missing."""
    began, recount = time.monotonic(), Recount()
    attached: list[str] = []
    tables: list[Rows] = []
    with Writing(out) as writing:
        for of_service in settings.values():
            tables += await _copy_database(writing, recount, of_service, attached)
        ledgers = recount.finish()
        folder = settings["projects"].directory / FOLDER
        missing = [sha for sha in attached if not _copy_evidence(writing, folder, sha)]
        for service, of_service in settings.items():
            for path in small_files(of_service.directory):
                _copy(writing, f"{service}/kept/{path.name}", path)
        schemas = {service: revisions(service)[0] for service in settings}
        mark = writing.finish(schemas=schemas, tables=tables, ledgers=ledgers, missing=missing)
    files = len(attached) - len(missing)
    return f"{summary(ledgers, files)}, in {time.monotonic() - began:.1f} s. Its mark: {mark}", missing


def summary(ledgers: list[Counted], files: int) -> str:
    """How much it is, for whoever made or restored it."""
    events = sum(ledger.position for ledger in ledgers)
    return f"{events:,} events in {len(ledgers)} ledgers, {files} evidence files"


async def _copy_database(
    writing: Writing, recount: Recount, settings: Settings, attached: list[str]
) -> list[Rows]:
    service, found = settings.service, []
    if (file := file_of(settings.database_url)) and not file.exists():
        raise CannotBeDone(
            f"There is no installation in {settings.data_dir}. Name its directory with --data."
        )
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(engine_of(settings.database_url))
        await check(engine, service)
        connection = await stack.enter_async_context(as_of_now(engine))
        for table in TABLES[service]:
            take, count = recount.taking(service, table.name), 0
            with writing.part(part_of(service, table.name)) as put:
                async for row in rows_of(connection, table):
                    put(packed(tuple(row)))
                    take(row)
                    count += 1
                    if table is of_projects.files:
                        attached.append(row.sha256)
            found.append(rows_in(service, table, count))
    return found


def _copy_evidence(writing: Writing, folder: Path, sha: str) -> bool:
    """False where it is not there, or not what its name says."""
    path, seen = path_in(folder, sha), sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK_BYTES):
                seen.update(chunk)
    except FileNotFoundError:
        return False
    if seen.hexdigest() == sha:
        _copy(writing, f"projects/{FOLDER}/{sha}", path)
    return seen.hexdigest() == sha


def _copy(writing: Writing, name: str, path: Path) -> None:
    with path.open("rb") as file, writing.part(name, squeezed=False) as put:
        while chunk := file.read(CHUNK_BYTES):
            put(chunk)
