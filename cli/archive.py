"""The one file of a backup: a ZIP with tables, evidence files and keys, and a manifest that proves each.

A table is a run of rows, each a MessagePack array behind its length in four bytes; the manifest names the
columns. So it is neither SQLite's nor PostgreSQL's, and is read without the code that wrote it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, BinaryIO
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import msgspec
from sqlalchemy import BigInteger, Boolean, Column, Date, LargeBinary, MetaData, Table, Text, Uuid
from sqlalchemy.types import TypeEngine

from cli.truth import CannotBeDone
from shared.recount import Counted

FORMAT = 1
MANIFEST = "manifest.json"
KINDS: dict[str, tuple[type, type[TypeEngine[Any]]]] = {  # of columns: as Python has them, as databases do
    "text": (str, Text),
    "integer": (int, BigInteger),
    "boolean": (bool, Boolean),
    "date": (date, Date),
    "uuid": (UUID, Uuid),
    "bytes": (bytes, LargeBinary),
}
LENGTH_BYTES = 4
CHUNK_BYTES = 1 << 20
NAME = re.compile(r"[a-z0-9][a-z0-9_.-]*")  # of what is put into a directory


class Part(msgspec.Struct, frozen=True):
    """What lies under one name in the ZIP."""

    sha256: str
    size_bytes: int


class Rows(msgspec.Struct, frozen=True):
    """A table: its columns with their kind, those of its key, and how many rows it has."""

    service: str
    table: str
    columns: dict[str, str]
    key: list[str]
    count: int

    def made(self) -> Table:
        """The table as it was, whatever has become of it since."""
        columns = [Column(n, KINDS[kind][1], primary_key=n in self.key) for n, kind in self.columns.items()]
        return Table(self.table, MetaData(), *columns)


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What the archive holds; whatever is not in it is no part of the backup."""

    format: int = FORMAT
    made_at: str  # when the first table was read; RFC 3339
    schemas: dict[str, str]  # of each service's database
    tables: list[Rows]
    ledgers: list[Counted]
    missing: list[str]  # evidence files that were not where they should be, or not what they should be
    parts: dict[str, Part]


class _Format(msgspec.Struct):
    format: int


class Writing:
    """An archive that is being written, to a file or a pipe."""

    def __init__(self, out: BinaryIO) -> None:
        self.parts: dict[str, Part] = {}
        self.made_at = datetime.now(UTC)
        self._zip = ZipFile(out, "w", ZIP_DEFLATED)

    def __enter__(self) -> Writing:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError, ValueError):  # given up: without a manifest it is no backup
            self._zip.close()

    @contextmanager
    def part(self, name: str, *, squeezed: bool = True) -> Iterator[Callable[[bytes], None]]:
        """A new part; what is yielded adds bytes to it."""
        info = ZipInfo(name, self.made_at.timetuple()[:6])
        info.compress_type = ZIP_DEFLATED if squeezed else ZIP_STORED
        info.external_attr = 0o600 << 16
        seen, size = sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as member:

            def put(data: bytes) -> None:
                nonlocal size
                member.write(data)
                seen.update(data)
                size += len(data)

            yield put
        self.parts[name] = Part(seen.hexdigest(), size)

    def finish(self, **found: Any) -> str:
        """Write the manifest; its SHA-256 stands for the whole backup."""
        manifest = Manifest(made_at=self.made_at.isoformat(timespec="seconds"), parts=self.parts, **found)
        data = msgspec.json.format(msgspec.json.encode(manifest))  # columns in their order
        with self.part(MANIFEST) as put:
            put(data)
        self._zip.close()  # writes the list of parts, without which it opens nowhere
        return sha256(data).hexdigest()


def packed(row: tuple[Any, ...]) -> bytes:
    """A row as it lies in its part."""
    data = msgspec.msgpack.encode(row)
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


def part_of(service: str, table: str) -> str:
    """Where a table's rows lie."""
    return f"{service}/tables/{table}"


def rows_in(service: str, table: Table, count: int) -> Rows:
    """What the manifest says of a table of ours."""
    names = {python: kind for kind, (python, _) in KINDS.items()}
    columns = {str(column.name): names[column.type.python_type] for column in table.columns}
    return Rows(service, str(table.name), columns, [str(column.name) for column in table.primary_key], count)


class Archive:
    """A finished one. CannotBeDone, whenever it turns out not to be what it should be."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.name = name
        with self._readable():
            self._zip = ZipFile(file)
            data = self._zip.read(MANIFEST)
            made_as = msgspec.json.decode(data, type=_Format).format
            if made_as > FORMAT:
                raise CannotBeDone(
                    f"{name} was made by a newer version of Denggao (format {made_as}; this code knows "
                    f"{FORMAT}). Restore it with that version."
                )
            self.manifest = msgspec.json.decode(data, type=Manifest)
            self.fingerprint = sha256(data).hexdigest()

    def check(self) -> None:
        """Read all of it once: every part is there, and is what the manifest says."""
        for name, part in self.manifest.parts.items():
            seen = sha256()
            for chunk in self.read(name):
                seen.update(chunk)
            if seen.hexdigest() != part.sha256:
                raise self._damaged(f"{name} is not what the manifest says")

    def read(self, name: str) -> Iterator[bytes]:
        """The bytes of a part, in chunks."""
        with self._readable(), self._zip.open(name) as member:
            while chunk := member.read(CHUNK_BYTES):
                yield chunk

    def rows(self, rows: Rows) -> Iterator[dict[str, Any]]:
        """The rows of a table."""
        types: Any = tuple[tuple((KINDS[kind][0] | None) for kind in rows.columns.values())]  # type: ignore[misc]
        decoder: msgspec.msgpack.Decoder[tuple[Any, ...]] = msgspec.msgpack.Decoder(types)
        with self._readable(), self._zip.open(part_of(rows.service, rows.table)) as member:
            while length := member.read(LENGTH_BYTES):
                row = decoder.decode(member.read(int.from_bytes(length, "big")))
                yield dict(zip(rows.columns, row, strict=True))

    def below(self, folder: str) -> Iterator[tuple[str, str]]:
        """Parts of a folder: the whole name, and what follows the folder's."""
        for name in self.manifest.parts:
            inner = name.removeprefix(f"{folder}/")
            if inner != name:
                if not NAME.fullmatch(inner):
                    raise self._damaged(f"{name[:80]!a} cannot be in a backup")
                yield name, inner

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        # the last is zipfile's word for a way of packing that it does not know
        except (BadZipFile, zlib.error, EOFError, KeyError, ValueError, NotImplementedError) as error:
            raise self._damaged(str(error)) from error

    def _damaged(self, how: str) -> CannotBeDone:
        return CannotBeDone(f"{self.name} is damaged or no backup ({how}). Take another one.")
