"""`maitred worker`: a desk without an API."""

from __future__ import annotations

import asyncio
import signal

from cli.console import out, plain_errors
from domain.errors import SetupFailed
from evals.office import EvalProcesses
from runtime.embedded import is_served, resolved_stack
from runtime.observability import configure_logging
from runtime.settings import Settings, load_settings
from runtime.wiring import open_desk
from stores.schema import stands


def worker() -> None:
    """Work cases without serving the API: takes up what other workers left behind. Needs servers that already run."""
    with plain_errors():
        settings = load_settings()
        configure_logging(settings.log_level)
        if not (settings.database_url and settings.redis_url) and not is_served(settings.home):
            raise SetupFailed(
                "A worker needs running servers: start `maitred run` first, or set MAITRED_DATABASE_URL and MAITRED_REDIS_URL."
            )
        with resolved_stack(settings) as urls:
            found = load_settings(database_url=urls.database_url, redis_url=urls.redis_url)
            asyncio.run(_work(found, urls.database_url))


async def _work(settings: Settings, database_url: str) -> None:
    await stands(database_url)
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with open_desk(settings, EvalProcesses):
        out.print("maitred works cases; Ctrl-C stops it")
        await stop.wait()
