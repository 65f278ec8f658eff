"""What reviews are searched by stands in the review: one table is read, and no letter is folded while somebody waits."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add the column and fill it for the reviews that there are."""
    op.execute("alter table reviews add column words text not null default ''")
    op.execute(
        """
        update reviews r set words = left(lower(concat_ws(' ', r.pool, c.id, c.client_id, c.identity->>'client_name', (
            select string_agg(left(m.body, 4000), ' ' order by m.turn) from messages m
            where m.case_id = r.case_id and m.inbound
                and (m.turn = r.turn or m.id in (select a.message_id from amendments a where a.review_id = r.id))
        ))), 4000)
        from cases c where c.id = r.case_id
        """
    )


def downgrade() -> None:
    """Drop it again."""
    op.execute("alter table reviews drop column words")
