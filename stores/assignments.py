"""Assignments: which person works a case, chosen and counted in one statement."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.decision import Route
from domain.identifiers import derived_id

ASSIGN = """
with chosen as (
    select id from people
    where $4 = any(pools) and on_shift and open < capacity
    order by (skills @> $5) desc, ($6 = any(languages)) desc, open::double precision / capacity, id
    limit 1 for update skip locked
), busier as (
    update people set open = open + 1 where id in (select id from chosen)
)
insert into assignments (id, case_id, turn, person_id, pool, at)
select $1, $2, $3, id, $4, $7 from chosen
on conflict (id) do nothing returning person_id
"""
END = """
with ended as (
    update assignments set ended_at = $2 where case_id = $1 and ended_at is null returning person_id
)
update people set open = greatest(0, open - 1) where id in (select person_id from ended)
"""


class PgAssignments:
    """Who works a case, in Postgres."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def assign(self, case_id: str, turn: int, route: Route, language: str, at: datetime) -> str | None:
        """Give the case to a fitting person with free capacity and return the person's id; None when nobody is free.

        Who works the case already keeps it as long as the pool stays the same.
        """
        if turn > 1:
            holder = await self._connection.fetchrow(
                "select person_id, pool from assignments where case_id = $1 and ended_at is null limit 1", case_id
            )
            if holder and holder["pool"] == route.pool:
                return holder["person_id"]
            if holder:
                await self.end(case_id, at)
        return await self._connection.fetchval(
            ASSIGN, derived_id("asg", case_id, turn, "decide"), case_id, turn, route.pool, list(route.skills), language, at
        )

    async def end(self, case_id: str, at: datetime) -> None:
        """The case needs nobody any more."""
        await self._connection.execute(END, case_id, at)
