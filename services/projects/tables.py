"""The truth that projects keeps beside its ledgers: accounts, sessions, failed sign-ins, sealing keys."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, MetaData, String, Table, Text

metadata = MetaData()

accounts = Table(
    "accounts",
    metadata,
    Column("login", String(200), primary_key=True),  # folded: accounts.folded()
    Column("person", String(36), nullable=False, index=True),
    Column("password", Text, nullable=False),  # argon2id, with its parameters
    Column("must_change", Boolean, nullable=False),
)

# Moments are microseconds since 1970 UTC.
sessions = Table(
    "sessions",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("person", String(36), nullable=False, index=True),
    Column("refresh", LargeBinary(32), nullable=False),  # SHA-256 of the refresh token's secret
    Column("replaced", LargeBinary(32)),  # of the one before, for a moment's grace
    Column("created_at", BigInteger, nullable=False),
    Column("used_at", BigInteger, nullable=False),  # last sign-in or refresh
    Column("ended_at", BigInteger),
)

failed_sign_ins = Table(
    "failed_sign_ins",
    metadata,
    Column("key", String(300), primary_key=True),  # "login:…" or "address:…", known or not
    Column("failures", Integer, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("wait_until", BigInteger, nullable=False),
)

sealing_keys = Table(
    "sealing_keys",
    metadata,
    Column("person", String(36), primary_key=True),
    Column("key", LargeBinary(32)),  # None: erased, and never given again
)
