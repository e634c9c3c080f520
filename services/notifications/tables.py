"""Notifications' truth: obligations, and what is known of projects to fill and address them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, MetaData, String, Table, Text

from shared.columns import Uuid

metadata = MetaData()

obligations = Table(
    "obligations",
    metadata,
    Column("id", Uuid, primary_key=True),  # uuid5 of event, rule, occurrence and recipient
    Column("event", String(120), nullable=False),
    Column("rule", String(40), nullable=False),
    Column("occurrence", String(120), nullable=False),
    Column("recipient", String(36), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("project", String(36), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("facts", Text, nullable=False),  # JSON of texts; ids of people and units, never names
    Column("due", Date),
    Column("created_at", BigInteger, nullable=False),  # microseconds since 1970 UTC, as the next three
    Column("done_at", BigInteger),
    Column("done_by_event", String(120)),
    Column("done_by_recipient", Boolean),  # False where a colleague of the same office did it
    Column("read_at", BigInteger),
    Index("obligations_by_recipient", "recipient", "kind", "created_at", "id"),
    Index("obligations_by_project", "project", "rule"),
)

known = Table(
    "known",
    metadata,
    Column("id", String(36), primary_key=True),  # of the project or meeting
    Column("facts", Text, nullable=False),  # JSON of domain.known.Known
)
