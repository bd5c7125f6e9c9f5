"""Which files have which tags."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "file_tags",
        sa.Column("file_id", sa.String(64), sa.ForeignKey("files.file_id", ondelete="CASCADE"), primary_key=True),
        sa.Column("tag_id", sa.String(64), sa.ForeignKey("tags.tag_id", ondelete="CASCADE"), primary_key=True),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("file_tags")
