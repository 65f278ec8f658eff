"""What is done once before anything is served."""

from __future__ import annotations

from runtime.embedded import StackUrls
from runtime.sample import sample_company
from runtime.servers import open_stores, policy_shelf
from runtime.settings import Settings
from stores import redis_examination
from stores.people import PgRoster
from stores.schema import migrate


async def prepare(settings: Settings, urls: StackUrls) -> None:
    """Look at both servers, bring the database to its schema, and put policy and people of the sample company into it."""
    await redis_examination.examine(urls.redis_url)
    await migrate(urls.database_url)
    async with open_stores(urls.database_url, urls.redis_url, 2) as stores:
        await policy_shelf(settings, stores.database)
        await PgRoster(stores.database).put(list(sample_company(settings.home).people))
