"""Finds the answers that nobody asks for any more."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make the index."""
    op.create_index("requests_by_expiry", "requests", ["expires_at"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("requests_by_expiry", "requests")
