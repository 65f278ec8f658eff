"""The tree over the ledger, its signed roots, and the words of its entries.

Leaves are given after the transaction that wrote an entry, by one sealer at a time, so the hot path pays for none of this.
"""

from alembic import op

revision = "0010"
down_revision = "0009"

UP = (
    """
    create table ledger_leaves (
        position  bigint primary key,
        entry     bigint not null unique references ledger_entries (index),
        hash      bytea not null,
        words     tsvector not null
    )
    """,
    "create index ledger_leaves_words on ledger_leaves using gin (words)",
    """
    create table ledger_nodes (
        level     smallint not null,
        position  bigint not null,
        hash      bytea not null,
        primary key (level, position)
    )
    """,
    """
    create table ledger_checkpoints (
        size  bigint primary key,
        root  bytea not null,
        at    timestamptz not null,
        note  text not null
    )
    """,
    "create index ledger_kind on ledger_entries (kind, index)",
    "create index ledger_actor on ledger_entries (actor, index)",
)
SEALED = ("ledger_leaves", "ledger_nodes", "ledger_checkpoints")


def upgrade() -> None:
    """Add the tables; entries that are there already are sealed by the first worker that starts."""
    for statement in UP:
        op.execute(statement)
    for table in SEALED:
        op.execute(
            f"create trigger {table}_append_only before update or delete or truncate on {table} "
            "for each statement execute function ledger_is_append_only()"
        )


def downgrade() -> None:
    """Drop them again: proofs that were given out cannot be checked against this ledger any more."""
    for table in SEALED:
        op.execute(f"drop table {table}")
    op.execute("drop index ledger_kind")
    op.execute("drop index ledger_actor")
