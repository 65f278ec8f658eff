"""One transaction in few round trips: statements without an answer gather, and go to the server together as one.

Postgres runs the parts of such a statement on one snapshot, in no promised order, and may change a row only once. So no table is
touched twice in it: a second write to a table, and everything that reads, sends first what has gathered.
"""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from functools import lru_cache
from typing import Any

PLACE = re.compile(r"\$(\d+)")
WRITE = re.compile(r"\s*(?:insert into|update|delete from)\s+(\w+)", re.IGNORECASE)


class GatheringConnection:
    """Looks like a connection to the repositories; `finish` sends what is left when their work is done."""

    def __init__(self, connection: Any, transaction: AsyncExitStack) -> None:
        """`transaction` is left, which commits or rolls back, after `finish`."""
        self._connection = connection
        self._transaction = transaction
        self._begun = False
        self._gathered: dict[str, tuple[str, tuple[Any, ...]]] = {}

    async def execute(self, statement: str, *values: Any) -> None:
        """Gather a write to one table; anything else is sent at once."""
        write = WRITE.match(statement)
        table = write[1] if write else None
        if table is None or table in self._gathered:
            await self._send_in_transaction()
        if table is None:
            await self._connection.execute(statement, *values)
        else:
            self._gathered[table] = (statement, values)

    async def fetch(self, query: str, *values: Any) -> list[Any]:
        """Rows, seen after every write before."""
        await self._send_in_transaction()
        return await self._connection.fetch(query, *values)

    async def fetchrow(self, query: str, *values: Any) -> Any:
        """The first row, or None."""
        await self._send_in_transaction()
        return await self._connection.fetchrow(query, *values)

    async def fetchrow_alone(self, query: str, *values: Any) -> Any:
        """The first row of a statement that is a transaction by itself: it comes before all others, and no later failure undoes it."""
        if self._begun or self._gathered:
            raise RuntimeError("a statement that stands alone comes first")
        return await self._connection.fetchrow(query, *values)

    async def fetchval(self, query: str, *values: Any) -> Any:
        """The first value of the first row, or None."""
        await self._send_in_transaction()
        return await self._connection.fetchval(query, *values)

    async def finish(self) -> None:
        """Send the rest. When nothing went before, that one statement is the whole transaction."""
        await self._send()

    async def _send_in_transaction(self) -> None:
        if not self._begun:
            await self._transaction.enter_async_context(self._connection.transaction())
            self._begun = True
        await self._send()

    async def _send(self) -> None:
        writes, self._gathered = list(self._gathered.values()), {}
        if writes:
            values = [value for _, given in writes for value in given]
            await self._connection.execute(_together(tuple((statement, len(given)) for statement, given in writes)), *values)


@lru_cache(maxsize=512)
def _together(writes: tuple[tuple[str, int], ...]) -> str:
    """One statement that does all of `writes`, each given with its number of values."""
    if len(writes) == 1:
        return writes[0][0]
    parts: list[str] = []
    before = 0
    for number, (statement, count) in enumerate(writes):
        renumbered = PLACE.sub(lambda place, before=before: f"${int(place[1]) + before}", statement)
        parts.append(f"w{number} as ({renumbered})")
        before += count
    return f"with {', '.join(parts)} select"
