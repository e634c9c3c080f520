"""What was told before inboxes had an order is the first thing in them; pages of fan-outs are counted."""

import sqlalchemy as sa
from alembic import op

from services.notifications import tables

revision = "notifications_0003"
down_revision = "notifications_0002"


def upgrade() -> None:
    """Add what a new database has already."""
    there = sa.inspect(op.get_bind())
    if "people" not in {column["name"] for column in there.get_columns("fanout_pages")}:
        op.add_column("fanout_pages", sa.Column("people", sa.Integer, nullable=False, server_default="0"))
    for table in (tables.obligations, tables.fanouts):
        indexes = {index["name"] for index in there.get_indexes(table.name)}
        for index in table.indexes:
            if index.name not in indexes:
                index.create(op.get_bind())
    op.execute("UPDATE obligations SET changed = 1 WHERE changed = 0")
    op.execute(
        "INSERT INTO inboxes (person, version) SELECT DISTINCT recipient, 1 FROM obligations "
        "WHERE recipient NOT IN (SELECT person FROM inboxes)"
    )
