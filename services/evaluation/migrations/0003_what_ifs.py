"""What-ifs of many projects, as jobs."""

from alembic import op

from services.evaluation.tables import what_if_lines, what_ifs

revision = "evaluation_0003"
down_revision = "evaluation_0002"


def upgrade() -> None:
    """Make the tables."""
    for table in (what_ifs, what_if_lines):
        table.create(op.get_bind(), checkfirst=True)
