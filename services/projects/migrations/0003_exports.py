"""Lists that somebody asked to be made as files."""

from alembic import op

from services.projects.tables import exports

revision = "projects_0003"
down_revision = "projects_0002"


def upgrade() -> None:
    """Make the table, which a new database has already."""
    exports.create(op.get_bind(), checkfirst=True)
