"""Keys under which the letters of jurors and the names of objectors are sealed."""

from alembic import op

from services.evaluation.tables import review_keys

revision = "evaluation_0002"
down_revision = "evaluation_0001"


def upgrade() -> None:
    """Make the table."""
    review_keys.create(op.get_bind(), checkfirst=True)
