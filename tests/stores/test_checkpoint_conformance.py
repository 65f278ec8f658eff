"""LangGraph's own conformance suite passes whole, on Valkey and on Redis 7."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.checkpoint.conformance.capabilities import ALL_CAPABILITIES

from runtime.embedded import StackUrls
from stores.checkpoints import RedisSaver
from stores.redis import Redis

AT_LEAST = {
    "put": 17,
    "put_writes": 10,
    "get_tuple": 10,
    "list": 16,
    "delete_thread": 5,
    "delete_for_runs": 7,
    "copy_thread": 8,
    "prune": 8,
}


@pytest.fixture(scope="module")
def redis_7_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis server of the distribution, where there is one."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("redis-server is not installed here; the suite ran on Valkey only")
    folder: Path = tmp_path_factory.mktemp("redis7")
    path = folder / "r.sock"
    options = ["--port", "0", "--unixsocket", str(path), "--dir", str(folder), "--save", ""]
    server = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while not path.exists():
        assert time.monotonic() < deadline, "redis-server did not start"
        time.sleep(0.02)
    yield f"unix://{path}"
    server.terminate()
    server.wait(10)


async def assert_conforms(capability: str, url: str) -> None:
    @checkpointer_test(name="RedisSaver")
    async def saver() -> AsyncIterator[RedisSaver]:
        redis = Redis(url)
        await redis.call("FLUSHALL")
        yield RedisSaver(redis, ttl_s=3600)
        await redis.close()

    report = await validate(saver, capabilities={capability})
    result = report.results[capability]
    assert list(result.failures or []) == []
    assert result.tests_passed >= AT_LEAST[capability]


@pytest.mark.parametrize("capability", AT_LEAST)
async def test_the_saver_conforms_on_valkey(stack: StackUrls, capability: str) -> None:
    await assert_conforms(capability, stack.redis_url)


@pytest.mark.parametrize("capability", AT_LEAST)
async def test_the_saver_conforms_on_redis_7(redis_7_url: str, capability: str) -> None:
    await assert_conforms(capability, redis_7_url)


def test_every_capability_that_the_suite_knows_is_tried() -> None:
    assert set(AT_LEAST) == {one.value for one in ALL_CAPABILITIES}
