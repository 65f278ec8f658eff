"""People and how busy they are."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain.client import Person
from domain.facts import LoadFacts, PoolLoad

if TYPE_CHECKING:
    from stores.postgres import Database

LOAD = """
select pool, coalesce(sum(open), 0)::int as open, coalesce(sum(capacity) filter (where on_shift), 0)::int as capacity,
       (count(*) filter (where on_shift and open < capacity))::int as available
from people, unnest(pools) as pool group by pool order by pool
"""
PUT = """
insert into people (id, name, email, region, pools, skills, languages, capacity, timezone, shift, lead)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (id) do update set name = excluded.name, email = excluded.email, region = excluded.region, pools = excluded.pools,
    skills = excluded.skills, languages = excluded.languages, capacity = excluded.capacity, timezone = excluded.timezone,
    shift = excluded.shift, lead = excluded.lead
"""


class PgRoster:
    """People in Postgres, with a snapshot of their load that is at most `max_age_s` old."""

    def __init__(self, database: Database, max_age_s: float = 1.0) -> None:
        self._database = database
        self._max_age_s = max_age_s
        self._load = LoadFacts()
        self._read_at = float("-inf")

    async def load(self) -> LoadFacts:
        """The load of every pool."""
        if time.monotonic() - self._read_at > self._max_age_s:
            self._read_at = time.monotonic()
            async with self._database.connection() as connection:
                rows = await connection.fetch(LOAD)
            self._load = _load_of(rows)
        return self._load

    async def put(self, people: list[Person]) -> None:
        """Add or update people."""
        async with self._database.connection() as connection:
            await connection.executemany(
                PUT,
                [
                    (
                        p.id,
                        p.name,
                        p.email,
                        p.region,
                        list(p.pools),
                        list(p.skills),
                        list(p.languages),
                        p.capacity,
                        p.timezone,
                        p.shift,
                        p.lead,
                    )
                    for p in people
                ],
            )

    async def set_presence(self, on_shift: dict[str, bool], at: datetime) -> None:
        """Say who is on shift."""
        async with self._database.connection() as connection:
            await connection.execute(
                "update people set on_shift = n.present from unnest($1::text[], $2::bool[]) as n(id, present) "
                "where people.id = n.id and people.on_shift <> n.present",
                list(on_shift),
                list(on_shift.values()),
            )
        self._read_at = float("-inf")

    async def people(self) -> list[dict[str, Any]]:
        """Everybody, with presence and open cases."""
        async with self._database.connection() as connection:
            return [dict(row) for row in await connection.fetch("select * from people order by id")]


def _load_of(rows: list[Any]) -> LoadFacts:
    pools = {row["pool"]: PoolLoad(available=row["available"], open=row["open"], capacity=row["capacity"]) for row in rows}
    capacity = sum(pool.capacity for pool in pools.values())
    opened = sum(pool.open for pool in pools.values())
    return LoadFacts(utilization=min(1.0, opened / capacity) if capacity else 0.0, pools=pools)
