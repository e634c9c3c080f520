"""Deliveries with their attempts, channels, fan-outs, wishes, absences, published rules, order of inboxes."""

import sqlalchemy as sa
from alembic import op

from services.notifications import tables

revision = "notifications_0002"
down_revision = "notifications_0001"


def upgrade() -> None:
    """Add what a new database has already; what was told before is the first thing in its inbox."""
    there = sa.inspect(op.get_bind())
    columns = {column["name"] for column in there.get_columns("obligations")}
    for column in (
        sa.Column("rules", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_at", sa.BigInteger),
        sa.Column("steps", sa.Integer, nullable=False, server_default="0"),
        sa.Column("changed", sa.BigInteger, nullable=False, server_default="0"),
    ):
        if column.name not in columns:
            op.add_column("obligations", column)
    indexes = {index["name"] for index in there.get_indexes("obligations")}
    for index in tables.obligations.indexes:
        if index.name not in indexes:
            index.create(op.get_bind())
    tables.metadata.create_all(op.get_bind())
    op.execute("UPDATE obligations SET changed = 1 WHERE changed = 0")
    op.execute(
        "INSERT INTO inboxes (person, version) SELECT DISTINCT recipient, 1 FROM obligations "
        "WHERE recipient NOT IN (SELECT person FROM inboxes)"
    )
