"""Background work of one process: sequencing events, due timers, stranded turns, presence, purges. One loop each, never in step."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import structlog

from domain.errors import MaitredError

log = structlog.get_logger("maitred.workers")

BACKOFF_S = 1.0
JITTER = 0.2
SPREAD = random.SystemRandom()
"""Of its own for each process, also for those that were forked."""


@dataclass(frozen=True)
class Chore:
    """Something to do again and again; when it says that there may be more, it is called again at once."""

    name: str
    every_s: float
    do: Callable[[], Awaitable[Any]]
    eager: bool = False
    pause: Callable[[float], Awaitable[Any]] = asyncio.sleep
    """Waits so many seconds, or less when there is something to do sooner."""


@asynccontextmanager
async def chores(*wanted: Chore) -> AsyncGenerator[None, None]:
    """Run the chores while inside."""
    tasks = [asyncio.create_task(_again_and_again(chore), name=f"chore {chore.name}") for chore in wanted]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)


async def _again_and_again(chore: Chore) -> None:
    while True:
        more: Any = False
        try:
            more = await chore.do()
        except MaitredError as error:
            log.warning("chore put off", chore=chore.name, reason=error.code)
            await asyncio.sleep(BACKOFF_S)
        except Exception:
            log.exception("chore broke", chore=chore.name)
            await asyncio.sleep(BACKOFF_S)
        if not (chore.eager and more):
            await chore.pause(chore.every_s * SPREAD.uniform(1 - JITTER, 1 + JITTER))
