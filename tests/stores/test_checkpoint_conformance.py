"""LangGraph's own conformance suite passes whole, on Valkey and on Redis 7."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from langgraph.checkpoint.conformance import checkpointer_test, validate

from runtime.embedded import StackUrls
from stores.checkpoints import RedisSaver
from stores.redis import Redis


@pytest.fixture(scope="module")
def redis_7_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Redis server of the distribution, where there is one."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("redis-server is not installed here; the suite ran on Valkey only")
    folder: Path = tmp_path_factory.mktemp("redis7")
    path = folder / "r.sock"
    server = subprocess.Popen(
        [binary, "--port", "0", "--unixsocket", str(path), "--dir", str(folder), "--save", ""], stdout=subprocess.DEVNULL
    )
    for _ in range(100):
        if path.exists():
            break
        time.sleep(0.05)
    yield f"unix://{path}"
    server.terminate()
    server.wait(10)


async def conformance(url: str) -> dict[str, tuple[int, int, list[str]]]:
    @checkpointer_test(name="RedisSaver")
    async def saver() -> AsyncIterator[RedisSaver]:
        redis = Redis(url)
        await redis.call("FLUSHALL")
        yield RedisSaver(redis, ttl_s=3600)
        await redis.close()

    report = await validate(saver)
    return {
        str(getattr(name, "value", name)): (result.tests_passed, result.tests_failed, list(result.failures or []))
        for name, result in report.results.items()
    }


def assert_whole(results: dict[str, tuple[int, int, list[str]]]) -> None:
    assert set(results) >= {"put", "put_writes", "get_tuple", "list", "delete_thread", "delete_for_runs", "copy_thread", "prune"}
    assert {name: failures for name, (_, failed, failures) in results.items() if failed} == {}
    assert sum(passed for passed, _, _ in results.values()) >= 80


async def test_the_whole_suite_passes_on_valkey(stack: StackUrls) -> None:
    assert_whole(await conformance(stack.redis_url))


async def test_the_whole_suite_passes_on_redis_7(redis_7_url: str) -> None:
    assert_whole(await conformance(redis_7_url))
