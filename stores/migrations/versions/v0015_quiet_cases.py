"""Cases at their end are looked through for those in which nothing has happened for long, without reading the others."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the index."""
    op.execute("create index cases_quiet on cases (updated_at) where status in ('answered', 'resolved')")


def downgrade() -> None:
    """Drop it again."""
    op.execute("drop index cases_quiet")
