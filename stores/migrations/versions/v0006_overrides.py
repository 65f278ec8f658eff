"""Rulings that suspend guards wait on their review for a second person."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column."""
    op.execute("alter table reviews add column override jsonb")


def downgrade() -> None:
    """Drop it again; overrides that wait are lost."""
    op.execute("alter table reviews drop column override")
