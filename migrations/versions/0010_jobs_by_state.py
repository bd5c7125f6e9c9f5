"""Finds the jobs that are not finished."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the index."""
    op.create_index("jobs_by_state", "jobs", ["state", "created_at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("jobs_by_state", "jobs")
