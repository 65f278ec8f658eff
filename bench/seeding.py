"""Thousands of reviews out of one: rows are copied in the database, each with other times, client, tier and words."""

from __future__ import annotations

from typing import Any

NAMES = "array['Northwind Bank', 'Aurelia Voss', 'Haruki Sato', 'J. Okafor GmbH', 'Dana Whitfield']"
TIERS = "array['strategic', 'platinum', 'gold', 'standard']"
CASE, REVIEW = "'case_seed' || lpad(g::text, 6, '0')", "'rev_seed' || lpad(g::text, 6, '0')"
OTHER: dict[str, dict[str, str]] = {
    "cases": {
        "id": CASE,
        "conversation_id": "'seed-' || g",
        "review_id": REVIEW,
        "tier": f"({TIERS})[1 + g % 4]",
        "identity": f"x.identity || jsonb_build_object('client_name', ({NAMES})[1 + g % 5])",
    },
    "turns": {"case_id": CASE},
    "messages": {
        "id": "'msg_seed' || g",
        "case_id": CASE,
        "external_id": "'seed-' || g",
        "body": "x.body || ' It is about number ' || g || '. ' || repeat(md5(g::text) || ' ', 12)",
    },
    "reviews": {
        "id": REVIEW,
        "case_id": CASE,
        "status": "'open'",
        "claimed_by": "null",
        "claim_expires_at": "null",
        "words": "x.words || ' it is about number ' || g || '. ' || repeat(md5(g::text) || ' ', 12)",
        "at_stake": "(g * 7919 % 3000000)::float8",
        "opened_at": "clock_timestamp() - g * interval '2 s'",
        "sla_due_at": "clock_timestamp() + (g - 600) * interval '1 s'",
        "due_at": "clock_timestamp() + interval '5 days'",
    },
}
"""What of each table differs from row to row."""
COLUMNS = """
select column_name from information_schema.columns
where table_name = $1 and is_generated = 'NEVER' and identity_generation is null order by ordinal_position
"""


async def seed(connection: Any, review_id: str, count: int) -> None:
    """As many reviews as `count` beside the one that there is; those that are there already stay."""
    case_id = await connection.fetchval("select case_id from reviews where id = $1", review_id)
    for table, other in OTHER.items():
        names = [row["column_name"] for row in await connection.fetch(COLUMNS, table)]
        values = ", ".join(other.get(name, f"x.{name}") for name in names)
        which = "id" if table == "cases" else "case_id"
        await connection.execute(
            f"insert into {table} ({', '.join(names)}) select {values} "
            f"from (select * from {table} where {which} = $1 limit 1) x, generate_series(1, $2::int) g on conflict do nothing",
            case_id,
            count,
        )
    await connection.execute("analyze")
