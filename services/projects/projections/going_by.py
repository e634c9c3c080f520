"""By which versions of the programme projects go: as pinned, and where they were moved since (R18, R19)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Index, MetaData, Table, Text

from services.projects.projections.page import Page
from shared.envelope import micros


def goes_by_table(metadata: MetaData) -> Table:
    """One row for each version that one project goes by."""
    return Table(
        "goes_by",
        metadata,
        Column("project", Text, primary_key=True),
        Column("programme", Text, primary_key=True),
        Column("state", Text, nullable=False),
        Column("drafted_at", BigInteger, nullable=False),  # microseconds since 1970 UTC
        Column("ledger", Text, nullable=False),
        Index("by_going", "programme", "drafted_at", "project"),
        Index("by_going_state", "programme", "state"),
    )


def goes_by_of(page: Page) -> dict[tuple[str, str], dict[str, Any]]:
    """The rows of a project, by key.

    The version of its submission is among them whatever was moved since: what was decided names it. One
    that a later move left in all its parts is not.
    """
    now = {part["part"]: part["after"] for move in page["moves"] for part in move["parts"]}
    versions = {version for version in (page["programme"], *now.values()) if version}
    drafted = page["drafted_at"]
    common = {
        "project": page["id"],
        "state": page["state"],
        "drafted_at": micros(datetime.fromisoformat(drafted)) if drafted else 0,
    }
    return {(page["id"], version): common | {"programme": version} for version in sorted(versions)}
