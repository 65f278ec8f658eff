"""Releases: which version of a policy decides, one row for each name, and what every worker is told when it changes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain.errors import StaleObject
from domain.policy_life import Release

if TYPE_CHECKING:
    from stores.postgres import Database

CHANNEL = "maitred_policies"

GET = """
select name, active, previous, candidate, stage, percent, salt, gates, steps, starts_at, started_at, started_by, step_at, held_because,
       revision, updated_at
from policy_releases where name = $1
"""
PUT = """
insert into policy_releases as kept (name, active, previous, candidate, stage, percent, salt, gates, steps, starts_at, started_at,
                                     started_by, step_at, held_because)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
on conflict (name) do update set
    active = $2, previous = $3, candidate = $4, stage = $5, percent = $6, salt = $7, gates = $8, steps = $9, starts_at = $10,
    started_at = $11, started_by = $12, step_at = $13, held_because = $14, revision = kept.revision + 1, updated_at = clock_timestamp()
where kept.revision = $15
returning revision, updated_at
"""
DUE = """
select name from policy_releases
where candidate is not null and started_at is null and held_because is null and starts_at <= clock_timestamp() order by starts_at
"""
ACTIVATED = """
insert into policy_activations (digest, name, previous, at) values ($1, $2, $3, $4)
on conflict (digest) do update set previous = $3, at = $4
"""


class PgReleases:
    """Releases inside a transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def get(self, name: str, *, lock: bool = False) -> Release | None:
        """The release of a policy; locked until the transaction ends when asked."""
        row = await self._connection.fetchrow(f"{GET} for update" if lock else GET, name)
        return release_from(row) if row else None

    async def put(self, release: Release) -> Release:
        """Store a release that was read at its `revision`, tell every worker, and return it as it stands now. Raises StaleObject."""
        plain = release.model_dump(mode="json", include={"gates", "steps"})
        row = await self._connection.fetchrow(
            PUT,
            release.name,
            release.active,
            release.previous,
            release.candidate,
            release.stage,
            release.percent,
            release.salt,
            plain["gates"],
            plain["steps"],
            release.starts_at,
            release.started_at,
            release.started_by,
            release.step_at,
            release.held_because,
            release.revision,
        )
        if row is None:
            raise StaleObject("The rollout changed since you read it.")
        await self._connection.execute(f"notify {CHANNEL}")
        return release.model_copy(update=dict(row))

    async def due(self) -> list[str]:
        """Names of policies whose rollout should have begun by now, by the database's clock."""
        return [row[0] for row in await self._connection.fetch(DUE)]

    async def activated(self, name: str, digest: str, previous: str | None, at: datetime) -> None:
        """Remember that a rollout made a version active, and which one was before it."""
        await self._connection.execute(ACTIVATED, digest, name, previous, at)

    async def activations(self, name: str) -> dict[str, str | None]:
        """Every version that was ever active, with the one that was active before it."""
        rows = await self._connection.fetch("select digest, previous from policy_activations where name = $1", name)
        return {row["digest"]: row["previous"] for row in rows}


async def release_of(database: Database, name: str) -> Release | None:
    """The release of a policy as it is now."""
    async with database.connection() as connection:
        row = await connection.fetchrow(GET, name)
    return release_from(row) if row else None


def release_from(row: Any) -> Release:
    """The release of a row."""
    return Release.model_validate(dict(row))
