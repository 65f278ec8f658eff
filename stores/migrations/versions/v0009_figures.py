"""What the dashboard counts: a narrow row of every decision, and when a client first heard from us."""

from alembic import op

revision = "0009"
down_revision = "0008"

MICROSECONDS = ", ".join(
    f"least(coalesce((d.told #>> '{{latency_ms,{stage}}}')::float8, 0) * 1000, 2147483647)::integer"
    for stage in ("total", "context", "value", "model", "policy")
)
STATEMENTS = (
    # A decision's own row carries its whole record; a month of them is counted from these. Ids of guards stand in one text, since
    # equal texts are found faster than equal arrays.
    """
    create table decision_figures (
        decision_id        text primary key,
        decided_at         timestamptz not null,
        region             text not null,
        tier               text not null,
        mode               text not null,
        policy_digest      text not null,
        proposed           boolean not null,
        overruled          boolean not null,
        degraded           boolean not null,
        guards             text not null,
        total_us           integer not null,
        context_us         integer not null,
        value_us           integer not null,
        model_us           integer not null,
        policy_us          integer not null,
        prompt_tokens      integer not null,
        completion_tokens  integer not null,
        cost_usd           double precision
    )
    """,
    "create index decision_figures_time on decision_figures (decided_at) include (region, tier)",
    "alter table cases add column heard_at timestamptz",
    """
    create index cases_figures on cases (created_at)
        include (region, tier, status, heard_at, acknowledged_at, resolved_at, ack_due_at, resolve_due_at)
    """,
    f"""
    insert into decision_figures
    select d.id, d.decided_at, c.region, d.tier, d.mode, d.policy_digest,
        d.told -> 'proposal' <> 'null', d.overruled, d.told -> 'degraded' <> '[]',
        coalesce((select string_agg(guard ->> 'id', ' ') from jsonb_array_elements(d.told #> '{{verdict,guards}}') guard), ''),
        {MICROSECONDS}, 0, 0, case when coalesce(d.told #>> '{{proposal,model_region}}', 'local') = 'local' then 0 end
    from (select *, convert_from(body, 'UTF8')::jsonb as told from decisions) d join cases c on c.id = d.case_id
    """,  # noqa: S608 - built from the constant above only
    """
    update cases set heard_at = least(
        acknowledged_at, (select min(received_at) from messages where case_id = cases.id and not inbound))
    """,
)


def upgrade() -> None:
    """Add both and fill them from what is recorded."""
    for statement in STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them again; they can be told from the decisions and messages."""
    for statement in (
        "drop index cases_figures",
        "alter table cases drop column heard_at",
        "drop table decision_figures",
    ):
        op.execute(statement)
