"""Idempotency keys: the first answer to a POST, kept for a day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.idempotency import Begun, FirstAnswer, Mismatch, StillRunning

if TYPE_CHECKING:
    from stores.postgres import Database

KEPT_HOURS = 24
ABANDONED_S = 60

BEGIN = """
insert into idempotency (actor, key, fingerprint) values ($1, $2, $3)
on conflict (actor, key) do update set fingerprint = excluded.fingerprint, status = null, created_at = clock_timestamp()
    where idempotency.created_at < clock_timestamp() - make_interval(hours => $4)
       or (idempotency.status is null and idempotency.fingerprint = excluded.fingerprint
           and idempotency.created_at < clock_timestamp() - make_interval(secs => $5))
returning 1
"""


class PgIdempotency:
    """Idempotency keys in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, actor: str, key: str, fingerprint: str) -> Begun | FirstAnswer | StillRunning | Mismatch:
        """Claim a key for a request, or say what it was used for."""
        async with self._database.connection() as connection:
            if await connection.fetchval(BEGIN, actor, key, fingerprint, KEPT_HOURS, ABANDONED_S):
                return Begun()
            row = await connection.fetchrow(
                "select fingerprint, status, headers, body from idempotency where actor = $1 and key = $2", actor, key
            )
        if row is None:
            return StillRunning()
        if row["fingerprint"] != fingerprint:
            return Mismatch()
        if row["status"] is None:
            return StillRunning()
        return FirstAnswer(status=row["status"], headers=row["headers"], body=row["body"])

    async def finish(self, actor: str, key: str, answer: FirstAnswer) -> None:
        """Keep the first answer."""
        async with self._database.connection() as connection:
            await connection.execute(
                "update idempotency set status = $3, headers = $4, body = $5 where actor = $1 and key = $2",
                actor,
                key,
                answer.status,
                answer.headers,
                answer.body,
            )

    async def forget(self, actor: str, key: str) -> None:
        """Let the key be used again: the request failed."""
        async with self._database.connection() as connection:
            await connection.execute("delete from idempotency where actor = $1 and key = $2 and status is null", actor, key)

    async def purge(self) -> None:
        """Drop what is older than a day."""
        async with self._database.connection() as connection:
            await connection.execute(
                "delete from idempotency where created_at < clock_timestamp() - make_interval(hours => $1)", KEPT_HOURS
            )
