"""Exports: each list as Excel or CSV, exactly as it is asked for, with all its pages (R74, R76)."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import msgspec
from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy import select, type_coerce
from starlette.background import BackgroundTask
from starlette.responses import FileResponse

from services.projects.api import (
    burden,
    coverage,
    deadlines,
    handovers,
    inspecting,
    leads,
    looks,
    organisation_reading,
    outcomes,
    portfolio,
    practices,
    problems,
    ratifications,
    reading,
)
from services.projects.api.evidence import IN_PARTS
from services.projects.api.roster import apart
from services.projects.dossier import highest, named_by
from services.projects.looking import note_look
from services.projects.parts import Parts, parts_of
from services.projects.projections.projects import PROJECTS
from services.projects.sheets import MEDIA_TYPES, ROWS_OF_EXCEL, WRITERS, Columns, Sheet, Spoken
from shared.clock import today
from shared.columns import Packed
from shared.domain import PersonId, Refusal, UnitId
from shared.engines import rows_of
from shared.offices import catalogue
from shared.sentences import Language, word
from shared.web import language

AT_ONCE = 200  # rows that are read and named together
UNSAID = frozenset({"id", "version", "position"})  # what stands in a list for programs alone
Read = Callable[..., Awaitable[Any]]

router = APIRouter(tags=["exports"])


class ExportTooLong(Refusal):
    """This list has more rows than a workbook of Excel can hold.

    Narrow it by its filters, or take it as CSV."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that can be taken: its address, what answers it, and the field in which its rows stand."""

    path: str
    read: Read
    field: str

    @property
    def name(self) -> str:
        """What the list is called in catalogues and in the record of looks."""
        return self.path.strip("/").replace("/", "_")

    @property
    def row(self) -> type[BaseModel]:
        """The type of its rows."""
        answer = inspect.signature(self.read, eval_str=True).return_annotation
        (row,) = get_args(answer.model_fields[self.field].annotation)
        found: type[BaseModel] = row
        return found

    @property
    def fields(self) -> list[str]:
        """The fields of a row that people read: no id beside its name."""
        known = self.row.model_fields
        ids = {name for name in known if f"{name}_name" in known or f"{name}_label" in known}
        if "reference" in known or "title" in known:
            ids.add("project")
        if "name" in known:
            ids.add("person" if "person" in known else "unit")
        return [name for name in known if name not in UNSAID | ids]


LISTS = (
    Listed("/projects", reading.read_projects, "projects"),
    Listed("/replay/portfolio", portfolio.replay_portfolio, "projects"),
    Listed("/deadlines", deadlines.read_deadlines, "deadlines"),
    Listed("/coverage", coverage.read_coverage, "lines"),
    Listed("/burden", burden.read_burden, "lines"),
    Listed("/problems", problems.read_problems, "problems"),
    Listed("/practices", practices.read_practices, "practices"),
    Listed("/outcomes", outcomes.read_outcomes, "outcomes"),
    Listed("/inspections", inspecting.read_inspections, "inspections"),
    Listed("/leads", leads.read_leads, "leads"),
    Listed("/handovers", handovers.my_handovers, "handovers"),
    Listed("/ratifications", ratifications.my_ratifications, "ratifications"),
    Listed("/units", organisation_reading.list_units, "units"),
    Listed("/looks", looks.read_looks, "looks"),
)


# What is read


class _Marked(msgspec.Struct):
    """Of a project's page: nothing but what was said of its secrecy."""

    secrecy: dict[str, dict[str, Any]] = {}


@dataclass(slots=True)
class Gathered:
    """The rows of a list in a file, one a line, with their columns and the marks of what they are about."""

    path: Path
    columns: Columns
    marks: set[str]
    complete_to: datetime | None = None
    count: int = 0

    def rows(self) -> Iterator[Mapping[str, Any]]:
        """The rows, one in memory at a time."""
        with self.path.open("rb") as lines:
            for line in lines:
                yield msgspec.json.decode(line)


async def gather(request: Request, listed: Listed, given: Mapping[str, Any], path: Path) -> Gathered:
    """All pages of a list as its reader may read it, the first refusal included."""
    found = Gathered(path, Columns(listed.fields), set())
    takes = inspect.signature(listed.read).parameters
    asked = dict(given) | ({"limit": AT_ONCE} if "limit" in takes else {})
    if "after" in takes and takes["after"].default is not inspect.Parameter.empty:
        asked["after"] = takes["after"].default
    with path.open("wb") as out:
        while True:
            answer = await listed.read(**asked)
            for begin in range(0, len(items := getattr(answer, listed.field)), AT_ONCE):
                rows = [item.model_dump(mode="json") for item in items[begin : begin + AT_ONCE]]
                for row in await _named(request, given["person"], rows, found.marks):
                    found.columns.see(row)
                    out.write(msgspec.json.encode(row) + b"\n")
                found.count += len(rows)
            if found.complete_to is None:
                found.complete_to = getattr(answer, "complete_to", None)
            if (following := getattr(answer, "next", None)) is None:
                return found
            asked["after"] = following


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


def sheet_of(parts: Parts, listed: Listed, found: Gathered, reader: PersonId, said_in: Language) -> Sheet:
    """The sheet of what was gathered, stamped with the highest mark of what is in it (R74)."""
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
    )


async def take(request: Request, listed: Listed, kind: str, given: Mapping[str, Any]) -> FileResponse:
    """The list in a file, with all its pages; nothing of it stays here."""
    parts, person = parts_of(request), given["person"]
    await note_look(request, person, "export", f"{listed.name}.{kind}")
    directory = TemporaryDirectory(prefix="denggao-export-")
    try:
        found = await gather(request, listed, given, Path(directory.name, "rows"))
        if kind == "xlsx" and found.count > ROWS_OF_EXCEL - 2:
            raise ExportTooLong()
        sheet = sheet_of(parts, listed, found, person, language(request))
        made = Path(directory.name, f"list.{kind}")
        await apart(WRITERS[kind], sheet, made)
    except BaseException:
        directory.cleanup()
        raise
    day = today(parts.clock, parts.settings.time_zone)
    return FileResponse(
        made,
        media_type=MEDIA_TYPES[kind],
        filename=f"{sheet.title} {day}.{kind}",
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(asyncio.to_thread, directory.cleanup),
    )


def _offer(listed: Listed, kind: str) -> None:
    """The address of a list with an ending, which takes what the list takes but asks for no page of it."""

    async def export(**given: Any) -> FileResponse:
        return await take(given["request"], listed, kind, given)

    signature = inspect.signature(listed.read, eval_str=True)
    asked = [part for name, part in signature.parameters.items() if name not in ("after", "limit")]
    if "request" not in signature.parameters:
        asked.insert(0, inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request))
    export.__signature__ = signature.replace(  # type: ignore[attr-defined] # what FastAPI reads
        parameters=[part.replace(kind=inspect.Parameter.KEYWORD_ONLY) for part in asked],
        return_annotation=FileResponse,
    )
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
