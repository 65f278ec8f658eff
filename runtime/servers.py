"""Opens the two servers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from stores.postgres import PATIENCE_S, Database
from stores.redis import Redis

OFFLINE_PATIENCE_S = 30.0


@dataclass(frozen=True)
class Stores:
    """The two servers, open."""

    database: Database
    redis: Redis


@asynccontextmanager
async def patient_database(database_url: str, connections: int = 2) -> AsyncGenerator[Database, None]:
    """Postgres alone, for a command that reads much: nobody waits for it but the person who asked."""
    database = Database(database_url, connections=connections, patience_s=OFFLINE_PATIENCE_S)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def open_stores(database_url: str, redis_url: str, connections: int, patience_s: float = PATIENCE_S) -> AsyncGenerator[Stores, None]:
    """Connect to both servers while inside; `patience_s` is for Postgres."""
    database, redis = Database(database_url, connections=connections, patience_s=patience_s), Redis(redis_url)
    await database.open()
    try:
        yield Stores(database, redis)
    finally:
        await redis.close()
        await database.close()
