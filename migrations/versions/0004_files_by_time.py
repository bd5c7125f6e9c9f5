"""The order of the list of files."""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the index."""
    op.create_index("files_by_time", "files", ["created_at", "file_id"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("files_by_time", "files")
