"""The tables of dates in the view `projects`: what is due, what its day brings, and when bodies last met."""

from __future__ import annotations

from datetime import tzinfo
from typing import Any

from sqlalchemy import Column, Date, Index, Integer, MetaData, Table, Text

from services.projects.domain.colours import holder_warned_on
from services.projects.domain.dates import days_before
from services.projects.domain.unit.ending import UnitDissolved
from services.projects.projections.page import Page, open_ones
from shared.envelope import Recorded
from shared.rows import Rows

Key = tuple[str, str, str]


def dates_table(metadata: MetaData) -> Table:
    """One row for everything open that has a date. `tried_on` is the timers' own: the day of the last try."""
    return Table(
        "dates",
        metadata,
        Column("project", Text, primary_key=True),
        Column("subject", Text, primary_key=True),
        Column("code", Text, primary_key=True),
        Column("title", Text, nullable=False),
        Column("since", Date, nullable=False),
        Column("due", Date, nullable=False),
        Column("yellow_from", Date, nullable=False),
        Column("working_days", Integer),  # that were counted from `since`
        Column("act", Text),
        Column("act_on", Date),
        Column("tried_on", Date),
        Column("ledger", Text, nullable=False),
        Index("by_due", "due", "project", "subject", "code"),
        Index("by_act", "act_on", "project", "subject", "code"),
    )


def met_table(metadata: MetaData) -> Table:
    """The last confirmed meeting of each body."""
    return Table(
        "met",
        metadata,
        Column("body", Text, primary_key=True),
        Column("kind", Text, primary_key=True),
        Column("held_on", Date, nullable=False),
        Column("meeting", Text, nullable=False),
    )


def dates_of(zone: tzinfo, page: Page) -> dict[Key, dict[str, Any]]:
    """The rows of a project, by key."""
    return {
        (page["id"], dated.subject, dated.code): {
            "project": page["id"],
            "subject": dated.subject,
            "code": dated.code,
            "title": dated.title,
            "since": dated.since,
            "due": dated.due,
            "yellow_from": holder_warned_on(dated.since, dated.due),
            "working_days": dated.working_days,
            "act": dated.act,
            "act_on": dated.act_on,
        }
        for dated in open_ones(page, zone)
    }


def on_unit_ending(rows: Rows, recorded: Recorded) -> None:
    """Of a dissolved unit its last day, until that is over and it has ceased, or goes on (R70)."""
    stream = str(recorded.stream)
    if not isinstance(recorded.event, UnitDissolved):
        rows.delete("dates", (stream, "unit", ""))
        return
    ends = recorded.event.dissolved_on
    last = days_before(ends, 1)
    rows.put(
        "dates",
        {
            "project": stream,
            "subject": "unit",
            "code": "",
            "title": "",
            "since": last,
            "due": last,
            "yellow_from": last,
            "act": "cease",
            "act_on": ends,
            "ledger": recorded.ledger,
        },
    )
