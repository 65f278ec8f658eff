"""The history of evals: every finished run with its figures, and what was judged of each case. Both only grow."""

from alembic import op

revision = "0004"
down_revision = "0003"

STATEMENTS = (
    """
    create table eval_runs (
        id              text primary key,
        suite           text not null,
        suite_version   integer not null,
        dataset_digest  text not null,
        cases           integer not null,
        repeats         integer not null,
        seed            bigint not null,
        model           text not null,
        policy          text not null,
        prompts         jsonb not null,
        code_digest     text not null,
        began_at        timestamptz not null,
        machine         text not null,
        figures         jsonb not null,
        dangerous       integer not null,
        results         integer not null,
        results_digest  text not null,
        kept_at         timestamptz not null default clock_timestamp()
    )
    """,
    "create index eval_runs_listing on eval_runs (began_at desc, id desc)",
    "create index eval_runs_suite on eval_runs (suite, began_at desc, id desc)",
    # What the system said word for word stays in the run's folder: a judgement is enough to compare runs by.
    """
    create table eval_results (
        run_id       text not null references eval_runs (id),
        case_id      text not null,
        repeat       integer not null,
        case_digest  text not null,
        slices       jsonb not null,
        "group"      text not null,
        passed       boolean not null,
        dangerous    boolean not null,
        judgement    jsonb not null,
        error        text not null,
        primary key (run_id, case_id, repeat)
    )
    """,
    "create index eval_results_case on eval_results (case_id, run_id)",
    """
    create function eval_history_only_grows() returns trigger language plpgsql as
        $$ begin raise exception 'the history of evals only grows'; end $$
    """,
    """
    create trigger eval_runs_only_grow before update or delete or truncate on eval_runs
        for each statement execute function eval_history_only_grows()
    """,
    """
    create trigger eval_results_only_grow before update or delete or truncate on eval_results
        for each statement execute function eval_history_only_grows()
    """,
)


def upgrade() -> None:
    """Add the two tables."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them again; the history in Postgres is lost, the runs' folders stay."""
    for statement in ("drop table eval_results", "drop table eval_runs", "drop function eval_history_only_grows"):
        op.execute(statement)
