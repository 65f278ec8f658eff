"""Leases: one worker per case, with tokens that only grow: the time in microseconds, so even after Redis was flushed.

A request to acquire carries a word of its own, so that one whose answer was lost finds its lease when it is sent again.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from domain.errors import StoreUnavailable
from stores.keyspace import fence_key, lease_key
from stores.redis import Redis, Script

log = structlog.get_logger("maitred.leases")

FENCE_KEPT_S = 60
"""A token is the time, so the last one matters only while the clock of Redis may have been set back past it."""
RENEWALS_PER_TTL = 3

ACQUIRE = Script("""
local held = redis.call('GET', KEYS[1])
local last = redis.call('GET', KEYS[2])
if held then
  if last ~= held .. ' ' .. ARGV[3] then return false end
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  return held
end
local now = redis.call('TIME')
local before = tonumber(string.match(last or '0', '^%d+'))
local token = string.format('%.0f', math.max(before + 1, now[1] * 1000000 + now[2]))
redis.call('SET', KEYS[1], token, 'PX', ARGV[1])
redis.call('SET', KEYS[2], token .. ' ' .. ARGV[3], 'EX', ARGV[2])
return token
""")
RENEW = Script("""
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
""")
RELEASE = Script("""
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
""")


@dataclass(frozen=True)
class HeldLease:
    """A lease that this worker holds."""

    case_id: str
    token: str


class RedisLeases:
    """Leases in Redis; one task renews all that this process holds."""

    def __init__(self, redis: Redis, ttl_s: float) -> None:
        self._redis = redis
        self._ttl_s = ttl_s
        self._held: set[HeldLease] = set()
        self._renewer: asyncio.Task[None] | None = None
        self._name = secrets.token_hex(8)
        self._requests = itertools.count()

    @asynccontextmanager
    async def hold(self, case_id: str) -> AsyncGenerator[HeldLease | None, None]:
        """Hold the case's lease while inside; None when another worker holds it."""
        request = f"{self._name}.{next(self._requests)}"
        keys = [lease_key(case_id), fence_key(case_id)]
        token = await self._redis.run(ACQUIRE, keys, int(self._ttl_s * 1000), FENCE_KEPT_S, request)
        if token is None:
            yield None
            return
        lease = HeldLease(case_id, token.decode())
        self._held.add(lease)
        self._keep_renewing()
        try:
            yield lease
        finally:
            self._held.discard(lease)
            with contextlib.suppress(StoreUnavailable):
                await self._redis.run(RELEASE, [lease_key(case_id)], lease.token)

    async def close(self) -> None:
        """Stop renewing; what is still held runs out by itself."""
        if self._renewer is not None:
            self._renewer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._renewer

    def _keep_renewing(self) -> None:
        if self._renewer is None or self._renewer.done():
            self._renewer = asyncio.create_task(self._renew_all(), name="lease renewal")

    async def _renew_all(self) -> None:
        while True:
            await asyncio.sleep(self._ttl_s / RENEWALS_PER_TTL)
            await asyncio.gather(*(self._renew(lease) for lease in list(self._held)))

    async def _renew(self, lease: HeldLease) -> None:
        try:
            still_ours = await self._redis.run(RENEW, [lease_key(lease.case_id)], lease.token, int(self._ttl_s * 1000))
        except StoreUnavailable:
            return
        if not still_ours and lease in self._held:
            log.warning("lease taken", case_id=lease.case_id)
