"""The ledgers, the accounts with their sessions, the keys that seal personal data, the evidence files."""

from alembic import op

from services.projects import tables
from shared import ledger_tables

revision = "projects_0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of the first release."""
    ledger_tables.create(op.get_bind())
    tables.metadata.create_all(op.get_bind())
