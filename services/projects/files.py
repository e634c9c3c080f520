"""Evidence files by their content: each enters once, under its SHA-256, and stays once it proves anything."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import tempfile
import time
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import structlog
from sqlalchemy import ColumnElement, case, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.projects.domain.project.secrecy import FileIsSealed
from services.projects.media import EXTENSIONS, SHOWN, sniffed
from services.projects.scanner import Scanner
from services.projects.tables import files, sealed_files, uploads
from shared.clock import Clock
from shared.domain import PersonId
from shared.engines import begin, insert, upsert
from shared.envelope import micros
from shared.passing import Unavailable
from shared.problems import FileTooLarge, FileTypeNotTaken
from shared.settings import Settings

ORPHANS_KEPT = timedelta(days=7)
HALVES_KEPT_SECONDS = 24 * 3600  # files whose upload was cut off by the end of the process
LOOK_EVERY_SECONDS = 24 * 3600
HASH = re.compile(r"[0-9a-f]{64}")
FOLDER = "files"  # in the directory of the service

log = structlog.get_logger()


class FileEmpty(FileTypeNotTaken):
    """The file is empty; files of these types are taken: {types}.

    Check the file and upload it again."""


class FileIsSomethingElse(FileTypeNotTaken):
    """The content of the file is not what it is said to be; files of these types are taken: {types}.

    Save it anew in one of these types, texts and tables in UTF-8 and documents without macros."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A file in the store, to be attached within seven days; `known` if you had uploaded it before."""

    sha256: str
    size_bytes: int
    media_type: str
    known: bool


@dataclass(frozen=True, slots=True)
class Stored:
    """What the store says of a file that is attached or about to be."""

    size_bytes: int
    media_type: str
    own: bool  # uploaded by whoever asks


def path_in(folder: Path, sha256: str) -> Path:
    """Where the bytes of this hash lie or would lie; ValueError for what is no hash."""
    if not HASH.fullmatch(sha256):
        raise ValueError(f"{sha256[:80]!a} is no SHA-256")
    return folder / sha256[:2] / sha256[2:]


class Files:
    """The files below `<directory>/files`, and in projects' database who uploaded them.

    Whoever changes a file on disk holds its row: so none is removed while it comes in again.
    """

    def __init__(
        self, settings: Settings, engine: AsyncEngine, clock: Clock, scanner: Scanner | None = None
    ) -> None:
        self._directory = settings.directory / FOLDER
        self._megabytes_at_most = settings.file_megabytes_at_most
        self._engine = engine
        self._clock = clock
        self._scanner = scanner or Scanner(shlex.split(settings.scanner))

    def path(self, sha256: str) -> Path:
        """Where the bytes of this hash lie or would lie; ValueError for what is no hash."""
        return path_in(self._directory, sha256)

    async def bytes_kept(self) -> int:
        """What all files take."""
        async with self._engine.connect() as connection:
            return int(await connection.scalar(select(func.coalesce(func.sum(files.c.size_bytes), 0))) or 0)

    async def take(self, chunks: AsyncIterable[bytes], declared: str, by: PersonId) -> Uploaded:
        """Keep a file, its type as the header Content-Type declares it; on disk when this returns.

        Raises FileTypeNotTaken, FileTooLarge, FileEmpty, FileIsSomethingElse, FileNotPassed,
        ScannerSilent, FileIsSealed, or Unavailable where the disk is full; then nothing is kept. What it
        does and answers is the same whether others have the file or not: else a hash could ask what
        they hold.
        """
        media_type = declared.partition(";")[0].strip().lower()
        if media_type not in EXTENSIONS:
            raise FileTypeNotTaken(types=SHOWN)
        try:
            half = await asyncio.to_thread(_Half, self._halves)
        except OSError as error:
            raise Unavailable("evidence files cannot be written") from error
        try:
            async for chunk in chunks:
                if half.size_bytes + len(chunk) > self._megabytes_at_most << 20:
                    raise FileTooLarge(megabytes=self._megabytes_at_most)
                await asyncio.to_thread(half.add, chunk)
            await asyncio.to_thread(half.check, media_type)
            await self._scanner.look_at(half.path)
            return await self._enter(half, media_type, by)
        except OSError as error:
            raise Unavailable("evidence files cannot be written") from error
        finally:
            half.remove()

    async def attach(self, sha256: str, by: PersonId) -> Stored | None:
        """What is known of a file that somebody wants to attach; None where they cannot mean any.

        FileIsSealed for one whose bytes are gone.

        Their own upload is marked as attached from here on, before any event says so: so that
        nothing is removed which an event is about to name. If the event is refused, it stays too.
        """
        if not HASH.fullmatch(sha256):
            return None
        mine = uploads.c.uploaded_by == by
        own = exists().where(uploads.c.sha256 == files.c.sha256, mine)
        this = files.c.sha256 == sha256
        columns = select(files.c.size_bytes, uploads.c.media_type, mine.label("own"))
        known = columns.join(uploads, uploads.c.sha256 == files.c.sha256).where(this, files.c.attached)
        async with begin(self._engine) as connection:
            await _refuse_sealed(connection, sha256)
            marked = update(files).where(this, files.c.going.is_(False), own).values(attached=True)
            await connection.execute(marked)
            nearest = known.order_by(case((mine, 0), else_=1), uploads.c.uploaded_at).limit(1)
            row = (await connection.execute(nearest)).one_or_none()
        return Stored(row.size_bytes, row.media_type, bool(row.own)) if row else None

    async def seal(self, sha256: str) -> None:
        """Remove a file's bytes for ever, whoever has it; they come in no more. Twice is as once (R74)."""
        now = micros(self._clock.now())
        held = {"sha256": sha256, "size_bytes": 0, "attached": False, "going": True, "last_uploaded_at": now}
        row = {"sha256": sha256, "sealed_at": now}
        async with begin(self._engine) as connection:
            await connection.execute(upsert(files, connection), held)
            await connection.execute(insert(sealed_files, connection).values(row).on_conflict_do_nothing())
            await connection.execute(delete(uploads).where(uploads.c.sha256 == sha256))
            await connection.execute(delete(files).where(files.c.sha256 == sha256))
            await asyncio.to_thread(self.path(sha256).unlink, missing_ok=True)
        log.warning("files.sealed", sha256=sha256)

    async def is_sealed(self, sha256: str) -> bool:
        """Whether the bytes were removed as secret."""
        async with self._engine.connect() as connection:
            return await _is_sealed(connection, sha256)

    async def remove_orphans(self, now: datetime) -> int:
        """Remove files that were never attached nor uploaded for seven days; returns how many."""
        await asyncio.to_thread(self._remove_old_halves)
        orphaned = files.c.attached.is_(False) & (files.c.last_uploaded_at < micros(now - ORPHANS_KEPT))
        async with self._engine.connect() as connection:
            candidates = (await connection.scalars(select(files.c.sha256).where(orphaned))).all()
        return sum([await self._remove(files.c.sha256 == found, orphaned, found) for found in candidates])

    @property
    def _halves(self) -> Path:
        return self._directory / "arriving"  # no two digits of a hash

    async def _enter(self, half: _Half, media_type: str, by: PersonId) -> Uploaded:
        """The row first, as one that goes, then the file: so that no file is ever without a row."""
        found, now = half.hash.hexdigest(), micros(self._clock.now())
        row = {"sha256": found, "size_bytes": half.size_bytes, "attached": False, "last_uploaded_at": now}
        upload = {"sha256": found, "uploaded_by": by, "media_type": media_type, "uploaded_at": now}
        mine = (uploads.c.sha256 == found) & (uploads.c.uploaded_by == by)
        async with begin(self._engine) as connection:
            going = insert(files, connection).values(row | {"going": True})
            await connection.execute(going.on_conflict_do_nothing())
        async with begin(self._engine) as connection:
            here = insert(files, connection).values(row | {"going": False})
            again = {"going": False, "last_uploaded_at": now}
            await connection.execute(here.on_conflict_do_update(index_elements=["sha256"], set_=again))
            await _refuse_sealed(connection, found)  # now that its row is held
            known = await connection.scalar(select(uploads.c.uploaded_at).where(mine)) is not None
            await connection.execute(upsert(uploads, connection).values(upload))
            await asyncio.to_thread(_place, half.path, self.path(found))
        return Uploaded(found, half.size_bytes, media_type, known)

    async def _remove(self, this: ColumnElement[bool], orphaned: ColumnElement[bool], found: str) -> bool:
        """In two steps, so that a process that ends between them leaves a row that says so."""
        async with begin(self._engine) as connection:
            gone = await connection.execute(update(files).where(this, orphaned).values(going=True))
            if gone.rowcount:
                await connection.execute(delete(uploads).where(uploads.c.sha256 == found))
        async with begin(self._engine) as connection:
            gone = await connection.execute(delete(files).where(this, orphaned, files.c.going))
            if gone.rowcount:
                await asyncio.to_thread(self.path(found).unlink, missing_ok=True)
        return bool(gone.rowcount)

    def _remove_old_halves(self) -> None:
        for half in self._halves.glob("*"):
            with suppress(FileNotFoundError):
                if time.time() - half.stat().st_mtime > HALVES_KEPT_SECONDS:
                    half.unlink()


async def _is_sealed(connection: AsyncConnection, sha256: str) -> bool:
    query = select(sealed_files.c.sha256).where(sealed_files.c.sha256 == sha256)
    return await connection.scalar(query) is not None


async def _refuse_sealed(connection: AsyncConnection, sha256: str) -> None:
    if await _is_sealed(connection, sha256):
        raise FileIsSealed()


class _Half:
    """A file that is arriving, beside those that are kept."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=directory)
        self.path = Path(name)
        self.file = os.fdopen(descriptor, "w+b")
        self.hash = sha256()
        self.size_bytes = 0

    def add(self, chunk: bytes) -> None:
        self.file.write(chunk)
        self.hash.update(chunk)
        self.size_bytes += len(chunk)

    def check(self, media_type: str) -> None:
        """On disk, and of this type by its content; FileEmpty, FileIsSomethingElse."""
        self.file.flush()
        os.fsync(self.file.fileno())
        if not self.size_bytes:
            raise FileEmpty(types=SHOWN)
        if media_type not in sniffed(self.file):
            raise FileIsSomethingElse(types=SHOWN)

    def remove(self) -> None:
        """What was linked into its place stays there."""
        with suppress(OSError):  # a full disk may refuse to write what is left in the buffer
            self.file.close()
        self.path.unlink(missing_ok=True)


def _place(half: Path, at: Path) -> None:
    at.parent.mkdir(mode=0o700, exist_ok=True)
    with suppress(FileExistsError):
        os.link(half, at)
    for directory in (at.parent, at.parent.parent):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@asynccontextmanager
async def tidied(store: Files, clock: Clock) -> AsyncIterator[None]:
    """Remove orphans now and every day, for as long as the block lasts."""
    task = asyncio.create_task(_every_day(store, clock), name="orphaned files")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _every_day(store: Files, clock: Clock) -> None:
    while True:
        try:
            if removed := await store.remove_orphans(clock.now()):
                log.info("files.orphans_removed", files=removed)
        except Exception:
            log.exception("files.orphans_not_removed")
        await asyncio.sleep(LOOK_EVERY_SECONDS)
