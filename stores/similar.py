"""Similar cases: those among a client's newest ones in which triage read the same, and what it had read in each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from domain.similar import SimilarCase

if TYPE_CHECKING:
    from stores.postgres import Database

SUBJECT = 400
NEWEST = 30
"""Records that are opened to look for the same intent and signals: a record is big, and what is older is like nothing of today."""
LIKE = """
with newest as materialized (
    select c.id, c.created_at, c.outcome->>'outcome' as outcome, c.decision_id
    from cases c where c.client_id = $1 and c.id <> $2 and c.decision_id is not null and ($7::text is null or c.region = $7)
    order by c.created_at desc limit $3
), read as materialized (
    select n.*, d.mode, d.pool, convert_from(d.record, 'UTF8')::jsonb #> '{triage,read}' as said
    from newest n join decisions d on d.id = n.decision_id
)
select r.id, r.created_at as opened_at, r.mode, r.pool, coalesce(r.outcome, '') as outcome, left(coalesce(m.body, ''), $4) as subject,
    coalesce(r.said ->> 'intent', '') as intent, coalesce(r.said -> 'signals', '[]') as signals
from read r
left join lateral (select body from messages where case_id = r.id and inbound order by turn limit 1) m on true
order by (r.said ->> 'intent') is not distinct from $5 desc, coalesce(r.said -> 'signals' ?| $8, false) desc, r.created_at desc limit $6
"""


class PgSimilarCases:
    """Similar cases in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def like(
        self, client_id: str, intent: str, but_not: str, region: str | None, limit: int, signals: Sequence[str] = ()
    ) -> list[SimilarCase]:
        """Those of the client with the same intent first, then those that share a signal, then the newest."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(LIKE, client_id, but_not, NEWEST, SUBJECT, intent, limit, region, list(signals))
        return [SimilarCase.model_validate(dict(row)) for row in rows]
