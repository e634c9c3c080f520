"""Making what is asked for as jobs: a list page by page, whatever else in one piece."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from fastapi import FastAPI
from sqlalchemy import Row
from starlette.responses import FileResponse, Response, StreamingResponse

from services.projects.api.asked_again import BY_NAME, given_of, read_as
from services.projects.api.export_lists import Listed
from services.projects.api.export_reading import Gathered, read_on
from services.projects.api.exports import sheet_of, write
from services.projects.exporting import Exports
from services.projects.parts import Parts
from services.projects.sheets import Columns
from shared import making
from shared.domain import PersonId
from shared.dossier import NotSignedYet
from shared.envelope import written
from shared.making import LOOK_SECONDS, Making, make_oldest
from shared.sheets import MEDIA_TYPES as OF_LISTS

BLOCKS_AT_ONCE = 5_000  # of an event log, between two notes of how far it is
MEDIA_TYPES = {**OF_LISTS, "json": "application/json", "xes": "application/xml", "zip": "application/zip"}


def jobs_of(parts: Parts) -> Exports:
    """The jobs of this service."""
    return Exports(parts.ledgers.engine, parts.settings, parts.clock)


def made(app: FastAPI, look_seconds: float = LOOK_SECONDS) -> AbstractAsyncContextManager[None]:
    """Make what is asked for, for as long as the block lasts."""
    return making.made(lambda: make_next(app), jobs_of(app.state.parts), look_seconds)


async def make_next(app: FastAPI) -> bool:
    """Claim the oldest job and make it, from where it stands; whether there was one."""
    jobs = jobs_of(app.state.parts)

    async def make(of: Making) -> None:
        await _make(app, jobs, _Export(app.state.parts, of))

    return await make_oldest(jobs, make, NotSignedYet)  # it will be signed in some seconds


@dataclass
class _Export:
    """A job that is made here, and by what its reader read since it was claimed."""

    parts: Parts
    making: Making
    read_as: set[str] = field(default_factory=set)

    @property
    def row(self) -> Row[Any]:
        """As it stands."""
        return self.making.row

    async def keep(self, **values: Any) -> None:
        """How far it has come, and by what its reader read up to there."""
        self.note()
        before = msgspec.json.decode(self.row.read_as)
        known = msgspec.json.encode(sorted(self.read_as.union(before))).decode()
        await self.making.keep(**values, read_as=known)

    def note(self) -> None:
        """By what its reader reads now: an office may come or go between two pages."""
        self.read_as |= read_as(self.parts, PersonId(self.row.person))


async def _make(app: FastAPI, jobs: Exports, made: _Export) -> None:
    row = made.row
    wanted = BY_NAME[row.list]
    given = given_of(app, row, looked=isinstance(wanted, Listed))
    await made.parts.following.catch_up()  # who lost an office meanwhile reads nothing by it any more
    made.note()
    half = jobs.path(row.id, f"{row.held_until}.half")  # of this claim alone
    whole = jobs.path(row.id, row.kind)
    if isinstance(wanted, Listed):
        await _list(made, wanted, given, jobs.path(row.id, "rows"), half)
    else:
        await _answer(made, await wanted.read(**given), half)
    await made.keep()  # nobody else has begun it anew meanwhile
    half.replace(whole)
    size, hashed = await asyncio.to_thread(_told, whole)
    await made.making.end(size_bytes=size, sha256=hashed)


async def _list(made: _Export, listed: Listed, given: Mapping[str, Any], rows: Path, half: Path) -> None:
    """Page by page; what was read before a process was killed is not read again."""
    row = made.row
    found = await asyncio.to_thread(_reached, listed, rows, row)
    while not found.whole:
        await read_on(given["request"], listed, given, found)
        of = await _of(made, listed, given, found)
        await made.keep(reached=_mark(found), done=found.count, of=of)
    sheet = sheet_of(made.parts, listed, given, found, row.language)
    await write(sheet, found, row.kind, half)


async def _of(made: _Export, listed: Listed, given: Mapping[str, Any], found: Gathered) -> int | None:
    """Of how many rows: counted once, where it can be; at the end those that were read."""
    if found.whole:
        return found.count
    if made.row.of is not None or listed.count is None:
        known: int | None = made.row.of
        return known
    return await listed.count(made.parts, given["person"], given)


async def _answer(made: _Export, answer: Response, half: Path) -> None:
    """The bytes of an answer, wherever it has them."""
    if isinstance(answer, FileResponse):
        await asyncio.to_thread(shutil.move, answer.path, half)
    elif isinstance(answer, StreamingResponse):
        with half.open("wb") as out:
            number = 0
            async for block in answer.body_iterator:
                out.write(block if isinstance(block, bytes) else bytes(str(block), "utf-8"))
                number += 1
                if number % BLOCKS_AT_ONCE == 0:
                    await made.keep(done=number)
        await made.keep(done=number)
    if answer.background is not None:
        await answer.background()


def _mark(found: Gathered) -> str:
    """How far it has come, to go on from there."""
    kept = {
        "marks": sorted(found.marks),
        "of": found.of,
        "complete_to": written(found.complete_to) if found.complete_to else None,
        "count": found.count,
        "size_bytes": found.size_bytes,
        "after": found.after,
        "whole": found.whole,
    }
    return msgspec.json.encode(kept).decode()


def _reached(listed: Listed, path: Path, row: Row[Any]) -> Gathered:
    """What is read already; nothing where its rows are gone."""
    found, kept = Gathered(path, Columns(listed.fields)), msgspec.json.decode(row.reached)
    if not kept or not path.is_file() or path.stat().st_size < kept["size_bytes"]:
        return found
    with path.open("ab") as rows:
        rows.truncate(kept["size_bytes"])
    found.marks, found.of = set(kept["marks"]), kept["of"]
    found.complete_to = datetime.fromisoformat(kept["complete_to"]) if kept["complete_to"] else None
    found.count, found.size_bytes = kept["count"], kept["size_bytes"]
    found.after, found.whole = kept["after"], kept["whole"]
    for one in found.rows():
        found.columns.see(one)
    return found


def _told(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
