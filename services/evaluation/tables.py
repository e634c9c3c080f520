"""The truth that evaluation keeps beside its ledgers: the keys under which reviews are sealed."""

from __future__ import annotations

from sqlalchemy import Column, LargeBinary, MetaData, String, Table

metadata = MetaData()

review_keys = Table(
    "review_keys",
    metadata,
    Column("cycle", String(36), primary_key=True),
    Column("key", LargeBinary(32), nullable=False),
)
