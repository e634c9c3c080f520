"""The table of handovers in the view `projects`: whose they are, how far, and by when (R11)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Date, Index, MetaData, Table, Text, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.projects.domain.colours import holder_warned_on
from services.projects.domain.dates import days_after
from services.projects.domain.handover import (
    HandoverConfirmed,
    HandoverLapsed,
    HandoverOpened,
    HandoverOverdue,
)
from shared.domain import PersonId
from shared.engines import rows_of
from shared.envelope import Recorded
from shared.projections import View
from shared.rows import Rows

LISTED_AT_MOST = 200


def handovers_table(metadata: MetaData) -> Table:
    """One row for each, kept after it is done. `state`: open, overdue, confirmed or lapsed."""
    return Table(
        "handovers",
        metadata,
        Column("handover", Text, primary_key=True),
        Column("office", Text, nullable=False),
        Column("unit", Text, nullable=False),
        Column("company", Text, nullable=False),
        Column("outgoing", Text, nullable=False),
        Column("incoming", Text, nullable=False),
        Column("opened_on", Date, nullable=False),
        Column("due", Date, nullable=False),
        Column("state", Text, nullable=False),
        Column("confirmed_on", Date),
        Index("handovers_by_company", "company"),
        Index("handovers_by_outgoing", "outgoing"),
        Index("handovers_by_incoming", "incoming"),
    )


def on_handover(rows: Rows, recorded: Recorded) -> None:
    """The row after an event, and its last day among the dates while that is still to come."""
    handover, event = str(recorded.stream), recorded.event
    match event:
        case HandoverOpened():
            parties = event.parties
            rows.put(
                "handovers",
                {
                    "handover": handover,
                    "office": parties.office,
                    "unit": parties.unit,
                    "company": parties.company,
                    "outgoing": parties.outgoing,
                    "incoming": parties.incoming,
                    "opened_on": event.on,
                    "due": event.due,
                    "state": "open",
                },
            )
            rows.own("dates", (handover, "handover", ""))
            rows.put(
                "dates",
                {
                    "project": handover,
                    "subject": "handover",
                    "code": "",
                    "title": "",
                    "since": event.on,
                    "due": event.due,
                    "yellow_from": holder_warned_on(event.on, event.due),
                    "act": "overrun_handover",
                    "act_on": days_after(event.due, 1),
                    "ledger": recorded.ledger,
                },
            )
        case HandoverOverdue() | HandoverConfirmed() | HandoverLapsed():
            known = rows.get("handovers", handover)
            assert known is not None, "it was opened"
            confirmed = event.on if isinstance(event, HandoverConfirmed) else None
            state = "confirmed" if confirmed else "lapsed" if isinstance(event, HandoverLapsed) else "overdue"
            rows.put("handovers", known | {"state": state, "confirmed_on": confirmed})
            rows.own("dates", (handover, "handover", ""))
            rows.delete("dates", (handover, "handover", ""))


async def open_handovers(view: View, views: AsyncEngine, unit: str) -> list[str]:
    """Those of a unit's offices that nobody has confirmed yet."""
    table = view.table("handovers")
    query = select(table.c.handover).where(table.c.unit == unit, table.c.state.in_(("open", "overdue")))
    return [row["handover"] for row in await rows_of(views, query.order_by(table.c.handover))]


async def handovers_of(
    view: View, views: AsyncEngine, person: PersonId, companies: Iterable[str]
) -> Sequence[Mapping[str, Any]]:
    """Those in which somebody hands or takes over, and those of the companies, the latest first."""
    table = view.table("handovers")
    theirs = or_(table.c.outgoing == person, table.c.incoming == person, table.c.company.in_(list(companies)))
    query = select(table).where(theirs).order_by(table.c.opened_on.desc(), table.c.handover)
    return await rows_of(views, query.limit(LISTED_AT_MOST))
