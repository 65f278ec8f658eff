"""One key for candidates: an upsert waits for a race on the key that it names, and fails on any other. The id holds case and turn."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Find candidates by their turn as before; only the id is held to be once."""
    op.execute("alter table eval_candidates drop constraint eval_candidates_case_id_turn_key")
    op.execute("create index eval_candidates_turn on eval_candidates (case_id, turn)")


def downgrade() -> None:
    """Hold both to be once again."""
    op.execute("drop index eval_candidates_turn")
    op.execute("alter table eval_candidates add unique (case_id, turn)")
