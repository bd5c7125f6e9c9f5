"""Finds the files of a tag, where a foreign key does not bring its index along as MySQL's does."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Make the index."""
    if op.get_bind().dialect.name == "sqlite":
        op.create_index("file_tags_by_tag", "file_tags", ["tag_id", "file_id"])


def downgrade() -> None:
    """Take it back."""
    if op.get_bind().dialect.name == "sqlite":
        op.drop_index("file_tags_by_tag", "file_tags")
