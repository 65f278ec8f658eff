"""API keys: only their HMAC is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.access import ApiKey

if TYPE_CHECKING:
    from stores.postgres import Database


class PgKeys:
    """API keys in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, key: ApiKey, key_hash: bytes) -> None:
        """Store a new key."""
        async with self._database.connection() as connection:
            await connection.execute(
                "insert into api_keys (id, name, hash, scopes, actor, region, client_id, roles) values ($1, $2, $3, $4, $5, $6, $7, $8)",
                key.id,
                key.name,
                key_hash,
                list(key.scopes),
                key.actor,
                key.region,
                key.client_id,
                list(key.roles),
            )

    async def find(self, key_hash: bytes) -> ApiKey | None:
        """The live key with this hash."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(
                "select id, name, scopes, roles, actor, region, client_id from api_keys where hash = $1 and revoked_at is null", key_hash
            )
        return ApiKey.model_validate(dict(row)) if row else None

    async def revoke(self, key_id: str) -> bool:
        """End a key; False when there is no such live key."""
        async with self._database.connection() as connection:
            done = await connection.fetchval(
                "update api_keys set revoked_at = clock_timestamp() where id = $1 and revoked_at is null returning 1", key_id
            )
        return done is not None

    async def all(self) -> list[dict[str, Any]]:
        """Every key, without its hash."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(
                "select id, name, scopes, roles, actor, region, client_id, created_at, revoked_at from api_keys order by created_at"
            )
        return [dict(row) for row in rows]
