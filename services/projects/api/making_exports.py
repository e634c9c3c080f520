"""Making what is asked for as jobs: a list page by page, whatever else in one piece."""

from __future__ import annotations

import asyncio
import hashlib
import inspect
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import structlog
from fastapi import FastAPI, Request
from pydantic import TypeAdapter
from sqlalchemy import Row
from starlette.responses import FileResponse, Response, StreamingResponse

from services.projects.api import archiving, dossiers, event_logs, unit_dossiers
from services.projects.api.exports import LISTS, Gathered, Listed, read_on, sheet_of, write
from services.projects.exporting import AT_ONCE, HeldByAnother, Jobs
from services.projects.parts import Parts, parts_of
from services.projects.sheets import MEDIA_TYPES as OF_LISTS
from services.projects.sheets import Columns
from shared.domain import PersonId, Refusal
from shared.dossier import NotSignedYet
from shared.envelope import written
from shared.passing import is_passing

log = structlog.get_logger()

LOOK_SECONDS = 2.0
AGAIN = timedelta(seconds=10)  # after which what could not be made is tried again
BLOCKS_AT_ONCE = 5_000  # of an event log, between two notes of how far it is
GIVEN_ANEW = ("request", "person", "complete_to")
MEDIA_TYPES = {**OF_LISTS, "json": "application/json", "xes": "application/xml", "zip": "application/zip"}


@dataclass(frozen=True, slots=True)
class Whole:
    """What is answered in one piece, at an address; it is made anew where a process was killed at it."""

    path: str
    read: Callable[..., Awaitable[Response]]
    name: str
    kind: str


WHOLES = (
    Whole("/event-logs/ocel", event_logs.take_ocel, "event_logs_ocel", "json"),
    Whole("/event-logs/xes", event_logs.take_xes, "event_logs_xes", "xes"),
    Whole("/projects/{project}/dossier", dossiers.take_dossier, "dossier", "zip"),
    Whole("/units/{unit_id}/dossier", unit_dossiers.take_year, "unit_dossier", "zip"),
    Whole("/projects/{project}/archive-package", archiving.take_archive_package, "archive_package", "zip"),
)
BY_NAME: dict[str, Listed | Whole] = {one.name: one for one in (*LISTS, *WHOLES)}


def jobs_of(parts: Parts) -> Jobs:
    """The jobs of this service."""
    return Jobs(parts.ledgers.engine, parts.settings, parts.clock)


def types_of(listed: Listed | Whole) -> Mapping[str, Any]:
    """What is asked for at an address, by name, with its type."""
    known = inspect.signature(listed.read, eval_str=True).parameters
    left = (*GIVEN_ANEW, "after", "limit")
    return {name: part.annotation for name, part in known.items() if name not in left}


@asynccontextmanager
async def made(app: FastAPI, look_seconds: float = LOOK_SECONDS) -> AsyncIterator[None]:
    """Make what is asked for, one after another, and forget what is old, for as long as the block lasts."""
    task = asyncio.create_task(_run(app, look_seconds), name="exports")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _run(app: FastAPI, look_seconds: float) -> None:
    while True:
        try:
            while await make_next(app):
                pass
            await jobs_of(app.state.parts).forget_old()
        except Exception as error:
            if is_passing(error):
                log.info("exports.put_off", error=repr(error))
            else:
                log.exception("exports.failed")
        await asyncio.sleep(look_seconds)


async def make_next(app: FastAPI) -> bool:
    """Claim the oldest job and make it, from where it stands; whether there was one."""
    jobs = jobs_of(app.state.parts)
    row = await jobs.claim()
    if row is None:
        return False
    made = _Making(jobs, row)
    try:
        await _make(app, made)
    except asyncio.CancelledError:  # this process ends; another one goes on at once
        await asyncio.shield(made.let_go())
        raise
    except HeldByAnother as taken:
        log.warning("exports.taken_over", job=str(taken))
    except NotSignedYet:  # it will be in some seconds
        await made.let_go(AGAIN)
    except Refusal as refusal:  # the reader's right has ended, or it is too long
        await made.end(state="failed", problem=refusal.code())
    except Exception as error:
        if is_passing(error):
            await made.let_go(AGAIN)
        else:
            await made.end(state="failed", problem="Unexpected")
        raise
    return True


@dataclass
class _Making:
    """A job that is made here, under the claim that it is held by now."""

    jobs: Jobs
    row: Row[Any]

    async def keep(self, reached: str, done: int) -> None:
        self.row = await self.jobs.keep(self.row, reached, done)

    async def let_go(self, after: timedelta = AT_ONCE) -> None:
        await self.jobs.let_go(self.row, after)

    async def end(self, **values: Any) -> None:
        await self.jobs.end(self.row, **values)


async def _make(app: FastAPI, made: _Making) -> None:
    jobs, row = made.jobs, made.row
    wanted, parts, person = BY_NAME[row.list], app.state.parts, PersonId(row.person)
    asked = msgspec.json.decode(row.asked)
    request = _request(app, row, looked=isinstance(wanted, Listed))
    given = {n: TypeAdapter(of).validate_python(asked[n]) for n, of in types_of(wanted).items()}
    given |= {"request": request, "person": person}
    if "complete_to" in inspect.signature(wanted.read).parameters:
        given["complete_to"] = parts.clock.now()
    await parts.following.catch_up()  # who lost an office meanwhile reads nothing by it any more
    half = jobs.path(row.id, f"{row.held_until}.half")  # of this claim alone
    whole = jobs.path(row.id, row.kind)
    if isinstance(wanted, Listed):
        await _list(made, wanted, given, half)
    else:
        await _answer(made, await wanted.read(**given), half)
    await made.keep(made.row.reached, made.row.done)  # nobody else has begun it anew meanwhile
    half.replace(whole)
    size, hashed = await asyncio.to_thread(_told, whole)
    await made.end(state="ready", size_bytes=size, sha256=hashed)


async def _list(made: _Making, listed: Listed, given: Mapping[str, Any], half: Path) -> None:
    """Page by page; what was read before a process was killed is not read again."""
    row, request = made.row, given["request"]
    found = await asyncio.to_thread(_reached, listed, made.jobs.path(row.id, "rows"), row)
    while not found.whole:
        await read_on(request, listed, given, found)
        await made.keep(_mark(found), found.count)
    sheet = sheet_of(parts_of(request), listed, found, given["person"], row.language)
    await write(sheet, found, row.kind, half)


async def _answer(made: _Making, answer: Response, half: Path) -> None:
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
                    await made.keep(made.row.reached, number)
        await made.keep(made.row.reached, number)
    if answer.background is not None:
        await answer.background()


def _request(app: FastAPI, row: Row[Any], *, looked: bool) -> Request:
    """As whoever asked would ask; `looked`: whether their look was noted when they did (R76)."""
    state = {"language": row.language, "looked": looked}
    query = urlencode({n: v for n, v in msgspec.json.decode(row.asked).items() if isinstance(v, str | bool)})
    scope = {"type": "http", "method": "GET", "path": "/", "query_string": query.encode(), "headers": []}
    scope["server"] = ("localhost", 80)
    return Request({**scope, "app": app, "state": state})


def _mark(found: Gathered) -> str:
    """How far it has come, to go on from there."""
    kept = {
        "marks": sorted(found.marks),
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
    found.marks = set(kept["marks"])
    found.complete_to = datetime.fromisoformat(kept["complete_to"]) if kept["complete_to"] else None
    found.count, found.size_bytes = kept["count"], kept["size_bytes"]
    found.after, found.whole = kept["after"], kept["whole"]
    for one in found.rows():
        found.columns.see(one)
    return found


def _told(path: Path) -> tuple[int, str]:
    with path.open("rb") as file:
        return path.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()
