"""The table of inspections in the view `projects`, and the list of them, the earliest first (R46)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Column, Date, Index, MetaData, Select, Table, Text, or_, select, tuple_

from services.projects.domain.project.content import Seat
from services.projects.domain.visits import Event, InspectionPlanned, PlannedInspectionDropped, VisitCounted
from shared.envelope import Recorded
from shared.rows import Rows

PLACE = r"^([0-9]{1,7})/([0-9a-f-]{36})/([^\x00]{1,300})$"  # <day>/<stream>/<code>


def visits_table(metadata: MetaData) -> Table:
    """One row for every inspection of a branch that is planned, or was held without a plan."""
    return Table(
        "visits",
        metadata,
        Column("stream", Text, primary_key=True),
        Column("code", Text, primary_key=True),  # of the plan; else <project>/<inspection>
        Column("unit", Text, nullable=False),
        Column("on", Date, nullable=False),
        Column("kind", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("seat", Text, nullable=False),  # of whom it is, as `office@unit`
        Column("state", Text, nullable=False),  # planned, held or dropped
        Column("project", Text),  # in which it was held, first
        Index("by_visited", "unit", "on"),
        Index("by_visitor", "seat", "on"),
    )


def visit_key(recorded: Recorded) -> tuple[str, str]:
    """Which inspection an event is about."""
    event: Event = recorded.event
    if isinstance(event, VisitCounted):
        return str(recorded.stream), event.planned or f"{event.project}/{event.inspection}"
    return str(recorded.stream), event.inspection


def apply_visit(rows: Rows, recorded: Recorded) -> None:
    """The inspection as it stands after an event."""
    stream, code = visit_key(recorded)
    event: Event = recorded.event
    known = rows.get("visits", (stream, code))
    match event:
        case InspectionPlanned():
            planned = _row(stream, code, event.unit, event.on, event.kind, event.seat)
            rows.put("visits", planned | {"state": "planned", "reason": event.reason})
        case PlannedInspectionDropped() if known:
            rows.put("visits", known | {"state": "dropped", "reason": event.reason})
        case VisitCounted() if not (known and known["state"] == "held"):  # in another project before
            on = event.on or recorded.recorded_at.date()
            visit = known or _row(stream, code, event.unit, on, event.kind, event.seat)
            rows.put("visits", visit | {"state": "held", "on": on, "project": event.project})


def _row(stream: str, code: str, unit: str, on: date, kind: str, seat: Seat | None) -> dict[str, Any]:
    return {
        "stream": stream,
        "code": code,
        "unit": unit,
        "on": on,
        "kind": kind,
        "reason": "",
        "seat": f"{seat.office}@{seat.unit}" if seat else "",
        "project": None,
    }


@dataclass(frozen=True, slots=True)
class AfterVisit:
    """The last entry of a part of the list."""

    on: date
    stream: str
    code: str

    def __str__(self) -> str:
        return f"{self.on.toordinal()}/{self.stream}/{self.code}"

    @classmethod
    def read(cls, text: str) -> AfterVisit | None:
        """The place from its text; None where the text is not one."""
        if not (found := re.match(PLACE, text)):
            return None
        day = min(max(int(found[1]), 1), date.max.toordinal())
        return cls(date.fromordinal(day), found[2], found[3])


def listing(
    table: Table,
    units: Sequence[str],
    seats: Sequence[str],
    since: date,
    until: date,
    after: AfterVisit | None,
    limit: int,
) -> Select[Any]:
    """The question of the list: inspections of these units, and those of these offices."""
    theirs = or_(table.c.unit.in_(units), table.c.seat.in_(seats))
    query = select(table).where(theirs, table.c.on.between(since, until), table.c.state != "dropped")
    place = (table.c.on, table.c.stream, table.c.code)
    if after is not None:
        query = query.where(tuple_(*place) > (after.on, after.stream, after.code))
    return query.order_by(*place).limit(limit)
