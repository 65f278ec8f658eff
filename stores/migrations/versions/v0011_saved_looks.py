"""Looks at the inbox that people keep, and lists of reviews that are over or ordered by when they opened."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the table and the indexes."""
    op.execute(
        """
        create table saved_looks (
            person_id  text not null,
            name       text not null,
            query      text not null,
            kept_at    timestamptz not null default clock_timestamp(),
            primary key (person_id, name)
        )
        """
    )
    op.execute("create index reviews_opened on reviews (status, opened_at, id)")
    op.execute("create index reviews_promised on reviews (status, sla_due_at, at_stake desc, id)")


def downgrade() -> None:
    """Drop them again; what people kept is gone."""
    op.execute("drop index reviews_promised")
    op.execute("drop index reviews_opened")
    op.execute("drop table saved_looks")
