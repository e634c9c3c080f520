"""Exports: each list as Excel or CSV, exactly as it is asked for, with all its pages (R74, R76)."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fastapi import APIRouter, Request
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from services.projects.api.evidence import IN_PARTS
from services.projects.api.export_lists import LISTS, Listed, Read
from services.projects.api.export_reading import Gathered, read_on
from services.projects.api.roster import apart
from services.projects.dossier import highest, named_by
from services.projects.looking import note_look
from services.projects.parts import Parts, parts_of
from services.projects.sheets import WRITERS, Columns, Sheet, Spoken
from shared.clock import today
from shared.domain import Refusal, UnitId
from shared.offices import catalogue
from shared.problems import FieldsWrong
from shared.sentences import Language, word
from shared.sheets import HEADINGS_AT, MEDIA_TYPES, ROWS_OF_EXCEL
from shared.web import language

AT_ONCE_AT_MOST = 20_000  # rows that one answer waits for

router = APIRouter(tags=["exports"])


class ExportTooLong(Refusal):
    """This list has more rows than a workbook of Excel can hold.

    Narrow it by its filters, or take it as CSV."""


class ExportTakesLong(Refusal):
    """This list has more than {rows} rows, which is more than one answer should wait for.

    Send the same request by POST: it is made as a job, and fetched when it is ready."""


class SampleNeedsSeed(FieldsWrong):
    """A sample is taken as a file by the seed of its lot, and none is named.

    Look at the sample first: its answer names the seed."""


def refuse_by_chance(given: Mapping[str, Any]) -> None:
    """SampleNeedsSeed: else a file would hold another sample than the one that somebody looked at."""
    if given.get("sample") is not None and given.get("seed") is None:
        raise SampleNeedsSeed(fields=["seed"])


def title_of(parts: Parts, listed: Listed, given: Mapping[str, Any], said_in: Language) -> str:
    """What a list is called, with which one it is of several."""
    return " ".join((word("export", listed.name, said_in), *_which(parts, listed, given, said_in)))


def _which(parts: Parts, listed: Listed, given: Mapping[str, Any], said_in: Language) -> Iterator[str]:
    for place in listed.places:
        match place, given[place]:
            case "code", code:
                yield word("suspicion", code, said_in)
            case "company", company:
                day = today(parts.clock, parts.settings.time_zone)
                yield parts.organisation.name_for(UnitId(str(company)), given["person"], day) or str(company)
            case _, other:
                yield str(other)


def _about(
    parts: Parts, listed: Listed, given: Mapping[str, Any], found: Gathered, said_in: Language
) -> Iterator[str]:
    """Of what it is a list: which of several, of which days, which sample of them."""
    yield from _which(parts, listed, given, said_in)
    if period := given.get("period"):
        yield word("export", "period", said_in).format(since=period.since, until=period.until)
    if given.get("sample") is not None:
        facts = {"count": found.count, "of": found.of, "seed": given["seed"]}
        yield word("export", "sample", said_in).format(**facts)


def sheet_of(
    parts: Parts, listed: Listed, given: Mapping[str, Any], found: Gathered, said_in: Language
) -> Sheet:
    """The sheet of what was gathered, stamped with the highest mark of what is in it (R74)."""
    reader = given["person"]
    zone, codes = parts.settings.time_zone, named_by(parts.organisation.programmes, said_in)
    if said_in == "zh-CN":  # kinds of units have Chinese names alone
        codes |= {kind.code: kind.zh for kind in catalogue().unit_kinds}
    mark = word("secrecy_mark", highest(found.marks), said_in)
    now = parts.clock.now()

    def local(at: datetime) -> str:
        return f"{at.astimezone(zone):%Y-%m-%d %H:%M:%S}"

    return Sheet(
        title=word("export", listed.name, said_in),
        mark=mark,
        stamp=word("export", "stamp", said_in).format(
            mark=mark,
            person=parts.names(reader) or reader,
            at=local(now),
            until=local(found.complete_to or now),
        ),
        places=found.columns.places,
        rows=found.rows,
        spoken=Spoken(said_in, zone, lambda code: codes.get(code, code)),
        about=tuple(_about(parts, listed, given, found, said_in)),
    )


async def write(sheet: Sheet, found: Gathered, kind: str, made: Path) -> None:
    """The file, in a thread of its own; ExportTooLong."""
    if kind == "xlsx" and found.count > ROWS_OF_EXCEL - HEADINGS_AT:
        raise ExportTooLong()
    await apart(WRITERS[kind], sheet, made)


async def take(request: Request, listed: Listed, kind: str, given: Mapping[str, Any]) -> FileResponse:
    """The list in a file, with all its pages; nothing of it stays here."""
    parts, person = parts_of(request), given["person"]
    refuse_by_chance(given)
    await note_look(request, person, "export", listed.taken(given, kind))
    directory = TemporaryDirectory(prefix="denggao-export-")
    try:
        found = Gathered(Path(directory.name, "rows"), Columns(listed.fields))
        while not found.whole:
            await read_on(request, listed, given, found)
            if found.count > AT_ONCE_AT_MOST:
                raise ExportTakesLong(rows=AT_ONCE_AT_MOST)
        sheet = sheet_of(parts, listed, given, found, language(request))
        made = Path(directory.name, f"list.{kind}")
        await write(sheet, found, kind, made)
    except BaseException:
        directory.cleanup()
        raise
    day = today(parts.clock, parts.settings.time_zone)
    return FileResponse(
        made,
        media_type=MEDIA_TYPES[kind],
        filename=f"{title_of(parts, listed, given, language(request))} {day}.{kind}",
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(asyncio.to_thread, directory.cleanup),
    )


def asks(read: Read, endpoint: Callable[..., Any], answers: Any, *more: inspect.Parameter) -> None:
    """Let an endpoint ask for what another one asks for, but for a page of it."""
    signature = inspect.signature(read, eval_str=True)
    asked = [part for name, part in signature.parameters.items() if name not in ("after", "limit")]
    endpoint.__signature__ = signature.replace(  # type: ignore[attr-defined] # what FastAPI reads
        parameters=[part.replace(kind=inspect.Parameter.KEYWORD_ONLY) for part in (*asked, *more)],
        return_annotation=answers,
    )


def _offer(listed: Listed, kind: str) -> None:
    """The address of a list with an ending."""

    async def export(**given: Any) -> FileResponse:
        return await take(given["request"], listed, kind, given)

    asks(listed.read, export, FileResponse)
    router.add_api_route(
        f"{listed.path}.{kind}",
        export,
        methods=["GET"],
        response_class=FileResponse,
        responses={200: {"content": {MEDIA_TYPES[kind].partition(";")[0]: {}}}, **IN_PARTS},
        name=f"export_{listed.name}_{kind}",
        summary=f"{(listed.read.__doc__ or '').splitlines()[0]} All of them, as {kind.upper()}.",
    )


for _listed in LISTS:
    for _kind in WRITERS:
        _offer(_listed, _kind)
