"""Listening: a connection of its own that hears what is notified. A notification only wakes; the tables are the truth."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from domain.errors import StoreUnavailable

if TYPE_CHECKING:
    from stores.postgres import Database


class Listener:
    """Hears one channel; when its connection breaks it takes another one the next time somebody waits."""

    def __init__(self, database: Database, channel: str) -> None:
        self._database = database
        self._channel = channel
        self._news = asyncio.Event()
        self._connection: Any = None
        self._opening = asyncio.Lock()
        self.heard = 0
        """Notifications so far."""

    async def wait(self, timeout_s: float, heard: int | None = None) -> None:
        """Return when there may be something new, or after the timeout; at once when more than `heard` notifications came already."""
        await self._listen()
        if heard is None or heard == self.heard:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), timeout_s)

    async def close(self) -> None:
        """Stop listening."""
        if self._connection is not None:
            with contextlib.suppress(Exception):
                await self._connection.close(timeout=1)

    async def _listen(self) -> None:
        """One connection, whoever asks at once; one that was not made ready to the end is closed."""
        async with self._opening:
            if self._connection is not None and not self._connection.is_closed():
                return
            with contextlib.suppress(StoreUnavailable):
                connection = await self._database.listener()
                try:
                    await connection.add_listener(self._channel, self._wake)
                except BaseException:
                    connection.terminate()
                    raise
                self._connection = connection

    def _wake(self, *_: Any) -> None:
        self.heard += 1
        self._news.set()
        self._news = asyncio.Event()
