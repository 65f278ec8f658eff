"""Keys while the store is away: who was known a moment ago stays known, nobody else gets in, and a revoked key ends once it is back."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from domain.access import ApiKey
from domain.errors import StoreUnavailable
from domain.identifiers import new_id
from runtime import security
from runtime.security import KeyRing
from stores.keys import PgKeys
from stores.postgres import Database
from stores.schema import migrate
from tests.faults.proxy import FaultProxy, Pass, Refuse, upstream_of, url_through


async def test_a_key_that_was_good_a_moment_ago_is_good_while_the_store_is_away(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "KNOWN_FOR_S", 0.0)
    monkeypatch.setattr(security, "ASK_AGAIN_S", 0.0)
    monkeypatch.setattr(security, "REFRESH_WITHIN_S", 10.0)
    await migrate(database_url)
    async with FaultProxy(upstream_of(database_url)) as proxy:
        database = Database(url_through(proxy, database_url), connections=2)
        await database.open()
        ring, other = KeyRing(PgKeys(database), b"pepper"), KeyRing(PgKeys(database), b"pepper")
        key, secret = await made(database, ring)
        assert await ring.key_of(secret) == key
        assert await ring.key_of("mk_unknown") is None
        proxy.mode = Refuse()
        assert await ring.key_of(secret) == key
        assert await ring.key_of("mk_unknown") is None
        for stranger in ("mk_never-seen-here", secret):
            with pytest.raises(StoreUnavailable):
                await other.key_of(stranger)
        proxy.mode = Pass()
        async with database.transaction() as tx:
            assert await tx.keys.revoke(key.id)
        assert await ring.key_of(secret) is None
        await database.close()


async def test_a_key_is_not_good_for_ever_without_the_store(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "KNOWN_FOR_S", 0.0)
    monkeypatch.setattr(security, "KNOWN_WHILE_AWAY_S", 0.0)
    await migrate(database_url)
    async with FaultProxy(upstream_of(database_url)) as proxy:
        database = Database(url_through(proxy, database_url), connections=2)
        await database.open()
        ring = KeyRing(PgKeys(database), b"pepper")
        _, secret = await made(database, ring)
        assert await ring.key_of(secret) is not None
        proxy.mode = Refuse()
        with pytest.raises(StoreUnavailable):
            await ring.key_of(secret)
        await database.close()


@dataclass
class SlowKeys:
    """A store that knows one key, and answers when a test lets it."""

    key: ApiKey | None
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0

    def __post_init__(self) -> None:
        """Quick at first."""
        self.answers.set()

    async def find(self, key_hash: bytes) -> ApiKey | None:
        """The key, as it is when the store gets to it."""
        del key_hash
        self.asked += 1
        await self.answers.wait()
        return self.key


async def test_a_store_that_is_slow_is_not_away_and_its_answer_counts_once_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "KNOWN_FOR_S", 0.1)
    monkeypatch.setattr(security, "REFRESH_WITHIN_S", 0.02)
    keys = SlowKeys(ApiKey(id="key_1", name="ann", scopes=("cases:read",), actor="key:ann"))
    ring = KeyRing(keys, b"pepper")
    secret, other = ring.cut()[0], ring.cut()[0]
    for one in (secret, other):
        assert await ring.key_of(one) == keys.key
    revoked, keys.key = keys.key, None
    keys.answers.clear()
    await asyncio.sleep(0.1)
    asked = [await ring.key_of(one) for one in (secret, secret, other, secret)]
    assert (asked, keys.asked) == ([revoked] * 4, 4)
    keys.answers.set()
    await asyncio.sleep(0.02)
    assert [await ring.key_of(one) for one in (secret, other)] == [None, None]


async def test_who_waited_once_for_a_slow_store_does_not_wait_for_the_same_answer_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(security, "KNOWN_FOR_S", 0.0)
    monkeypatch.setattr(security, "REFRESH_WITHIN_S", 0.5)
    keys = SlowKeys(ApiKey(id="key_1", name="ann", scopes=("cases:read",), actor="key:ann"))
    ring = KeyRing(keys, b"pepper")
    secret = ring.cut()[0]
    await ring.key_of(secret)
    keys.answers.clear()
    await ring.key_of(secret)
    async with asyncio.timeout(5):  # half of what twenty waits of their own would take
        for _ in range(20):
            await ring.key_of(secret)
    assert keys.asked == 2
    keys.answers.set()


async def made(database: Database, ring: KeyRing) -> tuple[ApiKey, str]:
    """A key that the store knows, and its secret."""
    secret, hashed = ring.cut()
    key = ApiKey(id=new_id("key"), name="ann", scopes=("cases:read",), actor="key:ann")
    async with database.transaction() as tx:
        assert await tx.keys.put(key, hashed)
    return key, secret
