"""The spine: cases, messages, turns, decisions, reviews, timers, people, ledger, events, keys, idempotency, policies."""

from alembic import op

revision = "0001"
down_revision = None

SCHEMA = """
create table policy_versions (
    digest      text primary key,
    name        text not null,
    version     integer not null,
    body        text not null,
    created_at  timestamptz not null default clock_timestamp(),
    created_by  text not null,
    unique (name, version)
);

create table api_keys (
    id          text primary key,
    name        text not null,
    hash        bytea not null unique,
    scopes      text[] not null,
    actor       text not null,
    region      text,
    client_id   text,
    created_at  timestamptz not null default clock_timestamp(),
    revoked_at  timestamptz
);

create table cases (
    id               text primary key,
    channel          text not null,
    conversation_id  text not null,
    region           text not null,
    client_id        text,
    identity         jsonb,
    status           text not null,
    last_turn        integer not null,
    tier             text,
    pool             text,
    priority         integer not null default 0,
    assignee         text,
    value            jsonb,
    decision_id      text,
    review_id        text,
    reply            jsonb,
    handover         jsonb,
    ack_due_at       timestamptz,
    resolve_due_at   timestamptz,
    acknowledged_at  timestamptz,
    resolved_at      timestamptz,
    outcome          jsonb,
    revision         integer not null default 1,
    created_at       timestamptz not null,
    updated_at       timestamptz not null
);
create unique index cases_conversation on cases (channel, conversation_id) where status <> 'closed';
create index cases_listing on cases (created_at desc, id desc);
create index cases_client on cases (client_id, created_at desc);

create table deliveries (
    channel      text not null,
    external_id  text not null,
    message_id   text not null,
    primary key (channel, external_id)
);

create table messages (
    id           text primary key,
    case_id      text not null,
    turn         integer not null,
    inbound      boolean not null,
    external_id  text,
    author       jsonb not null,
    body         text not null,
    language     text,
    attachments  jsonb not null default '[]',
    metadata     jsonb not null default '{}',
    sent_at      timestamptz not null,
    received_at  timestamptz not null
);
create index messages_case on messages (case_id, turn);

create table turns (
    case_id        text not null,
    turn           integer not null,
    message_id     text not null,
    status         text not null,
    policy_digest  text not null,
    record         jsonb,
    ruling         jsonb,
    request_id     text not null,
    failures       integer not null default 0,
    created_at     timestamptz not null,
    updated_at     timestamptz not null,
    primary key (case_id, turn)
) with (fillfactor = 70);
create index turns_unfinished on turns (case_id, turn) where status <> 'done';

create table decisions (
    id             text primary key,
    case_id        text not null,
    turn           integer not null,
    facts_digest   text not null,
    policy_digest  text not null,
    tier           text not null,
    mode           text not null,
    pool           text not null,
    body           bytea not null,
    record         bytea not null,
    decided_at     timestamptz not null,
    unique (case_id, turn)
);

create table reviews (
    id                text primary key,
    case_id           text not null,
    turn              integer not null,
    status            text not null,
    gate              jsonb not null,
    pool              text not null,
    at_stake          double precision not null,
    opened_at         timestamptz not null,
    due_at            timestamptz not null,
    sla_due_at        timestamptz not null,
    escalations       integer not null default 0,
    claimed_by        text,
    claim_expires_at  timestamptz,
    ruling            jsonb,
    revision          integer not null default 1,
    unique (case_id, turn)
);
create index reviews_waiting on reviews (sla_due_at, at_stake desc, id) where status in ('open', 'claimed');

create table timers (
    id       text primary key,
    case_id  text not null,
    kind     text not null,
    due_at   timestamptz not null,
    data     jsonb not null
);
create index timers_due on timers (due_at);
create index timers_case on timers (case_id);

create table people (
    id         text primary key,
    name       text not null,
    email      text not null,
    region     text not null,
    pools      text[] not null,
    skills     text[] not null,
    languages  text[] not null,
    capacity   integer not null,
    timezone   text not null,
    shift      text not null,
    lead       boolean not null,
    on_shift   boolean not null default true,
    open       integer not null default 0
) with (fillfactor = 50);
create index people_pools on people using gin (pools);

create table assignments (
    id         text primary key,
    case_id    text not null,
    turn       integer not null,
    person_id  text not null,
    pool       text not null,
    at         timestamptz not null,
    ended_at   timestamptz
);
create index assignments_case on assignments (case_id) where ended_at is null;

create table ledger_entries (
    index       bigint generated always as identity primary key,
    id          text not null unique,
    xid         xid8 not null default pg_current_xact_id(),
    kind        text not null,
    case_id     text,
    actor       text not null,
    at          timestamptz not null,
    request_id  text not null,
    body        bytea not null,
    digest      text not null
);
create index ledger_case on ledger_entries (case_id, index);
create function ledger_is_append_only() returns trigger language plpgsql as
    $$ begin raise exception 'the ledger is append-only'; end $$;
create trigger ledger_append_only before update or delete or truncate on ledger_entries
    for each statement execute function ledger_is_append_only();

create table events (
    id        bigint generated always as identity primary key,
    event_id  text not null unique,
    sequence  bigint,
    kind      text not null,
    case_id   text,
    region    text not null,
    client_id text,
    at        timestamptz not null,
    data      jsonb not null
);
create index events_unsequenced on events (id) where sequence is null;
create unique index events_sequence on events (sequence) where sequence is not null;
create index events_case on events (case_id, sequence) where sequence is not null;

create table idempotency (
    actor        text not null,
    key          text not null,
    fingerprint  text not null,
    status       integer,
    headers      jsonb,
    body         bytea,
    created_at   timestamptz not null default clock_timestamp(),
    primary key (actor, key)
);
create index idempotency_age on idempotency (created_at);
"""


def upgrade() -> None:
    """Create every table of the spine."""
    for statement in _statements(SCHEMA):
        op.execute(statement)


def downgrade() -> None:
    """There is nothing below the spine."""
    raise RuntimeError("the first migration cannot be undone; drop the database instead")


def _statements(script: str) -> list[str]:
    parts = [part.strip() for part in script.split(";\n")]
    return [part for part in parts if part]
