"""From production to suite: candidate cases out of rulings, without anything personal in them, and the windows that drift is told from."""

from alembic import op

revision = "0005"
down_revision = "0004"

STATEMENTS = (
    """
    create table eval_candidates (
        id            text primary key,
        case_id       text not null,
        turn          integer not null,
        review_id     text not null,
        region        text not null,
        action        text not null,
        ruled_by      text not null,
        ruled_at      timestamptz not null,
        status        text not null,
        held_because  text not null,
        input         jsonb not null,
        gold          jsonb not null,
        slices        jsonb not null,
        why           text not null,
        method        text not null,
        replaced      jsonb not null,
        label         jsonb,
        decided_by    text,
        reason        text not null default '',
        decided_at    timestamptz,
        revision      integer not null default 1,
        collected_at  timestamptz not null,
        unique (case_id, turn)
    )
    """,
    "create index eval_candidates_listing on eval_candidates (ruled_at desc, id desc)",
    "create index reviews_ruled on reviews (id) where status = 'ruled'",
    # What decisions looked like while somebody found them good. Clients are numbers here.
    """
    create table eval_windows (
        id           text primary key,
        began_at     timestamptz not null,
        ended_at     timestamptz not null,
        region       text,
        cases        integer not null,
        sample       jsonb not null,
        accepted_by  text not null,
        reason       text not null,
        at           timestamptz not null
    )
    """,
    "create index eval_windows_listing on eval_windows (at desc, id desc)",
)


def upgrade() -> None:
    """Add the two tables, and the way to the rulings."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them again; candidates, their labels and accepted windows are lost. What was exported stays."""
    for statement in ("drop table eval_windows", "drop index reviews_ruled", "drop table eval_candidates"):
        op.execute(statement)
