"""The truth that projects keeps beside its ledgers: accounts, sessions, sealing keys, evidence files."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, MetaData, String, Table, Text

from shared.jobs import job_columns

metadata = MetaData()

accounts = Table(
    "accounts",
    metadata,
    Column("login", String(200), primary_key=True),  # folded: accounts.folded()
    Column("person", String(36), nullable=False, unique=True),
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
    Column("key", LargeBinary(64)),  # of the name alone once contact data are erased; None: all erased
)

files = Table(
    "files",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("attached", Boolean, nullable=False),  # an event names it or is about to: kept for ever
    Column("going", Boolean, nullable=False),  # not quite here yet, or not quite gone
    Column("last_uploaded_at", BigInteger, nullable=False),
)

sealed_files = Table(  # whose bytes are gone, and come in no more (R74)
    "sealed_files",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("sealed_at", BigInteger, nullable=False),
)

exports = Table(  # lists that somebody asked to be made as files
    "exports",
    metadata,
    *job_columns(),
    Column("list", String(60), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("asked", Text, nullable=False),  # JSON: what the list was asked for
    Column("query", Text, nullable=False),  # the same as it was sent
    Column("reached", Text, nullable=False),  # JSON: how far its rows are read
    Column("read_as", Text, nullable=False),  # JSON: the offices and units by which its reader read
    Column("size_bytes", BigInteger),
    Column("sha256", String(64)),
)

uploads = Table(  # apart from the files: who uploads one is not told that others had it
    "uploads",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("uploaded_by", String(36), primary_key=True),
    Column("media_type", String(100), nullable=False),
    Column("uploaded_at", BigInteger, nullable=False),
)
