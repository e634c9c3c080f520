"""The table of problem lists in the view `projects`, and a branch's list, the newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Date, Index, Integer, MetaData, Select, Table, Text, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.projects.domain.problems import Event, ProblemNoted, ProblemStruckOff
from shared.envelope import Recorded
from shared.rows import Rows


def problems_table(metadata: MetaData) -> Table:
    """One row for every problem that a branch has or had on its list."""
    return Table(
        "problems",
        metadata,
        Column("stream", Text, primary_key=True),
        Column("problem", Text, primary_key=True),
        Column("unit", Text, nullable=False),
        Column("number", Integer, nullable=False),  # the list's version that noted it
        Column("text", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("found_where", Text, nullable=False),
        Column("noted_on", Date, nullable=False),
        Column("noted_by", Text, nullable=False),
        Column("struck_off_on", Date),
        Column("struck_off_because", Text),
        Index("by_list", "unit", "number"),
    )


def apply_problem(rows: Rows, recorded: Recorded) -> None:
    """The problem as it stands after an event."""
    event: Event = recorded.event
    stream = str(recorded.stream)
    known = rows.get("problems", (stream, event.problem))
    match event:
        case ProblemNoted():
            noted = {
                "stream": stream,
                "problem": event.problem,
                "unit": event.unit,
                "number": recorded.version,
                "text": event.text,
                "kind": event.kind,
                "found_where": event.found_where,
                "noted_on": event.on,
                "noted_by": event.person,
                "struck_off_on": None,
                "struck_off_because": None,
            }
            rows.put("problems", noted)
        case ProblemStruckOff() if known:
            struck_off = {"struck_off_on": event.on, "struck_off_because": event.reason}
            rows.put("problems", known | struck_off)


def listing(table: Table, unit: str, before: int | None, limit: int) -> Select[Any]:
    """The question of a branch's list."""
    query = select(table).where(table.c.unit == unit)
    if before is not None:
        query = query.where(table.c.number < before)
    return query.order_by(table.c.number.desc()).limit(limit)


async def started_from(
    views: AsyncEngine, projects: Table, unit: str, problems: Sequence[str]
) -> Mapping[str, list[str]]:
    """The unit's projects that started from these problems, by problem, the first first."""
    columns = select(projects.c.from_problem, projects.c.project)
    query = columns.where(projects.c.unit == unit, projects.c.from_problem.in_(problems))
    found: dict[str, list[str]] = {}
    async with views.connect() as connection:
        order = (projects.c.drafted_at, projects.c.project)
        for problem, project in (await connection.execute(query.order_by(*order))).all():
            found.setdefault(problem, []).append(project)
    return found
