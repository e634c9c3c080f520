"""Which units have projects in which track and integration: a table, and the counts of it (R66)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Date, Index, MetaData, Select, Table, Text, func, or_, select

from services.projects.projections.page import Page
from shared.clock import day_of

COUNTS_NOT = ("rejected", "terminated")


def covers_table(metadata: MetaData) -> Table:
    """One row for each unit that carries an approved project out: who leads it, and its partners."""
    return Table(
        "covers",
        metadata,
        Column("project", Text, primary_key=True),
        Column("unit", Text, primary_key=True),
        Column("role", Text, nullable=False),  # leads or joins
        Column("company", Text, nullable=False),  # of who leads
        Column("track", Text, nullable=False),
        Column("integrations", Text, nullable=False),  # codes, each between commas
        Column("approved_on", Date, nullable=False),
        Column("closed_on", Date),
        Column("ledger", Text, nullable=False),
        Index("by_covering_company", "company", "track"),
        Index("by_covering_unit", "unit"),
    )


def covers_of(zone: ZoneInfo, page: Page) -> dict[tuple[str, str], dict[str, Any]]:
    """The rows of a project, by key, its days those of the zone; none before it is approved."""
    if page["approved_at"] is None or page["state"] in COUNTS_NOT:
        return {}
    common = {
        "project": page["id"],
        "company": page["company"],
        "track": page["track"],
        "integrations": "".join(f",{code}" for code in _integrations(page)) + ",",
        "approved_on": day_of(page["approved_at"], zone),
        "closed_on": date.fromisoformat(page["closed_on"]) if page["closed_on"] else None,
    }
    partners = {partner["unit"] for partner in page["partners"] if partner["unit"]} - {page["unit"]}
    roles = {**dict.fromkeys(sorted(partners), "joins"), page["unit"]: "leads"}
    return {(page["id"], unit): common | {"unit": unit, "role": role} for unit, role in roles.items()}


def _integrations(page: Page) -> Sequence[str]:
    return sorted({known["code"] for known in page["content"].get("integrations", ())})


def of_companies(table: Table, companies: Collection[str] | None, year: int) -> Select[Any]:
    """How many projects each company leads in a year, by track and integrations; None: of the whole group."""
    query = _counted(table, table.c.company, year).where(table.c.role == "leads")
    return query if companies is None else query.where(table.c.company.in_(sorted(companies)))


def of_units(table: Table, units: Collection[str], year: int) -> Select[Any]:
    """How many projects each of these units leads or joins in a year, by track and integrations."""
    return _counted(table, table.c.unit, year).where(table.c.unit.in_(sorted(units)))


def _counted(table: Table, unit: Column[Any], year: int) -> Select[Any]:
    begins, ends = date(year, 1, 1), date(year, 12, 31)
    return (
        select(unit.label("unit"), table.c.role, table.c.track, table.c.integrations, func.count().label("n"))
        .where(table.c.approved_on <= ends, or_(table.c.closed_on.is_(None), table.c.closed_on >= begins))
        .group_by(unit, table.c.role, table.c.track, table.c.integrations)
    )
