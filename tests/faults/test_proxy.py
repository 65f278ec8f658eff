"""The fault proxy does what its modes say, to open connections as well as to new ones."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.faults.proxy import Blackhole, Corrupt, Delay, Direction, FaultProxy, Pass, Refuse, Reset, Throttle, upstream_of, url_through


@contextlib.asynccontextmanager
async def echo(path: Path | None = None) -> AsyncGenerator[str | tuple[str, int]]:
    """A server that says back what it hears; its address."""

    async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(1000):
                writer.write(data)
                await writer.drain()
        writer.close()

    server = await (asyncio.start_unix_server(repeat, path) if path else asyncio.start_server(repeat, "127.0.0.1", 0))
    async with server:
        yield str(path) if path else server.sockets[0].getsockname()


async def ask(client: socket.socket, words: bytes, within_s: float = 2.0) -> bytes:
    """What comes back for `words`, in a thread: the echo lives on this loop."""

    def speak() -> bytes:
        client.settimeout(within_s)
        client.sendall(words)
        return client.recv(1000)

    return await asyncio.to_thread(speak)


def connected(proxy: FaultProxy) -> socket.socket:
    return socket.create_connection((proxy.host, proxy.port), timeout=2)


@pytest.mark.parametrize("name", [None, "echo.sock"])
async def test_bytes_pass_to_a_port_or_a_unix_socket(tmp_path: Path, name: str | None) -> None:
    async with echo(tmp_path / name if name else None) as upstream, FaultProxy(upstream) as proxy:
        with connected(proxy) as client:
            assert await ask(client, b"good evening") == b"good evening"


async def test_a_refusal_ends_open_connections_and_new_ones_until_it_passes_again() -> None:
    async with echo() as upstream, FaultProxy(upstream) as proxy:
        with connected(proxy) as client:
            assert await ask(client, b"one") == b"one"
            proxy.mode = Refuse()
            assert await asyncio.to_thread(client.recv, 10) == b""
        with pytest.raises(ConnectionRefusedError):
            connected(proxy)
        proxy.mode = Pass()
        with connected(proxy) as client:
            assert await ask(client, b"two") == b"two"


async def test_a_connection_that_lost_bytes_in_the_black_hole_stays_silent_and_new_ones_speak() -> None:
    async with echo() as upstream, FaultProxy(upstream) as proxy:
        with connected(proxy) as client, connected(proxy) as idle:
            assert await ask(client, b"one") == b"one"
            proxy.mode = Blackhole()
            with pytest.raises(TimeoutError):
                await ask(client, b"two", within_s=0.2)
            proxy.mode = Pass()
            with pytest.raises(TimeoutError):
                await ask(client, b"three", within_s=0.2)
            assert await ask(idle, b"four") == b"four"


@pytest.mark.parametrize("after_bytes", [0, 6])
async def test_a_reset_is_an_rst_at_once_or_after_some_bytes(after_bytes: int) -> None:
    async with echo() as upstream, FaultProxy(upstream) as proxy:
        with connected(proxy) as client:
            assert await ask(client, b"one") == b"one"
            proxy.mode = Reset(after_bytes)
            if after_bytes:
                assert await ask(client, b"two") == b"two"
            with pytest.raises(ConnectionResetError):
                await asyncio.to_thread(client.recv, 10)


async def test_a_delay_and_a_throttle_take_their_time() -> None:
    async with echo() as upstream, FaultProxy(upstream) as proxy:
        with connected(proxy) as client:
            for mode in (Delay(50, jitter_ms=5), Throttle(100)):
                proxy.mode = mode
                began = time.monotonic()
                assert await ask(client, b"12345") == b"12345"
                assert time.monotonic() - began >= 0.09


async def test_one_byte_in_so_many_is_flipped_in_the_direction_that_was_named() -> None:
    async with echo() as upstream, FaultProxy(upstream, Corrupt(4, frozenset({Direction.TO_CLIENT}))) as proxy:
        with connected(proxy) as client:
            assert await ask(client, b"aaa") == b"aaa"
            assert await ask(client, b"aaaaaa") == b"\x9eaaa\x9ea"


def test_urls_lead_through_the_proxy() -> None:
    proxy = FaultProxy(("127.0.0.1", 1))
    proxy.port = 4711
    assert upstream_of("postgresql://postgres@/maitred?host=/run/x") == "/run/x/.s.PGSQL.5432"
    assert upstream_of("unix:///run/x/valkey.sock") == "/run/x/valkey.sock"
    assert upstream_of("redis://db.example:6380/0") == ("db.example", 6380)
    assert url_through(proxy, "postgresql://postgres@/maitred?host=/run/x") == "postgresql://postgres@127.0.0.1:4711/maitred"
    assert url_through(proxy, "unix:///run/x/valkey.sock") == "redis://127.0.0.1:4711/0"
