"""What a case's messages held stays with it until somebody has resolved it: "any news?" after a legal threat is no harmless question."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the column; it fills as cases are decided."""
    op.execute("alter table cases add column open_signals text[] not null default '{}'")


def downgrade() -> None:
    """Drop it again."""
    op.execute("alter table cases drop column open_signals")
