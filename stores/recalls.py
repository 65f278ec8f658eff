"""Recalled cases: what a withdrawn version touched and what is not over, until a lead has looked."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from domain.policy_life import Release
from domain.rollout_views import RecalledCase, RecallQuery, RecallRow

if TYPE_CHECKING:
    from stores.postgres import Database

COLUMNS = "case_id, turn, name, digest, client_id, region, tier, because, at, seen_by, seen_at"
WITHDRAW = """
insert into policy_withdrawals (digest, name, because, began_at, at) values ($1, $2, $3, $4, $5)
on conflict (digest) do update set because = $3, began_at = $4, at = $5
"""
FIND = f"""
insert into policy_recalls (case_id, turn, name, digest, client_id, region, tier, because)
select t.case_id, t.turn, w.name, w.digest, c.client_id, c.region, coalesce(d.tier, c.tier, ''), w.because
from policy_withdrawals w
join turns t on t.policy_digest = w.digest and t.created_at >= w.began_at and t.created_at < w.at + interval '1 minute'
join cases c on c.id = t.case_id and c.status not in ('resolved', 'closed')
left join decisions d on d.case_id = t.case_id and d.turn = t.turn
where w.at > clock_timestamp() - interval '30 days' and (d.id is not null or t.status = 'waiting')
  and not exists (select 1 from policy_recalls r where r.case_id = t.case_id and r.turn = t.turn)
order by t.created_at limit $1
on conflict do nothing returning {COLUMNS}
"""  # noqa: S608 - a constant
"""Which turns a version touched is told by when they were pinned to it; a worker may serve it some seconds longer."""
SEE = f"""
update policy_recalls set seen_by = $3, seen_at = $4 where name = $1 and case_id = $2 and seen_at is null returning {COLUMNS}
"""  # noqa: S608 - a constant
OF = f"select {COLUMNS} from policy_recalls where name = $1 and case_id = $2 order by turn"  # noqa: S608 - a constant
LIST = """
select r.*, c.identity->>'client_name' as client_name, c.status, d.id is null as waiting, d.body,
    coalesce(d.record, convert_to(t.record::text, 'UTF8')) as record
from policy_recalls r
join cases c on c.id = r.case_id
join turns t on t.case_id = r.case_id and t.turn = r.turn
left join decisions d on d.case_id = r.case_id and d.turn = r.turn
where r.name = $1 and ($2::text is null or r.region = $2) and ($3::text is null or r.client_id = $3)
  and (r.seen_at is not null) = $4 and ($5::timestamptz is null or (r.at, r.case_id, r.turn) > ($5, $6, $7))
order by r.at, r.case_id, r.turn limit $8
"""
UNSEEN = """
select name, count(distinct case_id) as cases from policy_recalls
where seen_at is null and ($1::text is null or region = $1) group by name order by name
"""


class PgRecalls:
    """Recalled cases inside a transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def withdraw(self, release: Release, because: str, at: datetime) -> None:
        """Remember that a running candidate was taken back, so that every case it touched is found, also one that still runs."""
        await self._connection.execute(WITHDRAW, release.candidate, release.name, because, release.started_at, at)

    async def find(self, limit: int) -> list[RecalledCase]:
        """Put touched cases of withdrawn versions that are not over before a lead, and say which are new."""
        return _recalled(await self._connection.fetch(FIND, limit))

    async def see(self, name: str, case_id: str, actor: str, at: datetime) -> list[RecalledCase]:
        """A lead has looked: what was open of the case is not any more. Empty when nothing was."""
        return _recalled(await self._connection.fetch(SEE, name, case_id, actor, at))

    async def of(self, name: str, case_id: str) -> list[RecalledCase]:
        """What was recalled of a case, seen or not."""
        return _recalled(await self._connection.fetch(OF, name, case_id))


class PgRecallViews:
    """Recalled cases as they are read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recalls(self, query: RecallQuery) -> list[RecallRow]:
        """Oldest first."""
        after = query.after or (None, None, None)
        async with self._database.connection() as connection:
            rows = await connection.fetch(LIST, query.name, query.region, query.client_id, query.seen, *after, query.limit)
        return [
            RecallRow(
                recall=RecalledCase.model_validate({name: row[name] for name in RecalledCase.model_fields}),
                client_name=row["client_name"],
                status=row["status"],
                waiting=row["waiting"],
                decision=orjson.loads(row["body"]) if row["body"] else None,
                record=orjson.loads(row["record"]),
            )
            for row in rows
        ]

    async def unseen(self, region: str | None) -> dict[str, int]:
        """How many cases of each policy nobody has looked at yet."""
        async with self._database.connection() as connection:
            return {row["name"]: row["cases"] for row in await connection.fetch(UNSEEN, region)}


def _recalled(rows: list[Any]) -> list[RecalledCase]:
    return [RecalledCase.model_validate(dict(row)) for row in rows]
