"""Comparisons: decisions that a second version judged afterwards. The table of decisions is the queue, so a restart loses none."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import TYPE_CHECKING

import orjson

from domain.rollout_views import Comparison, DecidedTurn
from stores.chore_turns import turn_of

if TYPE_CHECKING:
    from stores.postgres import Database

UNCOMPARED = """
select d.case_id, d.turn, d.body, d.record, c.client_id
from decisions d join cases c on c.id = d.case_id
where d.policy_digest = $1 and d.decided_at >= $3
  and not exists (select 1 from policy_comparisons p where p.case_id = d.case_id and p.turn = d.turn and p.compared = $2)
order by d.decided_at, d.id limit $4
"""
PUT = """
insert into policy_comparisons (case_id, turn, decided_by, compared, stage, client_id, tier, agrees, forbidden, errors, differences)
select * from jsonb_to_recordset($1) as r(case_id text, turn integer, decided_by text, compared text, stage text, client_id text,
                                          tier text, agrees boolean, forbidden boolean, errors boolean, differences jsonb)
on conflict do nothing
"""


class PgComparisons:
    """Comparisons in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def turn_of(self, chore: str) -> AbstractAsyncContextManager[bool]:
        """Whether this worker may do a chore while inside; no other may at the same time."""
        return turn_of(self._database, chore)

    async def uncompared(self, decided_by: str, compared: str, since: datetime, limit: int) -> list[DecidedTurn]:
        """Decisions of one version since a moment that the other has not judged, oldest first."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(UNCOMPARED, decided_by, compared, since, limit)
        return [
            DecidedTurn.model_construct(
                case_id=row["case_id"],
                turn=row["turn"],
                client_id=row["client_id"],
                decision=orjson.loads(row["body"]),
                record=orjson.loads(row["record"]),
            )
            for row in rows
        ]

    async def put(self, comparisons: list[Comparison]) -> None:
        """Keep; one that is there already is left alone."""
        plain = [one.model_dump(mode="json") for one in comparisons]
        async with self._database.connection() as connection:
            await connection.execute(PUT, plain)
