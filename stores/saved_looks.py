"""Looks at the inbox that people keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.inbox import SavedLook

if TYPE_CHECKING:
    from stores.postgres import Database

OF = "select name, query from saved_looks where person_id = $1 order by lower(name), name"
PUT = """
insert into saved_looks (person_id, name, query)
select $1, $2, $3 where (select count(*) from saved_looks where person_id = $1 and name <> $2) < $4
on conflict (person_id, name) do update set query = excluded.query
returning 1
"""
DROP = "delete from saved_looks where person_id = $1 and name = $2 returning 1"


class PgSavedLooks:
    """Looks in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, person_id: str) -> list[SavedLook]:
        """By name."""
        async with self._database.connection() as connection:
            return [SavedLook.model_construct(**dict(row)) for row in await connection.fetch(OF, person_id)]

    async def put(self, person_id: str, look: SavedLook, most: int) -> bool:
        """Keep a look; one of the same name is replaced. False when the person has `most` others."""
        async with self._database.connection() as connection:
            return await connection.fetchval(PUT, person_id, look.name, look.query, most) is not None

    async def drop(self, person_id: str, name: str) -> bool:
        """Forget one; False when there is none."""
        async with self._database.connection() as connection:
            return await connection.fetchval(DROP, person_id, name) is not None
