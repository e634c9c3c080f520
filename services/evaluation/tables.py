"""The truth that evaluation keeps beside its ledgers: keys that seal reviews, and what-ifs as jobs."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, String, Table, Text

from shared.jobs import job_columns

metadata = MetaData()

review_keys = Table(
    "review_keys",
    metadata,
    Column("cycle", String(36), primary_key=True),
    Column("key", LargeBinary(32), nullable=False),
)

what_ifs = Table(  # of many projects, asked for as jobs
    "what_ifs",
    metadata,
    *job_columns(),
    Column("programme", String(40), nullable=False),  # the version that they are scored by
    Column("track", String(64), nullable=False),  # "" for all
    Column("reached", String(36)),  # the last project of its rows
    Column("complete_to", BigInteger),  # what happened until then is in every row
)

what_if_lines = Table(
    "what_if_lines",
    metadata,
    Column("job", String(36), primary_key=True),
    Column("project", String(36), primary_key=True),
    Column("line", Text, nullable=False),  # JSON, as the list has it
)
