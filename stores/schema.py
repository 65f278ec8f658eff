"""Brings the database to the schema that this code needs, once, however many processes start together."""

from __future__ import annotations

import importlib
from typing import Any

from domain.errors import SetupFailed
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


async def stands(database_url: str) -> str:
    """The revision that stands, for whoever uses the database beside a service; only an empty one is set up, since nobody works on it yet.

    Raises SetupFailed for an older schema, and as `migrate` does: a service of an earlier version may be running on it, and would break.
    """
    present, newest = await examine(database_url), revisions()[-1]
    if present is None:
        return await migrate(database_url)
    if present != newest:
        raise SetupFailed(
            f"The database is at schema {present}, and this maitred works with {newest}. This command leaves it as it is, since a service "
            "of the earlier version may be running on it. Stop that one and start this version with `maitred run`: it brings the schema up."
        )
    return present
