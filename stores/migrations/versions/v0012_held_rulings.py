"""Rulings that can still be taken back."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column."""
    op.execute("alter table reviews add column held jsonb")


def downgrade() -> None:
    """Drop it again: rulings that are held at that moment have to be given again."""
    op.execute("alter table reviews drop column held")
