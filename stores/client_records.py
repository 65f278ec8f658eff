"""Clients as our own cases and decisions know them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain.known_client import KnownClient, ValueMoment
from domain.value import ValueEstimate
from stores.inbox import holding

if TYPE_CHECKING:
    from stores.postgres import Database

LOOKED_AT = 1_000
"""Newest cases in which clients are looked for: a list that stands in for the CRM stays quick."""
COUNTED = """
cross join lateral (
    select count(*)::int as cases, count(*) filter (where o.status not in ('resolved', 'closed'))::int as cases_open,
        count(*) filter (where o.created_at > $1::timestamptz - interval '30 days')::int as cases_30d
    from cases o where o.client_id = n.client_id and ($2::text is null or o.region = $2)
) counted
"""
SHOWN = "n.client_id as id, coalesce(n.identity ->> 'client_name', n.client_id) as name, n.region, n.tier, n.id as last_case"
KNOWN = f"""
select {SHOWN}, n.created_at as last_case_at, counted.* from (
    select * from cases where client_id = $3 and ($2::text is null or region = $2) order by created_at desc limit 1
) n {COUNTED}
"""  # noqa: S608 - built from the constants above only
RECENT = f"""
select {SHOWN}, n.created_at as last_case_at, counted.* from (
    select distinct on (client_id) * from (
        select id, client_id, identity, region, tier, created_at from cases
        where client_id is not null and ($2::text is null or region = $2)
        order by created_at desc, id desc limit {LOOKED_AT}
    ) newest order by client_id, created_at desc
) n {COUNTED}
where ($3 = '' or n.tier = $3) and ($4 = '' or concat_ws(' ', n.identity ->> 'client_name', n.client_id) ilike $5)
order by n.created_at desc limit $6
"""  # noqa: S608 - built from the constants above only
VALUES = """
select decided_at as at, case_id, turn, convert_from(record, 'UTF8')::jsonb #> '{value,estimate}' as estimate from (
    select d.* from (
        select id from cases where client_id = $1 and ($2::text is null or region = $2) order by created_at desc limit $3
    ) c join decisions d on d.case_id = c.id order by d.decided_at desc limit $3
) newest order by decided_at
"""
NOTHING = "none"
"""The model of an estimate that could not be made."""


class PgClientRecords:
    """Clients in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self, client_id: str, region: str | None, now: datetime) -> KnownClient | None:
        """A client that a case came from; None when none did."""
        rows = await self._fetch(KNOWN, now, region, client_id)
        return KnownClient.model_validate(dict(rows[0])) if rows else None

    async def recent(self, region: str | None, text: str, tier: str, now: datetime, limit: int) -> list[KnownClient]:
        """Clients of the newest cases, the newest first."""
        rows = await self._fetch(RECENT, now, region, tier, text, holding(text), limit)
        return [KnownClient.model_validate(dict(row)) for row in rows]

    async def values(self, client_id: str, region: str | None, limit: int) -> list[ValueMoment]:
        """What past decisions went by, the oldest first, of the newest so many; those that went by none are left out."""
        rows = await self._fetch(VALUES, client_id, region, limit)
        return [_moment(row) for row in rows if row["estimate"] and row["estimate"]["model"] != NOTHING]

    async def _fetch(self, query: str, *values: Any) -> list[Any]:
        async with self._database.connection() as connection:
            return await connection.fetch(query, *values)


def _moment(row: Any) -> ValueMoment:
    return ValueMoment(at=row["at"], case_id=row["case_id"], turn=row["turn"], estimate=ValueEstimate.model_validate(row["estimate"]))
