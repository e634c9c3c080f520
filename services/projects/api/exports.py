"""Exports: each list as Excel or CSV, exactly as it is asked for, with all its pages (R74, R76)."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from sqlalchemy import select, type_coerce
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from services.projects.api import reading
from services.projects.api.evidence import IN_PARTS
from services.projects.api.export_lists import LISTS, Listed, Read
from services.projects.api.roster import apart
from services.projects.dossier import highest, named_by
from services.projects.looking import note_look
from services.projects.parts import Parts, parts_of
from services.projects.projections.projects import PROJECTS
from services.projects.sheets import HEADINGS_AT, MEDIA_TYPES, ROWS_OF_EXCEL, WRITERS, Columns, Sheet, Spoken
from shared.clock import today
from shared.columns import Packed
from shared.domain import PersonId, Refusal, UnitId
from shared.engines import rows_of
from shared.offices import catalogue
from shared.problems import FieldsWrong
from shared.sentences import Language, word
from shared.web import language

AT_ONCE = 200  # rows that are read and named together
AT_ONCE_AT_MOST = 20_000  # rows that one answer waits for

router = APIRouter(tags=["exports"])


class ExportTooLong(Refusal):
    """This list has more rows than a workbook of Excel can hold.

    Narrow it by its filters, or take it as CSV."""


class ExportTakesLong(Refusal):
    """This list has more than {rows} rows, which is more than one answer should wait for.

    Send the same request by POST: it is made as a job, and fetched when it is ready."""


class SampleNeedsSeed(FieldsWrong):
    """A sample is taken as a file by the seed of its lot: {fields}.

    Look at the sample first: its answer names the seed."""


# What is read


class _Marked(msgspec.Struct):
    """Of a project's page: nothing but what was said of its secrecy."""

    secrecy: dict[str, dict[str, Any]] = {}


@dataclass(slots=True)
class Gathered:
    """The rows of a list in a file, one a line, as far as they are read, and their marks.

    `of`: of a sample, from how many it was drawn.
    """

    path: Path
    columns: Columns
    marks: set[str] = field(default_factory=set)
    of: int | None = None
    complete_to: datetime | None = None
    count: int = 0
    size_bytes: int = 0
    after: Any = None
    whole: bool = False

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """The rows, one in memory at a time."""
        with self.path.open("rb") as lines:
            for line in lines:
                yield msgspec.json.decode(line)


async def read_on(request: Request, listed: Listed, given: Mapping[str, Any], found: Gathered) -> None:
    """One page more, as its reader may read it now; the list's own refusals."""
    answer = await one_page(listed, given, AT_ONCE, found.after)
    items = getattr(answer, listed.field)
    with found.path.open("ab") as out:
        out.truncate(found.size_bytes)  # of a page that was cut off
        out.seek(found.size_bytes)
        for begin in range(0, len(items), AT_ONCE):
            rows = [item.model_dump(mode="json") for item in items[begin : begin + AT_ONCE]]
            for row in await _named(request, given["person"], rows, found.marks):
                for line in listed.lines(row):
                    found.columns.see(line)
                    out.write(msgspec.json.encode(line) + b"\n")
                    found.count += 1
        found.size_bytes = out.tell()
    found.of = getattr(answer, "of", None)
    found.complete_to = found.complete_to or getattr(answer, "complete_to", None)
    found.after = getattr(answer, "next", None)
    found.whole = found.after is None


async def one_page(listed: Listed, given: Mapping[str, Any], limit: int, after: Any = None) -> Any:
    """What answers the list with so many rows behind a place; the whole of a list that has no pages."""
    takes = inspect.signature(listed.read).parameters
    asked = dict(given) | ({"limit": limit} if "limit" in takes else {})
    if "after" in takes:
        asked["after"] = takes["after"].default if after is None else after
    return await listed.read(**asked)


async def _named(
    request: Request, reader: PersonId, rows: Sequence[dict[str, Any]], marks: set[str]
) -> Iterable[dict[str, Any]]:
    """Rows with names where ids stand, as the reader may read them; the marks of their projects."""
    parts = parts_of(request)
    known, day = parts.organisation, today(parts.clock, parts.settings.time_zone)
    table = PROJECTS.table("projects")
    texts = {text for row in rows for text in reading.texts(row)}
    columns = (table.c.project, table.c.reference, table.c.number)
    marked = type_coerce(table.c.page, Packed(_Marked)).label("marked")
    query = select(*columns, marked).where(table.c.project.in_(texts))
    called: dict[str, str] = {}
    for project in await rows_of(parts.views, query):
        called[project["project"]] = project["number"] or project["reference"]
        marks.add(highest(one["mark"] for one in project["marked"].secrecy.values()))
    units = {text: name for text in texts if (name := known.name_for(UnitId(text), reader, day))}
    people = {text: name for text in texts if (name := parts.names(PersonId(text)))}

    def told(row: dict[str, Any]) -> dict[str, Any]:
        unit = row.get("unit")
        names = called | units
        if unit is None or known.names_to(UnitId(unit), reader, day):  # else who is there is not said (R75)
            names |= people
        else:
            names |= dict.fromkeys(people, "")
        found: dict[str, Any] = _in(row, names)
        return found

    return map(told, rows)


def _in(value: Any, names: Mapping[str, str]) -> Any:
    match value:
        case str():
            return names.get(value, value)
        case dict():
            return {name: _in(part, names) for name, part in value.items()}
        case list():
            return [_in(part, names) for part in value]
    return value


# What is written


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
