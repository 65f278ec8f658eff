"""Opens the two servers, and the policies that Postgres keeps."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from policies.engine import compile_policy
from policies.rules import shipped
from policies.shelf import PolicyShelf
from runtime.settings import Settings
from stores.policies import PgPolicyVersions
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


async def policy_shelf(settings: Settings, database: Database) -> PolicyShelf:
    """The policy to serve, its text kept under its digest, and every version that was served before."""
    text = settings.policy_file.read_text(encoding="utf-8") if settings.policy_file else shipped()
    draft = compile_policy(text)
    versions = PgPolicyVersions(database)
    version = await versions.keep(draft.digest, draft.ref.name, text, "maitred:start")
    shelf = PolicyShelf(compile_policy(text, version=version), settings.region)
    for _, number, body in await versions.all():
        kept = compile_policy(body, version=number, stage="retired")
        if kept.digest != draft.digest:
            shelf.put(kept)
    return shelf
