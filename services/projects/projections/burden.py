"""What branches are asked to fill in: a table of fields by project, kind and month, and the sums of it.

A field is what somebody types or ticks once. What a branch asks for itself (support, a change, more time),
and what others do on its projects, is no field that it is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from datetime import date
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Date, Index, Integer, MetaData, Select, Table, Text, func, select

from services.projects.domain.project.periods import periods
from services.projects.projections.page import Page
from services.projects.projections.page.dated import stood_still
from shared.clock import day_of

Kind = Literal[
    "proposal", "change", "reading", "milestone", "task", "finding", "explanation", "closing_report"
]
KINDS: tuple[str, ...] = get_args(Kind)
SIMPLE_FORM, FULL_FORM = 12, 21  # fields of a proposal, as the programme's forms list them
FINDING = 4  # measures, who is responsible, by when, and the report
EXPLANATION = 2  # why, and what follows
CLOSING_REPORT = 4  # its sections
Asked = tuple[str, date, int]  # kind, a day of the month, fields


def asks_table(metadata: MetaData) -> Table:
    """One row for what one project asks of its branch in a month."""
    return Table(
        "asks",
        metadata,
        Column("project", Text, primary_key=True),
        Column("kind", Text, primary_key=True),
        Column("month", Date, primary_key=True),  # its first day
        Column("unit", Text, nullable=False),
        Column("company", Text, nullable=False),
        Column("fields", Integer, nullable=False),
        Column("ledger", Text, nullable=False),
        Index("by_asked_unit", "unit", "month", "kind", "fields"),
        Index("by_asked_company", "company", "month", "kind", "fields"),
    )


def asks_of(zone: ZoneInfo, page: Page) -> dict[tuple[str, str, date], dict[str, Any]]:
    """The rows of a project, by key, in months of the zone; what would be asked after its end is not."""
    ended = _day(page["closed_on"])
    fields: Counter[tuple[str, date]] = Counter()
    for kind, day, count in _asked(page, zone):
        if ended is None or day <= ended or day.replace(day=1) == ended.replace(day=1):
            fields[kind, day.replace(day=1)] += count
    common = {"project": page["id"], "unit": page["unit"], "company": page["company"]}
    return {
        (page["id"], kind, month): common | {"kind": kind, "month": month, "fields": count}
        for (kind, month), count in fields.items()
    }


def _asked(page: Page, zone: ZoneInfo) -> Iterator[Asked]:
    if drafted := page["drafted_at"]:
        yield "proposal", day_of(drafted, zone), SIMPLE_FORM if page["content"].get("simple") else FULL_FORM
    for change in page["required_changes"]:
        yield "change", day_of(change["asked_at"], zone), 1
    for explanation in page["explanations"]:
        yield "explanation", day_of(explanation["at"], zone), EXPLANATION
    if requested := _day(page["closing"]["requested_on"]):
        yield "closing_report", requested, CLOSING_REPORT
    for finding in page["findings"].values():
        if not finding["on_the_spot"]:
            visit = page["inspections"].get(finding["inspection"])
            yield "finding", date.fromisoformat(visit["on"] if visit else finding["due"]), FINDING
    if approved := page["approved_at"]:
        yield from _of_the_plan(page, day_of(approved, zone))


def _of_the_plan(page: Page, approved: date) -> Iterator[Asked]:
    """Each milestone and task once, when it is due; each figure when its period is over (R41)."""
    plan = [date.fromisoformat(known["due"]) for known in page["milestones"].values() if not known["dropped"]]
    for due in plan:
        yield "milestone", due, 1
    for task in page["tasks"].values():
        yield "task", date.fromisoformat(task["due"]), 1
    ends = max(plan, default=approved)
    for stops in (page["suspended_since"], page["closing"]["requested_on"]):
        ends = min(ends, _day(stops) or ends)  # clocks stand still (R43); the report has all figures
    for indicator in page["indicators"].values():
        if not indicator["dropped"]:
            for period in periods(indicator["rhythm"], approved, ends):
                if not stood_still(page, period):
                    yield "reading", period.last_day, 1


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


# Questions


def of_units(table: Table, units: Collection[str], first: date, last: date) -> Select[Any]:
    """What each of these branches was asked in each of the months, by kind."""
    return _summed(table, table.c.unit, units, first, last)


def of_companies(table: Table, companies: Collection[str], first: date, last: date) -> Select[Any]:
    """What the branches of each of these companies were asked in each of the months, by kind."""
    return _summed(table, table.c.company, companies, first, last)


def of_projects(table: Table, unit: str, month: date) -> Select[Any]:
    """By which projects a branch was asked in a month, and what."""
    return (
        select(table.c.project, table.c.kind, table.c.fields)
        .where(table.c.unit == unit, table.c.month == month)
        .order_by(table.c.project, table.c.kind)
    )


def _summed(table: Table, unit: Column[Any], units: Collection[str], first: date, last: date) -> Select[Any]:
    return (
        select(unit.label("unit"), table.c.month, table.c.kind, func.sum(table.c.fields).label("fields"))
        .where(unit.in_(sorted(units)), table.c.month >= first, table.c.month <= last)
        .group_by(unit, table.c.month, table.c.kind)
    )
