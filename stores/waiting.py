"""Turns that stopped for a lead and whose version decides no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.waiting import WaitingTurn

if TYPE_CHECKING:
    from stores.postgres import Database

UNDER_OTHERS = """
select t.case_id, t.turn, r.id as review_id, r.due_at, c.client_id, c.region, t.record, count(*) over () as total
from turns t
join policy_versions v on v.digest = t.policy_digest and v.name = $1
join cases c on c.id = t.case_id
join reviews r on r.case_id = t.case_id and r.turn = t.turn and r.status in ('open', 'claimed')
where t.status = 'waiting' and t.ruling is null and t.record is not null and t.policy_digest <> all($2)
  and ($3::text is null or c.region = $3) and ($4::text is null or c.client_id = $4)
order by r.due_at, t.case_id, t.turn limit $5
"""


class PgWaitingTurns:
    """Waiting turns in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def under_others(
        self, name: str, live: list[str], *, region: str | None, client_id: str | None, limit: int
    ) -> tuple[int, list[WaitingTurn]]:
        """How many turns of a policy wait under versions that are not `live`, and the most urgent of them."""
        async with self._database.connection() as connection:
            rows = [dict(row) for row in await connection.fetch(UNDER_OTHERS, name, live, region, client_id, limit)]
        total = rows[0]["total"] if rows else 0
        return total, [WaitingTurn.model_validate({field: row[field] for field in WaitingTurn.model_fields}) for row in rows]
