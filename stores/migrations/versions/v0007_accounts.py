"""Accounts of people who use the console."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the table."""
    op.execute(
        """
        create table accounts (
            id             text primary key,
            name           text not null,
            email          text not null unique,
            seats          jsonb not null,
            roles          jsonb not null default '[]',
            region         text,
            active         boolean not null default true,
            password_hash  text not null,
            created_at     timestamptz not null default clock_timestamp(),
            changed_at     timestamptz not null default clock_timestamp()
        )
        """
    )


def downgrade() -> None:
    """Drop it again; people have to be entered anew."""
    op.execute("drop table accounts")
