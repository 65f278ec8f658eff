"""Who made a key: what it does where two people are asked for counts as theirs. Of keys that there are, the ledger knows it."""

from alembic import op

revision = "0016"
down_revision = "0015"

AS_THE_LEDGER_KNOWS = """
update api_keys k set made_by = e.actor from ledger_entries e
where e.kind = 'key.created' and e.actor like 'person:%' and convert_from(e.body, 'UTF8')::jsonb -> 'data' ->> 'key' = k.id
"""


def upgrade() -> None:
    """Add the column; a key that a shell made has no maker."""
    op.execute("alter table api_keys add column made_by text")
    op.execute(AS_THE_LEDGER_KNOWS)


def downgrade() -> None:
    """Drop it again."""
    op.execute("alter table api_keys drop column made_by")
