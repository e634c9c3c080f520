"""The rows of a list read page after page into a file, with names where ids stand (R74, R75)."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from fastapi import Request
from sqlalchemy import select, type_coerce

from services.projects.api import reading
from services.projects.api.export_lists import Listed
from services.projects.dossier import highest
from services.projects.parts import parts_of
from services.projects.projections.projects import PROJECTS
from services.projects.sheets import Columns
from shared.clock import today
from shared.columns import Packed
from shared.domain import PersonId, UnitId
from shared.engines import rows_of

AT_ONCE = 200  # rows that are read and named together


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
