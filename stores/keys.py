"""API keys by their HMAC; the secret itself is never stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.access import ApiKey, KeyStanding

if TYPE_CHECKING:
    from stores.postgres import Database

COLUMNS = "id, name, scopes, roles, actor, region, client_id, made_by"
FIND = f"""
with used as (
    update api_keys set last_used_at = clock_timestamp()
    where hash = $1 and revoked_at is null and (last_used_at is null or last_used_at < clock_timestamp() - interval '1 minute')
)
select {COLUMNS} from api_keys where hash = $1 and revoked_at is null
"""  # noqa: S608 - built from the constant above only
ALL = f"select {COLUMNS}, created_at, revoked_at, last_used_at from api_keys order by created_at, id"  # noqa: S608 - built from the constants above only
PUT = f"insert into api_keys ({COLUMNS}, hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning 1"  # noqa: S608 - built from the constants above only
REVOKE = "update api_keys set revoked_at = clock_timestamp() where id = $1 and revoked_at is null returning 1"
OF = f"select {COLUMNS} from api_keys where lower(actor) = lower($1) and revoked_at is null"  # noqa: S608 - built from the constants above only
EVER = f"select {COLUMNS} from api_keys where lower(actor) = lower($1)"  # noqa: S608 - built from the constants above only
PERSONS = "select distinct substr(actor, 8) as person from api_keys where starts_with(actor, 'person:')"


class PgKeys:
    """Keys in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, key_hash: bytes) -> ApiKey | None:
        """The live key with this hash; that it was used is remembered to the minute."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(FIND, key_hash)
        return ApiKey.model_validate(dict(row)) if row else None

    async def all(self) -> list[KeyStanding]:
        """Every key, oldest first, without its hash."""
        async with self._database.connection() as connection:
            return [_standing(dict(row)) for row in await connection.fetch(ALL)]


class PgKeyRoll:
    """Keys in a transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def put(self, key: ApiKey, key_hash: bytes) -> bool:
        """Store a new key; False when its id is taken."""
        values = [key.id, key.name, list(key.scopes), list(key.roles), key.actor, key.region, key.client_id, key.made_by]
        return await self._connection.fetchval(PUT, *values, key_hash) is not None

    async def revoke(self, key_id: str) -> bool:
        """End a key; False when there is no such live key."""
        return await self._connection.fetchval(REVOKE, key_id) is not None

    async def of(self, actor: str) -> list[ApiKey]:
        """An actor's live keys."""
        return [ApiKey.model_validate(dict(row)) for row in await self._connection.fetch(OF, actor)]

    async def ever(self, actor: str) -> list[ApiKey]:
        """An actor's keys, also those that were revoked."""
        return [ApiKey.model_validate(dict(row)) for row in await self._connection.fetch(EVER, actor)]

    async def persons(self) -> set[str]:
        """Ids of people for whom there is, or was, a key."""
        return {row["person"] for row in await self._connection.fetch(PERSONS)}


def _standing(row: dict[str, Any]) -> KeyStanding:
    life = {name: row.pop(name) for name in ("created_at", "revoked_at", "last_used_at")}
    return KeyStanding(key=ApiKey.model_validate(row), **life)
