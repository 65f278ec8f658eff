"""The Redis client: one pipeline per tick, one kind of error when the server is away, and scripts that survive a flush."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.exceptions import ResponseError

from domain.errors import StoreUnavailable
from runtime.embedded import EmbeddedStack
from stores.redis import PATIENCE_S, Redis, Script
from tests.quick_disk import quick_folder
from tests.stores.listener import Listener


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    """A server that notes what arrives together and says OK to each command."""
    folder = quick_folder("maitred-listener-")
    async with Listener(folder / "socket") as server:
        yield server
    folder.rmdir()


async def test_calls_of_one_tick_travel_together_and_each_gets_its_own_answer(listener: Listener, redis: Redis) -> None:
    client = Redis(listener.url)
    await client.ping()
    listener.arrivals.clear()
    await asyncio.gather(*(client.call("SET", f"key{number}", number) for number in range(200)))
    assert listener.arrivals == [200]
    await client.close()
    await asyncio.gather(*(redis.call("SET", f"key{number}", number) for number in range(200)))
    assert await asyncio.gather(*(redis.call("GET", f"key{number}") for number in range(200))) == [b"%d" % n for n in range(200)]


async def test_a_refused_call_does_not_disturb_its_neighbours(redis: Redis) -> None:
    await redis.call("SET", "word", "text")
    before, refused, after = await asyncio.gather(
        redis.call("GET", "word"), redis.call("INCR", "word"), redis.call("GET", "word"), return_exceptions=True
    )
    assert (before, after) == (b"text", b"text")
    assert isinstance(refused, ResponseError)


async def test_a_call_that_is_cancelled_does_not_disturb_its_neighbours(redis: Redis) -> None:
    given_up = asyncio.create_task(redis.call("SET", "one", 1))
    kept = asyncio.create_task(redis.call("SET", "two", 2))
    await asyncio.sleep(0)
    given_up.cancel()
    assert await kept == b"OK"
    assert await redis.call("GET", "two") == b"2"


async def test_an_argument_that_cannot_be_sent_is_refused_before_it_reaches_the_others(redis: Redis) -> None:
    wrong: list[str] = [None]  # pyright: ignore[reportAssignmentType] - what a caller without types could do
    with pytest.raises(TypeError):
        await redis.call("SET", "word", *wrong)
    await redis.ping()


async def test_a_script_runs_before_and_after_the_server_forgot_it(redis: Redis) -> None:
    script = Script("return redis.call('INCRBY', KEYS[1], ARGV[1])")
    assert await redis.run(script, ["count"], 2) == 2
    await redis.call("SCRIPT", "FLUSH")
    assert await redis.run(script, ["count"], 3) == 5


async def test_a_full_server_counts_as_away(redis: Redis) -> None:
    await redis.call("CONFIG", "SET", "maxmemory", 1)
    try:
        with pytest.raises(StoreUnavailable, match="Redis cannot serve"):
            await redis.call("SET", "word", "text")
    finally:
        await redis.call("CONFIG", "SET", "maxmemory", 0)


async def test_calls_survive_a_lost_connection(redis: Redis) -> None:
    await redis.call("SET", "word", "text")
    with contextlib.suppress(StoreUnavailable):
        await redis.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no")
    answers = await asyncio.gather(*(redis.call("GET", "word") for _ in range(50)))
    assert set(answers) == {b"text"}


async def test_calls_wait_for_a_server_that_is_started_again(lone_valkey: EmbeddedStack) -> None:
    client = Redis(lone_valkey.urls.redis_url)
    await client.call("SET", "word", "text")
    await asyncio.sleep(1.1)  # Valkey writes to disk every second
    assert lone_valkey.valkey.process is not None
    os.kill(lone_valkey.valkey.process.pid, signal.SIGKILL)
    assert await client.call("GET", "word") == b"text"
    await client.close()


async def test_without_a_server_a_call_fails_within_its_patience_and_so_do_those_behind_it(tmp_path: Path) -> None:
    client = Redis(f"unix://{tmp_path}/nobody.sock")
    began = time.monotonic()
    first = asyncio.create_task(client.call("PING"))
    await asyncio.sleep(0.5)
    answers = await asyncio.gather(first, client.call("PING"), return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreUnavailable, StoreUnavailable]
    assert time.monotonic() - began < PATIENCE_S + 0.5
    await client.close()


async def test_a_server_that_falls_silent_is_not_waited_for(listener: Listener) -> None:
    client = Redis(listener.url)
    await client.ping()
    listener.is_silent = True
    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match="Redis does not answer"):
        await client.ping()
    assert time.monotonic() - began < PATIENCE_S + 0.5
    await client.close()


async def test_closing_fails_what_is_under_way(listener: Listener) -> None:
    client = Redis(listener.url)
    await client.ping()
    listener.is_silent = True
    calls = [asyncio.create_task(client.ping()) for _ in range(3)]
    await asyncio.sleep(0.05)
    calls.append(asyncio.create_task(client.ping()))
    await asyncio.sleep(0)
    await client.close()
    assert all(isinstance(answer, StoreUnavailable) for answer in await asyncio.gather(*calls, return_exceptions=True))
