"""Chores that one worker at a time does: an advisory lock that ends with its connection, so that a killed worker holds nobody up."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stores.postgres import Database

TAKE = "select pg_try_advisory_lock(hashtextextended('maitred chore ' || $1, 0))"
LEAVE = "select pg_advisory_unlock(hashtextextended('maitred chore ' || $1, 0))"


@asynccontextmanager
async def turn_of(database: Database, chore: str) -> AsyncGenerator[bool, None]:
    """Whether this worker may do the chore while inside; it does without a wait when another does it."""
    async with database.connection() as connection:
        taken = await connection.fetchval(TAKE, chore)
        try:
            yield taken
        finally:
            if taken:
                await connection.execute(LEAVE, chore)
