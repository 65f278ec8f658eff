"""The inbox's lists: narrow lines, so that a hundred of them are read as quickly as one whole review."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from domain.inbox import InboxLine, InboxQuery, Sort, View

if TYPE_CHECKING:
    from stores.postgres import Database

ASKS_READ = 640
"""Characters of the client's text that a line carries."""
LIVE = "r.status = 'claimed' and r.claim_expires_at > clock_timestamp()"
WAITS = "r.status in ('open', 'claimed')"
WHICH = {
    View.WAITING: WAITS,
    View.UNCLAIMED: f"{WAITS} and not ({LIVE})",
    View.MINE: f"{LIVE} and r.claimed_by = $1",
    View.CLAIMED: LIVE,
    View.RULED: "r.status = 'ruled'",
    View.EXPIRED: "r.status = 'expired'",
}
ORDER = {
    Sort.URGENCY: "r.sla_due_at, r.at_stake desc, r.id",
    Sort.VALUE: "r.at_stake desc, r.sla_due_at, r.id",
    Sort.NEWEST: "r.opened_at desc, r.id desc",
    Sort.OLDEST: "r.opened_at, r.id",
}
BEYOND = {
    Sort.URGENCY: "(r.sla_due_at, -r.at_stake, r.id) > ($6, -$7::double precision, $8)",
    Sort.VALUE: "(-r.at_stake, r.sla_due_at, r.id) > (-$7::double precision, $6, $8)",
    Sort.NEWEST: "(r.opened_at, r.id) < ($6, $8)",
    Sort.OLDEST: "(r.opened_at, r.id) > ($6, $8)",
}
FROM = """
reviews r join cases c on c.id = r.case_id join turns t on t.case_id = r.case_id and t.turn = r.turn
left join lateral (select body from messages m where m.case_id = r.case_id and m.turn = r.turn and m.inbound limit 1) m on true
"""
HELD = "strpos(r.words, lower(($5::text[])[{place}])) > 0"
LINE = f"""
r.id, r.case_id, r.revision, r.status, r.claimed_by, r.claim_expires_at, r.sla_due_at, r.opened_at, r.at_stake, r.pool,
r.override is not null as contested, case when r.held->>'dropped' = '' then r.held#>>'{{ruling,actor}}' end as ruled_by,
r.ruling->>'actor' as ended_by, r.ruling->>'action' as ended_how, (r.ruling->>'ruled_at')::timestamptz as ended_at,
c.client_id, c.identity->>'client_name' as client_name, c.tier, c.region,
c.value->>'currency' as currency, left(coalesce(m.body, ''), {ASKS_READ}) as asks,
coalesce(t.record#>>'{{routing,verdict,route,mode}}', '') as mode, (t.record#>>'{{proposal,confidence}}')::float8 as confidence
"""
THESE = f"select {LINE} from {FROM} where r.id = any($1)"  # noqa: S608 - constants
NAMES = tuple(field.name for field in fields(InboxLine))


class PgInbox:
    """Reads lines from Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lines(self, query: InboxQuery) -> list[InboxLine]:
        """In the order that was asked for."""
        after = query.after or (None, None, None)
        values = (query.actor, query.pool, query.tier, query.region, list(query.words), *after, query.client_id, query.limit, query.ids)
        async with self._database.connection() as connection:
            return _lines(await connection.fetch(_statement(query), *values))

    async def lines_of(self, review_ids: Collection[str]) -> list[InboxLine]:
        """These reviews, whatever became of them, in no order."""
        async with self._database.connection() as connection:
            return _lines(await connection.fetch(THESE, list(review_ids)))


def _statement(query: InboxQuery) -> str:
    """The statement for a look, of constants only. The page is cut before records are opened, which cost the most to read."""
    held = " and ".join(HELD.format(place=place) for place in range(1, len(query.words) + 1))
    chosen = f"""
    select r.id from reviews r join cases c on c.id = r.case_id
    where {WHICH[query.view]} and ($1::text is not null) and ($2::text is null or r.pool = $2) and ($3::text is null or c.tier = $3)
      and ($4::text is null or c.region = $4) and ($9::text is null or c.client_id = $9)
      and ($5::text[] is not null) {f"and {held}" if held else ""}
      and ($11::text[] is null or r.id = any($11))
      and ($6::timestamptz is null or $7::double precision is null or $8::text is null or {BEYOND[query.sort]})
    order by {ORDER[query.sort]} limit $10
    """  # noqa: S608 - built from the constants above only
    return f"""
    select {LINE} from {FROM} join ({chosen}) page on page.id = r.id
    order by {ORDER[query.sort]}
    """  # noqa: S608 - built from the constants above only


def holding(word: str) -> str:
    """The pattern of texts that hold `word`."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _lines(rows: list[Any]) -> list[InboxLine]:
    return [InboxLine(*(row[name] for name in NAMES)) for row in rows]
