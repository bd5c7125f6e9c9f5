"""Finds what an attempt of a batch item made."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the index."""
    op.create_index("files_by_origin", "files", ["origin"])


def downgrade() -> None:
    """Take it back."""
    op.drop_index("files_by_origin", "files")
