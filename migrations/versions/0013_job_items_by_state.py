"""Finds the items to work on."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Make the index."""
    op.create_index("job_items_by_state", "job_items", ["state", "lease_until"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("job_items_by_state", "job_items")
