"""Which evidence files were sealed: their bytes are gone and may not come back (R74)."""

from alembic import op

from services.projects.tables import sealed_files

revision = "projects_0002"
down_revision = "projects_0001"


def upgrade() -> None:
    """Make the table, which a new database has already."""
    sealed_files.create(op.get_bind(), checkfirst=True)
