"""Assignments: which person works a case, chosen and counted in one statement. Each takes the case's lock before a person's."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

from domain.case import Reservation
from domain.decision import Route
from domain.identifiers import derived_id

HOLDER = """
with mine as (select id from cases where id = $1 for no key update)
select a.person_id, a.pool, a.accepted_at from mine join assignments a on a.case_id = mine.id where a.ended_at is null limit 1
"""
RESERVE = """
with mine as (
    select id from cases where id = $2 and status not in ('resolved', 'closed') for no key update
), chosen as (
    select id from people
    where (select count(*) from mine) = 1 and $4 = any(pools) and {fits}
    order by (skills @> $5) desc, ($6 = any(languages)) desc, open::double precision / capacity, id
    limit 1 for update {unless_busy}
), assigned as (
    insert into assignments (id, case_id, turn, person_id, pool, at)
    select $1, $2, $3, id, $4, $7 from chosen
    on conflict (id) do nothing returning person_id
), busier as (
    update people set open = open + 1 where id in (select person_id from assigned)
)
select (select person_id from assigned) as person,
    not exists (select 1 from assigned) and exists (select 1 from mine) and not exists (select 1 from assignments where id = $1)
    and exists (select 1 from people where $4 = any(pools) and {fits}) as held_elsewhere
"""
FREE = """
on_shift and open < capacity and not exists (
        select 1 from assignments a where a.case_id = $2 and a.person_id = people.id and a.ended_because = 'declined')
"""
RESERVE_FREE = RESERVE.format(fits=FREE.strip(), unless_busy="skip locked")
ANYONE_FREE = f"select exists (select 1 from people where $1 = any(pools) and {FREE.strip()})"  # noqa: S608 - a constant
RESERVE_NAMED = RESERVE.format(fits="id = $8", unless_busy="")
BOTH = """
select id from people
where id = $2 or id in (select person_id from assignments where case_id = $1 and ended_at is null) order by id for update
"""
END = """
with ended as (
    update assignments set ended_at = $2, ended_because = $3 where case_id = $1 and ended_at is null returning person_id
)
update people set open = greatest(0, open - 1) where id in (select person_id from ended)
"""
PAUSES_S = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32)
"""Between looks for a person who is free but whose row another transaction holds for a moment. Nobody waits at the lock: two cases that
change hands could hold up each other there."""
ACCEPT = "update assignments set accepted_at = $2 where case_id = $1 and ended_at is null"


class PgAssignments:
    """Who works a case, in Postgres."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def assign(self, case_id: str, turn: int, route: Route, language: str, at: datetime) -> str | None:
        """Give the case to a fitting person with free capacity and return the person's id; None when nobody is free.

        A person whom the route names gets it in any case. Who works the case already keeps it as long as the pool stays the same.
        """
        if turn > 1:
            holder = await self.holder(case_id)
            if holder and holder.pool == route.pool and route.assignee in (None, holder.person):
                return holder.person
            if holder:
                return await self.move("decide", case_id, turn, route, language, at, "routed anew")
        return await self._reserve("decide", case_id, turn, route, language, at)

    async def move(self, step: str, case_id: str, turn: int, route: Route, language: str, at: datetime, because: str) -> str | None:
        """Free who has the case, and give it to the person whom the route names or to a fitting one who did not decline it before."""
        if route.assignee is not None:
            await self._connection.fetch(BOTH, case_id, route.assignee)
        await self.end(case_id, at, because)
        return await self._reserve(step, case_id, turn, route, language, at)

    async def _reserve(self, step: str, case_id: str, turn: int, route: Route, language: str, at: datetime) -> str | None:
        values = (derived_id("asg", case_id, turn, step), case_id, turn, route.pool, list(route.skills), language, at)
        if route.assignee is not None:
            return (await self._connection.fetchrow(RESERVE_NAMED, *values, route.assignee))["person"]
        found = await self._connection.fetchrow(RESERVE_FREE, *values)
        for pause in PAUSES_S:
            if not found["held_elsewhere"]:
                break
            await asyncio.sleep(pause)
            found = await self._connection.fetchrow(RESERVE_FREE, *values)
        return found["person"]

    async def anyone_free(self, case_id: str, pool: str) -> bool:
        """Whether somebody of the pool could take the case now, who did not decline it before."""
        return await self._connection.fetchval(ANYONE_FREE, pool, case_id)

    async def holder(self, case_id: str) -> Reservation | None:
        """Who has the case now."""
        row = await self._connection.fetchrow(HOLDER, case_id)
        return Reservation(person=row["person_id"], pool=row["pool"], accepted_at=row["accepted_at"]) if row else None

    async def accept(self, case_id: str, at: datetime) -> None:
        """Who has the case takes it on."""
        await self._connection.execute(ACCEPT, case_id, at)

    async def end(self, case_id: str, at: datetime, because: str) -> None:
        """Who had the case is free for another one."""
        await self._connection.execute(END, case_id, at, because)

    async def works_in(self, person_id: str, pool: str) -> bool:
        """Whether this person exists and works in the pool."""
        return bool(await self._connection.fetchval("select $2 = any(pools) from people where id = $1", person_id, pool))
