"""The one Redis client: calls of one event-loop tick travel as one pipeline, over redis-py's own connection."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from dataclasses import dataclass, field
from typing import Any

import hiredis
import redis.asyncio as redis_asyncio
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, OutOfMemoryError, ReadOnlyError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from domain.errors import StoreUnavailable

PATIENCE_S = 3.0
TRY_S = 1.5
BACKOFF_S = (0.0, 0.02, 0.05, 0.1, 0.2)
AWAY = (OSError, EOFError, TimeoutError, RedisTimeoutError, RedisConnectionError)
CANNOT_SERVE = ("BUSY", "MISCONF")

driver: Any = redis_asyncio  # annotations of both libraries are partial: typed as Any at this border only
parser: Any = hiredis


@dataclass(frozen=True)
class Script:
    """A Lua script with the SHA-1 that the server knows it by."""

    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha", hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest())


@dataclass(slots=True)
class _Call:
    packed: bytes
    answer: asyncio.Future[Any]


class Redis:
    """One connection for a whole process. A call that got no answer is sent again: every call must be safe to repeat.

    It belongs to one event loop. While a batch is under way the next one gathers, so the busier it is, the larger the batches are.
    """

    def __init__(self, url: str) -> None:
        """`url` is redis://, rediss:// or unix://."""
        self._pool: Any = driver.ConnectionPool.from_url(
            url, decode_responses=False, protocol=2, socket_timeout=None, socket_connect_timeout=TRY_S, health_check_interval=0
        )
        self._connection: Any = None
        self._waiting: list[_Call] = []
        self._sender: asyncio.Task[None] | None = None

    async def call(self, *arguments: str | bytes | int | float) -> Any:
        """One command. Raises StoreUnavailable when the server does not answer or cannot write, ResponseError for a refused command."""
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Call(parser.pack_command(arguments), answer))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send_all(), name="redis sender")
        return await answer

    async def run(self, script: Script, keys: list[str], *arguments: str | bytes | int | float) -> Any:
        """A script; it is sent whole when the server does not know it, or forgot it."""
        try:
            return await self.call("EVALSHA", script.sha, len(keys), *keys, *arguments)
        except NoScriptError:
            return await self.call("EVAL", script.text, len(keys), *keys, *arguments)

    async def ping(self) -> None:
        """Raise StoreUnavailable unless the server answers."""
        await self.call("PING")

    async def close(self) -> None:
        """Disconnect; calls under way fail with StoreUnavailable."""
        if self._sender is not None:
            self._sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sender
        self._give_up([], "the client was closed")
        await self._disconnect()

    async def _send_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await self._deliver(batch)
            except BaseException as error:
                self._give_up(batch, type(error).__name__)
                await self._disconnect()
                raise

    async def _deliver(self, batch: list[_Call]) -> None:
        """Send until every call is answered. Past the patience all that wait fail, so that no caller waits longer than that."""
        now = asyncio.get_running_loop().time
        deadline, tries = now() + PATIENCE_S, 0
        while True:
            try:
                async with asyncio.timeout_at(min(deadline, now() + TRY_S)):
                    await self._exchange(batch)
                return
            except AWAY as error:
                await self._disconnect()
                batch = [call for call in batch if not call.answer.done()]
                pause = BACKOFF_S[min(tries, len(BACKOFF_S) - 1)]
                tries += 1
                if now() + pause >= deadline:
                    self._give_up(batch, type(error).__name__)
                    return
                await asyncio.sleep(pause)

    async def _exchange(self, batch: list[_Call]) -> None:
        if self._connection is None:
            connection = self._pool.make_connection()
            await connection.connect()
            self._connection = connection
        connection = self._connection
        await connection.send_packed_command(b"".join([call.packed for call in batch]), check_health=False)
        for call in batch:
            try:
                answer: Any = await connection.read_response(disconnect_on_error=False)
            except ResponseError as error:
                if not call.answer.done():
                    call.answer.set_exception(_as_ours(error))
            else:
                if not call.answer.done():
                    call.answer.set_result(answer)

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                await connection.disconnect(nowait=True)

    def _give_up(self, batch: list[_Call], reason: str) -> None:
        waiting, self._waiting = self._waiting, []
        for call in (*batch, *waiting):
            if not call.answer.done():
                call.answer.set_exception(StoreUnavailable(f"Redis does not answer ({reason}).", reason=reason))


def _as_ours(error: ResponseError) -> Exception:
    """A server that is full, read-only or busy is as good as away; every other refusal is our own mistake."""
    if isinstance(error, OutOfMemoryError | ReadOnlyError) or str(error).startswith(CANNOT_SERVE):
        return StoreUnavailable(f"Redis cannot serve: {error}.", reason=type(error).__name__)
    return error
