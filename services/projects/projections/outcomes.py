"""What projects leave behind, one row each in the view `projects`: so a unit has its brands."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, MetaData, Select, Table, Text, select, tuple_

from services.projects.projections.page import Page


def outcomes_table(metadata: MetaData) -> Table:
    """One row for each outcome of a project, as it was named last."""
    return Table(
        "outcomes",
        metadata,
        Column("project", Text, primary_key=True),
        Column("outcome", Text, primary_key=True),
        Column("unit", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("name", Text, nullable=False),
        Column("meaning", Text, nullable=False),
        Column("document", Text, nullable=False),
        Column("ledger", Text, nullable=False),
        Index("by_outcome", "unit", "kind", "project", "outcome"),
    )


def outcomes_of(page: Page) -> dict[tuple[str, str], dict[str, Any]]:
    """The rows of a project, by key."""
    return {
        (page["id"], code): {
            "project": page["id"],
            "outcome": code,
            "unit": page["unit"],
            "kind": outcome["kind"],
            "name": outcome["name"],
            "meaning": outcome["meaning"],
            "document": outcome["document"],
        }
        for code, outcome in page["outcomes"].items()
    }


def listing(table: Table, unit: str, kind: str, after: tuple[str, str] | None, limit: int) -> Select[Any]:
    """The question of a unit's outcomes of a kind."""
    query = select(table).where(table.c.unit == unit, table.c.kind == kind)
    place = (table.c.project, table.c.outcome)
    if after is not None:
        query = query.where(tuple_(*place) > after)
    return query.order_by(*place).limit(limit)
