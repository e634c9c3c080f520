"""The ledgers of evaluation: fixed scores and their adjustments."""

from alembic import op

from shared import ledger_tables

revision = "evaluation_0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of the first release."""
    ledger_tables.create(op.get_bind())
