"""Policy texts: immutable versions, kept so that every decision can be replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stores.postgres import Database

KEEP = """
with known as (
    select version from policy_versions where digest = $1
), added as (
    insert into policy_versions (digest, name, version, body, created_by)
    select $1, $2, coalesce((select max(version) from policy_versions where name = $2), 0) + 1, $3, $4
    where not exists (select 1 from known)
    on conflict do nothing returning version
)
select version from known union all select version from added
"""


class PgPolicyVersions:
    """Policy versions in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, digest: str, name: str, body: str, created_by: str) -> int:
        """Store a text under its digest and return its version number; the same text keeps its number."""
        async with self._database.connection() as connection:
            version = None
            while version is None:
                version = await connection.fetchval(KEEP, digest, name, body, created_by)
            return version

    async def all(self) -> list[tuple[str, int, str]]:
        """(name, version, text) of every version."""
        async with self._database.connection() as connection:
            rows = await connection.fetch("select name, version, body from policy_versions order by name, version")
        return [(row["name"], row["version"], row["body"]) for row in rows]
