"""A TCP proxy that misbehaves on demand: what stands between two programs may be slow, silent, shut, or wrong.

It runs in a thread of its own, so that blocking tests can use it too. Every mode holds for open connections as well as for new ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections.abc import Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit

CHUNK = 65_536
PATIENCE_S = 5.0
AT_ONCE = struct.pack("ii", 1, 0)
POSTGRES_SOCKET = ".s.PGSQL.5432"
Upstream = str | tuple[str, int]


class Direction(StrEnum):
    """Which way bytes go."""

    TO_SERVER = "to server"
    TO_CLIENT = "to client"


BOTH = frozenset(Direction)


@dataclass(frozen=True)
class Pass:
    """Bytes pass unchanged."""


@dataclass(frozen=True)
class Delay:
    """Each piece waits `ms` ± `jitter_ms` before it goes on."""

    ms: float
    jitter_ms: float = 0.0


@dataclass(frozen=True)
class Blackhole:
    """Connections are accepted and bytes swallowed; a connection that lost bytes stays silent for ever, as behind a dead router."""


@dataclass(frozen=True)
class Refuse:
    """Nobody listens: new connections are refused, open ones closed."""


@dataclass(frozen=True)
class Reset:
    """A connection ends with RST once `after_bytes` have passed since the mode was set."""

    after_bytes: int = 0


@dataclass(frozen=True)
class Throttle:
    """At most so many bytes per second in each direction of each connection."""

    bytes_per_s: float


@dataclass(frozen=True)
class Corrupt:
    """One byte in so many is flipped, counted per connection and direction."""

    every_bytes: int
    directions: frozenset[Direction] = BOTH


Mode = Pass | Delay | Blackhole | Refuse | Reset | Throttle | Corrupt


@dataclass(eq=False)
class Link:
    """One client's connection and ours to the server."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter | None = None
    silent: bool = False
    passed: dict[Direction, int] = field(default_factory=lambda: dict.fromkeys(Direction, 0))

    def close(self, *, reset: bool = False) -> None:
        """End both sides; with RST when asked."""
        for writer in (self.client, self.server):
            if writer is not None:
                if reset and (found := writer.get_extra_info("socket")) is not None and found.family != socket.AF_UNIX:
                    with contextlib.suppress(OSError):
                        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
                writer.transport.abort()


class FaultProxy:
    """Listens on `host:port` while inside (`with` or `async with`); a new `mode` holds as soon as the assignment returns."""

    def __init__(self, upstream: Upstream, mode: Mode | None = None) -> None:
        """`upstream` is the path of a unix socket, or (host, port)."""
        self._upstream = upstream
        self._mode: Mode = mode or Pass()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault proxy", daemon=True)
        self._server: asyncio.Server | None = None
        self._links: set[Link] = set()
        self.host, self.port = "127.0.0.1", 0
        self.connections = 0

    @property
    def mode(self) -> Mode:
        """What it does now."""
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._call(self._switch(mode))

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        self._call(self._switch(self._mode))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._call(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    async def __aenter__(self) -> FaultProxy:
        return self.__enter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.__exit__(kind, error, trace)

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    async def _switch(self, mode: Mode) -> None:
        self._mode = mode
        for link in self._links:
            link.passed = dict.fromkeys(Direction, 0)
        if self.port == 0 or (self._server is None and not isinstance(mode, Refuse)):
            self._server = await asyncio.start_server(self._serve, self.host, self.port)
            self.port = self._server.sockets[0].getsockname()[1]
        if isinstance(mode, Refuse) and self._server is not None:
            self._server.close()
            self._server = None
        if mode in (Refuse(), Reset()):
            for link in self._links:
                link.close(reset=mode == Reset())

    async def _end(self) -> None:
        await self._switch(Refuse())
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = Link(writer, silent=isinstance(self._mode, Blackhole))
        self._links.add(link)
        self.connections += 1
        try:
            if self._mode == Reset():
                link.close(reset=True)
                return
            upstream_reader, link.server = await self._connect()
            pumps = (
                self._pump(link, reader, link.server, Direction.TO_SERVER),
                self._pump(link, upstream_reader, writer, Direction.TO_CLIENT),
            )
            await asyncio.gather(*pumps)
        except (OSError, asyncio.CancelledError):  # the end of the proxy; asyncio complains of handlers that end cancelled
            pass
        finally:
            link.close()
            self._links.discard(link)

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._upstream, str):
            return await asyncio.open_unix_connection(self._upstream)
        return await asyncio.open_connection(*self._upstream)

    async def _pump(self, link: Link, source: asyncio.StreamReader, target: asyncio.StreamWriter, direction: Direction) -> None:
        while data := await source.read(CHUNK):
            data = await self._treated(link, data, direction)
            link.passed[direction] += len(data)
            if link.silent:
                continue
            target.write(data)
            await target.drain()
            if isinstance(self._mode, Reset) and sum(link.passed.values()) >= self._mode.after_bytes:
                link.close(reset=True)
        if not link.silent:
            link.close()

    async def _treated(self, link: Link, data: bytes, direction: Direction) -> bytes:
        match self._mode:
            case Blackhole():
                link.silent = True
            case Delay(ms, jitter_ms):
                await asyncio.sleep(max(0.0, ms + random.uniform(-jitter_ms, jitter_ms)) / 1000)
            case Throttle(bytes_per_s):
                await asyncio.sleep(len(data) / bytes_per_s)
            case Corrupt(every_bytes, directions) if direction in directions:
                return _flipped(data, link.passed[direction], every_bytes)
            case Reset(after_bytes):
                return data[: max(0, after_bytes - sum(link.passed.values()))]
            case _:
                pass
        return data


def _flipped(data: bytes, passed: int, every_bytes: int) -> bytes:
    changed = bytearray(data)
    for place in range(every_bytes - 1 - passed % every_bytes, len(data), every_bytes):
        changed[place] ^= 0xFF
    return bytes(changed)


def upstream_of(url: str) -> Upstream:
    """Where the server of a Postgres or Redis URL listens."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return parts.path
    folder = parse_qs(parts.query).get("host", [""])[0]
    if folder.startswith("/"):
        return f"{folder}/{POSTGRES_SOCKET}"
    return parts.hostname or "127.0.0.1", parts.port or (6379 if parts.scheme.startswith("redis") else 5432)


def url_through(proxy: FaultProxy, url: str) -> str:
    """The same Postgres or Redis, reached through the proxy."""
    parts = urlsplit(url)
    if parts.scheme in {"unix", "redis", "rediss"}:
        return f"redis://{proxy.host}:{proxy.port}/0"
    user = parts.username or "postgres"
    return f"postgresql://{user}@{proxy.host}:{proxy.port}{parts.path}"
