"""The one Redis client: calls of one event-loop tick travel as one pipeline, over redis-py's own connection."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from dataclasses import dataclass
from typing import Any

import redis.asyncio as redis_asyncio
from redis.exceptions import NoScriptError, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from domain.errors import StoreUnavailable

PATIENCE_S = 2.0
BACKOFF_S = (0.0, 0.05, 0.2, 0.5)
AWAY = (OSError, RedisTimeoutError, TimeoutError, redis_asyncio.ConnectionError, EOFError)


@dataclass(frozen=True)
class Script:
    """A Lua script with the digest that the server knows it by."""

    text: str

    @property
    def sha(self) -> str:
        """SHA-1, as EVALSHA wants it."""
        return hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()


@dataclass
class _Call:
    arguments: tuple[Any, ...]
    future: asyncio.Future[Any]


class Redis:
    """A connection that batches. Every call is safe to repeat or carries its own guard, so a lost connection is retried."""

    def __init__(self, url: str) -> None:
        """`url` is redis://, rediss:// or unix://."""
        self._pool: Any = redis_asyncio.ConnectionPool.from_url(
            url, decode_responses=False, protocol=2, socket_connect_timeout=PATIENCE_S, health_check_interval=0
        )
        self._connection: Any = None
        self._waiting: list[_Call] = []
        self._sender: asyncio.Task[None] | None = None
        self._shas: dict[str, str] = {}

    async def call(self, *arguments: Any) -> Any:
        """One command. Raises StoreUnavailable when the server does not answer, ResponseError for a refused command."""
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Call(arguments, future))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send_all())
        return await future

    async def run(self, script: Script, keys: list[str], *arguments: Any) -> Any:
        """A script; it is sent whole when the server forgot it."""
        sha = self._shas.setdefault(script.text, script.sha)
        try:
            return await self.call("EVALSHA", sha, len(keys), *keys, *arguments)
        except NoScriptError:
            return await self.call("EVAL", script.text, len(keys), *keys, *arguments)

    async def ping(self) -> None:
        """Raise StoreUnavailable unless the server answers."""
        await self.call("PING")

    async def close(self) -> None:
        """Disconnect; calls under way fail."""
        if self._sender is not None:
            self._sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sender
        await self._disconnect()

    async def _send_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            for attempt, pause in enumerate(BACKOFF_S):
                await asyncio.sleep(pause)
                try:
                    async with asyncio.timeout(PATIENCE_S):
                        await self._exchange(batch)
                    break
                except AWAY as error:
                    await self._disconnect()
                    batch = [call for call in batch if not call.future.done()]
                    if attempt == len(BACKOFF_S) - 1:
                        _fail(batch, StoreUnavailable(f"Redis does not answer ({type(error).__name__})."))
                except BaseException as error:
                    await self._disconnect()
                    _fail(batch, StoreUnavailable(f"Redis call ended: {type(error).__name__}."))
                    if not isinstance(error, RedisError):
                        raise
                    break

    async def _exchange(self, batch: list[_Call]) -> None:
        if self._connection is None:
            connection = self._pool.make_connection()
            await connection.connect()
            self._connection = connection
        packed = b"".join(b"".join(self._connection.pack_command(*call.arguments)) for call in batch)
        await self._connection.send_packed_command(packed, check_health=False)
        for call in batch:
            try:
                answer: Any = await self._connection.read_response(disconnect_on_error=False)
            except ResponseError as error:
                answer = error
            if call.future.done():
                continue
            if isinstance(answer, Exception):
                call.future.set_exception(answer)
            else:
                call.future.set_result(answer)

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                await connection.disconnect(nowait=True)


def _fail(batch: list[_Call], error: Exception) -> None:
    for call in batch:
        if not call.future.done():
            call.future.set_exception(error)
