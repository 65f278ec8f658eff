"""The life of a case: turns that end undecided, reviews that are amended or closed, reservations, the route that stands."""

from alembic import op

revision = "0002"
down_revision = "0001"

STATEMENTS = (
    "alter table cases add column route jsonb",
    "alter table turns add column ended_by text",
    "alter table reviews add column closing jsonb",
    "alter table assignments add column accepted_at timestamptz, add column ended_because text",
    """
    create table amendments (
        id          text primary key,
        review_id   text not null,
        case_id     text not null,
        turn        integer not null,
        message_id  text not null,
        triage      jsonb not null,
        degraded    jsonb not null,
        worse       jsonb not null,
        guards      jsonb not null,
        at          timestamptz not null,
        unique (case_id, turn)
    )
    """,
    "create index amendments_review on amendments (review_id, turn)",
    # The case's row is the lock for all that ends or decides its turns; the two may meet in one statement, in either order.
    """
    create function ended_turns_get_no_decision() returns trigger language plpgsql as $$
    begin
        perform 1 from cases where id = new.case_id for no key update;
        perform 1 from turns where case_id = new.case_id and turn = new.turn and ended_by is not null;
        if found then
            raise unique_violation using table = 'decisions', message = 'this turn was ended without a decision';
        end if;
        return new;
    end $$
    """,
    """
    create trigger decisions_of_live_turns before insert on decisions
        for each row execute function ended_turns_get_no_decision()
    """,
)


def upgrade() -> None:
    """Add what the life of a case needs."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop it again; amendments, closings and acceptances are lost."""
    for statement in (
        "drop trigger decisions_of_live_turns on decisions",
        "drop function ended_turns_get_no_decision",
        "drop table amendments",
        "alter table assignments drop column accepted_at, drop column ended_because",
        "alter table reviews drop column closing",
        "alter table turns drop column ended_by",
        "alter table cases drop column route",
    ):
        op.execute(statement)
