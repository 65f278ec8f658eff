"""Opens the two servers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from stores.postgres import Database
from stores.redis import Redis


@dataclass(frozen=True)
class Stores:
    """The two servers, open."""

    database: Database
    redis: Redis


@asynccontextmanager
async def open_stores(database_url: str, redis_url: str, connections: int) -> AsyncGenerator[Stores, None]:
    """Connect to both servers while inside."""
    database, redis = Database(database_url, connections=connections), Redis(redis_url)
    await database.open()
    try:
        yield Stores(database, redis)
    finally:
        await redis.close()
        await database.close()
