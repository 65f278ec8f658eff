"""Links by which people get their account, what leads have written so far, and when a key was last used."""

from alembic import op

revision = "0008"
down_revision = "0007"

UP = (
    """
    create table account_invitations (
        id          text primary key,
        secret_hash bytea not null unique,
        person_id   text not null,
        email       text not null,
        seats       jsonb not null default '[]',
        roles       jsonb not null default '[]',
        region      text,
        invited_by  text not null,
        invited_at  timestamptz not null,
        expires_at  timestamptz not null
    )
    """,
    "create unique index account_invitations_person on account_invitations (lower(person_id))",
    "create unique index account_invitations_email on account_invitations (email)",
    """
    create table review_drafts (
        review_id text primary key,
        fields    jsonb not null,
        revision  integer not null,
        by        text not null,
        at        timestamptz not null
    )
    """,
    "alter table api_keys add column last_used_at timestamptz",
)


def upgrade() -> None:
    """Add both tables and the column."""
    for statement in UP:
        op.execute(statement)


def downgrade() -> None:
    """Drop them again: open invitations have to be made anew, and drafts are gone."""
    op.execute("alter table api_keys drop column last_used_at")
    op.execute("drop table review_drafts")
    op.execute("drop table account_invitations")
