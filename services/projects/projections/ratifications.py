"""The table of ratifications in the view `projects`: who is to ratify how many acts by when (R12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Date, Index, Integer, MetaData, Table, Text, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from services.projects.domain.colours import holder_warned_on
from services.projects.domain.dates import days_after
from services.projects.domain.ratification import (
    ActRatified,
    ActsToRatify,
    RatificationLapsed,
    RatificationOverdue,
)
from shared.domain import PersonId
from shared.engines import rows_of
from shared.envelope import Recorded
from shared.projections import View
from shared.rows import Rows

LISTED_AT_MOST = 200


def ratifications_table(metadata: MetaData) -> Table:
    """One row for each, kept after it is done; `left` acts still wait."""
    return Table(
        "ratifications",
        metadata,
        Column("ratification", Text, primary_key=True),
        Column("office", Text, nullable=False),
        Column("unit", Text, nullable=False),
        Column("company", Text, nullable=False),
        Column("holder", Text, nullable=False),
        Column("since", Date, nullable=False),
        Column("until", Date, nullable=False),
        Column("due", Date, nullable=False),
        Column("left", Integer, nullable=False),
        Index("ratifications_by_company", "company"),
        Index("ratifications_by_holder", "holder"),
    )


def on_ratification(rows: Rows, recorded: Recorded) -> None:
    """The row after an event, and its last day among the dates while something waits for it."""
    ratification, event = str(recorded.stream), recorded.event
    dated = (ratification, "ratification", "")
    match event:
        case ActsToRatify():
            whose, before = event.whose, rows.get("ratifications", ratification)
            rows.put(
                "ratifications",
                {
                    "ratification": ratification,
                    "office": whose.office,
                    "unit": whose.unit,
                    "company": whose.company,
                    "holder": whose.holder,
                    "since": event.since,
                    "until": event.until,
                    "due": event.due,
                    "left": event.count + (before["left"] if before else 0),
                },
            )
            rows.own("dates", dated)
            rows.put(
                "dates",
                {
                    "project": ratification,
                    "subject": "ratification",
                    "code": "",
                    "title": "",
                    "since": event.until,
                    "due": event.due,
                    "yellow_from": holder_warned_on(event.until, event.due),
                    "act": "overrun_ratification",
                    "act_on": days_after(event.due, 1),
                    "ledger": recorded.ledger,
                },
            )
        case ActRatified() | RatificationLapsed():
            known = rows.get("ratifications", ratification)
            assert known is not None, "it was asked for"
            left = event.left if isinstance(event, ActRatified) else 0
            rows.put("ratifications", known | {"left": left})
            if not left:
                rows.own("dates", dated)
                rows.delete("dates", dated)
        case RatificationOverdue():
            rows.own("dates", dated)
            rows.delete("dates", dated)


async def ratifications_of(
    view: View, views: AsyncEngine, person: PersonId, companies: Iterable[str]
) -> Sequence[Mapping[str, Any]]:
    """Those that somebody is to ratify, and those of the companies, the latest first."""
    table = view.table("ratifications")
    theirs = or_(table.c.holder == person, table.c.company.in_(list(companies)))
    query = select(table).where(theirs).order_by(table.c.until.desc(), table.c.ratification)
    return await rows_of(views, query.limit(LISTED_AT_MOST))
