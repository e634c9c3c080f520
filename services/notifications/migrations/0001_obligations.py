"""The obligations of notifications: who is to be told what, and what became of it."""

from alembic import op

from services.notifications import tables
from shared import checkpoints

revision = "notifications_0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of the first release."""
    tables.metadata.create_all(op.get_bind())
    checkpoints.metadata.create_all(op.get_bind())  # they move in the transaction that makes obligations
