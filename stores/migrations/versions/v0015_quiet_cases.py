"""When the AI alone answered: that ends a case unless its client comes back. And what is at its end is found by how long it is silent."""

from alembic import op

revision = "0015"
down_revision = "0014"


FIGURES = "region, tier, status, heard_at, acknowledged_at, resolved_at, ack_due_at, resolve_due_at"


def upgrade() -> None:
    """Add the columns and the indexes; what was answered by the AI alone before is known by its first word."""
    op.execute("alter table cases add column answered_at timestamptz, add column since_turn integer not null default 1")
    op.execute("""
        update cases c set answered_at = heard_at where status = 'answered'
            and not exists (select 1 from decisions d where d.case_id = c.id and d.mode <> 'ai')
    """)
    op.execute("drop index cases_figures")
    op.execute(f"create index cases_figures on cases (created_at) include ({FIGURES}, answered_at)")
    op.execute("create index cases_quiet on cases (updated_at) where status in ('answered', 'resolved')")


def downgrade() -> None:
    """Drop them again."""
    op.execute("drop index cases_quiet")
    op.execute("drop index cases_figures")
    op.execute(f"create index cases_figures on cases (created_at) include ({FIGURES})")
    op.execute("alter table cases drop column since_turn, drop column answered_at")
