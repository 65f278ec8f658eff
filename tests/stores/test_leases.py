"""Leases: one holder per case, a token that only grows, and a holder that knows when it may have lost."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from runtime.embedded import EmbeddedStack
from stores.keyspace import fence_key, lease_key
from stores.leases import ACQUIRE, RedisLeases
from stores.redis import Redis

CASE = "case_01"


async def until_lost(lease: object, within_s: float) -> bool:
    for _ in range(int(within_s / 0.02)):
        if getattr(lease, "lost"):  # noqa: B009 - read anew each time
            return True
        await asyncio.sleep(0.02)
    return False


async def test_a_case_has_one_holder_and_each_holder_a_greater_token(redis: Redis) -> None:
    one, other = RedisLeases(redis, ttl_s=5), RedisLeases(redis, ttl_s=5)
    tokens: list[int] = []
    for leases in (one, other, one):
        async with leases.hold(CASE) as lease:
            assert lease is not None
            assert not lease.lost
            tokens.append(int(lease.token))
            async with one.hold(CASE) as second, other.hold(CASE) as third:
                assert (second, third) == (None, None)
            async with other.hold("case_02") as elsewhere:
                assert elsewhere is not None
    assert tokens == sorted(set(tokens))


async def test_tokens_grow_even_past_a_flush(redis: Redis) -> None:
    leases = RedisLeases(redis, ttl_s=5)
    async with leases.hold(CASE) as before:
        pass
    await redis.call("FLUSHALL")
    async with leases.hold(CASE) as after:
        pass
    assert before is not None
    assert after is not None
    assert int(after.token) > int(before.token)


async def test_tokens_grow_even_when_the_servers_clock_is_behind(redis: Redis) -> None:
    ahead = 4_000_000_000_000_000
    await redis.call("SET", fence_key(CASE), f"{ahead} somebody")
    async with RedisLeases(redis, ttl_s=5).hold(CASE) as lease:
        assert lease is not None
        assert int(lease.token) == ahead + 1


async def test_a_held_lease_outlives_its_time(redis: Redis) -> None:
    leases, other = RedisLeases(redis, ttl_s=1.5), RedisLeases(redis, ttl_s=1.5)
    async with leases.hold(CASE) as lease:
        await asyncio.sleep(3.5)
        assert lease is not None
        assert not lease.lost
        async with other.hold(CASE) as second:
            assert second is None
    await leases.close()


async def test_the_case_of_a_dead_worker_is_free_after_the_time_of_its_lease(redis: Redis) -> None:
    dead, heir = RedisLeases(redis, ttl_s=0.3), RedisLeases(redis, ttl_s=5)
    async with dead.hold(CASE) as lost:
        await dead.close()  # nobody renews any more, as after kill -9
        assert await until_lost(lost, within_s=5)  # it knows a little before the server does, never after it
        while await redis.call("EXISTS", lease_key(CASE)):
            await asyncio.sleep(0.01)
        async with heir.hold(CASE) as lease:
            assert lease is not None
            assert lost is not None
            assert int(lease.token) > int(lost.token)


async def test_a_late_release_leaves_the_lease_of_the_next_holder_alone(redis: Redis) -> None:
    late, heir = RedisLeases(redis, ttl_s=0.2), RedisLeases(redis, ttl_s=5)
    async with late.hold(CASE):
        await late.close()
        await asyncio.sleep(0.25)
        held = heir.hold(CASE)
        lease = await held.__aenter__()
        assert lease is not None
    assert await redis.call("GET", lease_key(CASE)) == lease.token.encode()
    await held.__aexit__(None, None, None)
    assert await redis.call("GET", lease_key(CASE)) is None


async def test_a_flush_takes_the_lease_and_its_holder_learns_of_it(redis: Redis) -> None:
    leases = RedisLeases(redis, ttl_s=0.6)
    async with leases.hold(CASE) as lease:
        await redis.call("FLUSHALL")
        assert await until_lost(lease, within_s=0.5)
    await leases.close()


async def test_an_acquisition_whose_answer_was_lost_finds_its_lease(redis: Redis) -> None:
    keys = [lease_key(CASE), fence_key(CASE)]
    token = await redis.run(ACQUIRE, keys, 5000, 60, "worker.1")
    assert await redis.run(ACQUIRE, keys, 5000, 60, "worker.1") == token
    assert await redis.run(ACQUIRE, keys, 5000, 60, "worker.2") is None


@pytest.mark.parametrize("pause_s", [0.2, 1.5])
async def test_a_holder_that_cannot_renew_counts_as_lost_once_its_time_is_over(lone_valkey: EmbeddedStack, pause_s: float) -> None:
    redis = Redis(lone_valkey.urls.redis_url)
    leases = RedisLeases(redis, ttl_s=1)
    async with leases.hold(CASE) as lease:
        assert lone_valkey.valkey.process is not None
        os.kill(lone_valkey.valkey.process.pid, signal.SIGSTOP)
        lost = await until_lost(lease, within_s=pause_s)
        os.kill(lone_valkey.valkey.process.pid, signal.SIGCONT)
        assert lost is (pause_s > 1)
    await leases.close()
    await redis.close()
