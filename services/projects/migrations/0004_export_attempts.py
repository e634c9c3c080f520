"""Of each export: as it was asked, how often it was tried, why it failed, by which offices it was read."""

import sqlalchemy as sa
from alembic import op

revision = "projects_0004"
down_revision = "projects_0003"


def upgrade() -> None:
    """Add the columns, which a new database has already.

    What is ready is made again: nobody had noted by which offices it was read.
    """
    known = {column["name"] for column in sa.inspect(op.get_bind()).get_columns("exports")}
    for column in (
        sa.Column("query", sa.Text, nullable=False, server_default=""),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("detail", sa.Text),
        sa.Column("advice", sa.Text),
        sa.Column("of", sa.BigInteger),
        sa.Column("read_as", sa.Text, nullable=False, server_default="[]"),
    ):
        if column.name not in known:
            op.add_column("exports", column)
    again = "state = 'waiting', reached = '{}', done = 0, size_bytes = NULL, sha256 = NULL, held_until = 0"
    op.execute(sa.text(f"UPDATE exports SET {again} WHERE state = 'ready'"))
