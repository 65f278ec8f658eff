"""The life of a policy: stages apart from texts, approvals, releases, comparisons of two versions on live traffic, recalled cases."""

from alembic import op

revision = "0003"
down_revision = "0002"

STATEMENTS = (
    "alter table api_keys add column roles text[] not null default '{}'",
    """
    create table policy_stages (
        digest        text primary key references policy_versions (digest),
        name          text not null,
        version       integer not null,
        stage         text not null,
        author        text not null,
        needs         jsonb,
        submitted_at  timestamptz,
        reason        text not null default '',
        revision      integer not null default 1,
        changed_at    timestamptz not null default clock_timestamp(),
        unique (name, version)
    )
    """,
    """
    create table policy_approvals (
        id          text primary key,
        digest      text not null references policy_versions (digest),
        actor       text not null,
        roles       text[] not null,
        approves    boolean not null,
        accepts     text[] not null default '{}',
        reason      text not null default '',
        at          timestamptz not null,
        expires_at  timestamptz not null,
        stale_at    timestamptz
    )
    """,
    "create unique index policy_approvals_once on policy_approvals (digest, actor) where stale_at is null",
    """
    create table policy_releases (
        name          text primary key,
        active        text not null references policy_versions (digest),
        previous      text references policy_versions (digest),
        candidate     text references policy_versions (digest),
        stage         text,
        percent       double precision not null default 0,
        salt          text not null default '',
        gates         jsonb not null default '[]',
        steps         jsonb not null default '[]',
        starts_at     timestamptz,
        started_at    timestamptz,
        started_by    text not null default '',
        step_at       timestamptz,
        held_because  text,
        revision      integer not null default 1,
        updated_at    timestamptz not null default clock_timestamp()
    )
    """,
    # Every version that was ever active, and which one stood before it: where a rollback can go.
    """
    create table policy_activations (
        digest    text primary key references policy_versions (digest),
        name      text not null,
        previous  text references policy_versions (digest),
        at        timestamptz not null
    )
    """,
    # One decision judged by the version that did not make it: shadow judges what active decided, active judges what a canary decided.
    """
    create table policy_comparisons (
        case_id      text not null,
        turn         integer not null,
        decided_by   text not null,
        compared     text not null,
        stage        text not null,
        client_id    text,
        tier         text not null,
        agrees       boolean not null,
        forbidden    boolean not null,
        errors       boolean not null,
        differences  jsonb not null,
        at           timestamptz not null default clock_timestamp(),
        primary key (case_id, turn, compared)
    )
    """,
    "create index policy_comparisons_pair on policy_comparisons (decided_by, compared, at)",
    # Canaries that were taken back: every case that one of them touched is recalled, also one that was still under way.
    """
    create table policy_withdrawals (
        digest    text primary key references policy_versions (digest),
        name      text not null,
        because   text not null,
        began_at  timestamptz not null,
        at        timestamptz not null
    )
    """,
    """
    create table policy_recalls (
        case_id    text not null,
        turn       integer not null,
        name       text not null,
        digest     text not null,
        client_id  text,
        region     text not null,
        tier       text not null,
        because    text not null,
        at         timestamptz not null default clock_timestamp(),
        seen_by    text,
        seen_at    timestamptz,
        primary key (case_id, turn)
    )
    """,
    "create index policy_recalls_open on policy_recalls (name, at) where seen_at is null",
    "alter table decisions add column faulty boolean not null default false, add column overruled boolean not null default false",
    "create index decisions_policy on decisions (policy_digest, decided_at)",
    "create index decisions_time on decisions (decided_at, id)",
    "create index turns_policy on turns (policy_digest, created_at)",
    "create index ledger_policies on ledger_entries (index) where kind like 'policy.%'",
)


def upgrade() -> None:
    """Add what the life of a policy needs; what is known today stands as `retired` until a release says otherwise."""
    for statement in STATEMENTS:
        op.execute(statement)
    op.execute(
        "insert into policy_stages (digest, name, version, stage, author) "
        "select digest, name, version, 'retired', created_by from policy_versions"
    )
    op.execute(
        "insert into policy_activations (digest, name, previous, at) "
        "select digest, name, lag(digest) over (partition by name order by version), created_at from policy_versions"
    )


def downgrade() -> None:
    """Drop it again; stages, approvals, releases, comparisons and recalls are lost."""
    for statement in (
        "drop index ledger_policies",
        "drop index turns_policy",
        "drop index decisions_time",
        "drop index decisions_policy",
        "alter table decisions drop column overruled, drop column faulty",
        "drop table policy_recalls",
        "drop table policy_withdrawals",
        "drop table policy_comparisons",
        "drop table policy_activations",
        "drop table policy_releases",
        "drop table policy_approvals",
        "drop table policy_stages",
        "alter table api_keys drop column roles",
    ):
        op.execute(statement)
