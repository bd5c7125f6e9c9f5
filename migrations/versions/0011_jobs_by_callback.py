"""Finds the callbacks that are due."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Make the index."""
    op.create_index("jobs_by_callback", "jobs", ["callback_state", "callback_at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("jobs_by_callback", "jobs")
