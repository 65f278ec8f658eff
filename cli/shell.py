"""Whoever has a shell on this machine and this instance's secrets: they may do everything, and the ledger says that it was they."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from cli.console import plain_errors
from domain.access import SHELL_ACTOR, ApiKey, Scope
from runtime.embedded import resolved_stack
from runtime.servers import Stores, open_stores
from runtime.settings import Settings, load_settings
from stores.schema import stands

SHELL = ApiKey(id="shell", name="shell", scopes=(Scope.ADMIN.value,), actor=SHELL_ACTOR)

Do = Callable[[Settings, Stores], Awaitable[Any]]


def with_stores(do: Do) -> None:
    """Run something on this instance's stores, whether the service runs or not."""

    async def opened(settings: Settings, database_url: str, redis_url: str) -> None:
        await stands(database_url)
        async with open_stores(database_url, redis_url, 2) as stores:
            await do(settings, stores)

    with plain_errors():
        settings = load_settings()
        with resolved_stack(settings) as urls:
            asyncio.run(opened(settings, urls.database_url, urls.redis_url))
