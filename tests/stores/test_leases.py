"""Leases: one holder per case, a token that only grows, and nothing that a late holder could bring back."""

from __future__ import annotations

import asyncio

from stores.keyspace import fence_key, lease_key
from stores.leases import RedisLeases
from stores.redis import Redis

CASE = "case_01"


async def test_a_case_has_one_holder_and_each_holder_a_greater_token(redis: Redis) -> None:
    one, other = RedisLeases(redis, ttl_s=5), RedisLeases(redis, ttl_s=5)
    tokens: list[int] = []
    for leases in (one, other, one):
        async with leases.hold(CASE) as lease:
            assert lease is not None
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
        async with other.hold(CASE) as second:
            assert second is None
    await leases.close()


async def test_the_case_of_a_dead_worker_is_free_after_the_time_of_its_lease(redis: Redis) -> None:
    dead, heir = RedisLeases(redis, ttl_s=0.3), RedisLeases(redis, ttl_s=5)
    async with dead.hold(CASE) as lost:
        await dead.close()  # nobody renews any more, as after kill -9
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


async def test_a_flush_takes_the_lease_and_no_renewal_brings_it_back(redis: Redis) -> None:
    leases, heir = RedisLeases(redis, ttl_s=0.6), RedisLeases(redis, ttl_s=5)
    async with leases.hold(CASE) as lost:
        await redis.call("FLUSHALL")
        async with heir.hold(CASE) as lease:
            await asyncio.sleep(0.5)
            assert lost is not None
            assert lease is not None
            assert await redis.call("GET", lease_key(CASE)) == lease.token.encode()
    await leases.close()
