"""Brings the database to the schema that this code needs, once, however many processes start together."""

from __future__ import annotations

import importlib
from typing import Any

from stores.postgres_examination import examine, revisions


async def migrate(database_url: str) -> str:
    """Run the missing migrations and return the revision that stands now.

    Raises SetupFailed with a sentence when the server, or what it holds, cannot be used; then nothing has changed.
    """
    newest = revisions()[-1]
    if await examine(database_url) != newest:
        engine: Any = importlib.import_module("stores.upgrade")  # alembic takes half a second that most starts can do without
        await engine.upgrade(database_url)
    return newest
