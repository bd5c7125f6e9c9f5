"""Finds contents to remove."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the index."""
    op.create_index("contents_by_state", "contents", ["state", "changed_at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("contents_by_state", "contents")
