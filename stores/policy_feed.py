"""What a worker asks of the policies again and again: the release, and where versions stand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from domain.policy_life import Release
from stores.listening import Listener
from stores.releases import CHANNEL, release_of

if TYPE_CHECKING:
    from stores.postgres import Database

STANDINGS = "select digest, stage from policy_stages where digest = any($1)"


class PgPolicyFeed:
    """Releases as they are read by workers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listener = Listener(database, CHANNEL)

    @property
    def heard(self) -> int:
        """Notifications so far."""
        return self._listener.heard

    async def release(self, name: str) -> Release | None:
        """The release of a policy as it is now."""
        return await release_of(self._database, name)

    async def standings(self, digests: Iterable[str]) -> dict[str, str]:
        """Where versions stand, by digest."""
        async with self._database.connection() as connection:
            return {row["digest"]: row["stage"] for row in await connection.fetch(STANDINGS, list(digests))}

    async def wait(self, timeout_s: float, heard: int) -> None:
        """Return after the timeout, or as soon as there were more than `heard` notifications."""
        await self._listener.wait(timeout_s, heard)

    async def close(self) -> None:
        """Stop listening."""
        await self._listener.close()
