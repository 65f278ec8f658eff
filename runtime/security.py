"""API keys: made once, shown once, stored as an HMAC with a pepper that never enters the database."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from contextlib import suppress

from domain.access import ApiKey
from domain.errors import StoreUnavailable
from domain.ports import Keys

KNOWN_FOR_S = 5.0
KNOWN_WHILE_AWAY_S = 600.0
"""While the store is away, a key that was good so lately is good: what needs no store goes on."""
ASK_AGAIN_S = 1.0
REFRESH_WITHIN_S = 0.1
"""So long a known key waits for its news: behind it stands a call that waits for the same silent store, and both must fit in a second.
News that is later counts from when it comes."""
MOST_REMEMBERED = 10_000
PREFIX = "mk_"


class KeyRing:
    """Cuts keys and recognises them."""

    def __init__(self, keys: Keys, pepper: bytes) -> None:
        """Recognised keys are remembered for five seconds, so a revoked one ends within that time and the one that an answer takes."""
        self._keys = keys
        self._pepper = pepper
        self._remembered: dict[bytes, tuple[float, ApiKey | None]] = {}
        self._lookups: dict[bytes, tuple[float, asyncio.Task[None]]] = {}
        self._away_until = 0.0

    def cut(self) -> tuple[str, bytes]:
        """The secret of a new key, which is shown once, and the hash that it is found by."""
        secret = PREFIX + secrets.token_urlsafe(32)
        return secret, self._hash(secret)

    async def key_of(self, secret: str) -> ApiKey | None:
        """The live key behind a bearer token. Raises StoreUnavailable."""
        if not secret.startswith(PREFIX) or len(secret) > 200:
            return None
        hashed, now = self._hash(secret), time.monotonic()
        known = self._remembered.get(hashed)
        if known is not None and now - known[0] < (KNOWN_WHILE_AWAY_S if now < self._away_until else KNOWN_FOR_S):
            return known[1]
        if known is None:
            return await self._looked_up(hashed)
        began_at, lookup = self._lookups.get(hashed) or self._begin(hashed)
        await asyncio.wait({lookup}, timeout=max(0.0, began_at + REFRESH_WITHIN_S - now))
        if lookup.done():
            lookup.result()
        known = self._remembered.get(hashed, known)
        if now - known[0] > KNOWN_WHILE_AWAY_S:
            raise StoreUnavailable("The keys cannot be looked up.")
        return known[1]

    def _begin(self, hashed: bytes) -> tuple[float, asyncio.Task[None]]:
        """A lookup that goes on when nobody waits for it any more."""
        begun = time.monotonic(), asyncio.create_task(self._refresh(hashed), name="key lookup")
        self._lookups[hashed] = begun
        return begun

    async def _refresh(self, hashed: bytes) -> None:
        try:
            with suppress(StoreUnavailable):
                await self._looked_up(hashed)
        finally:
            del self._lookups[hashed]

    async def _looked_up(self, hashed: bytes) -> ApiKey | None:
        began_at = time.monotonic()
        try:
            key = await self._keys.find(hashed)
        except StoreUnavailable as error:
            self._away_until = time.monotonic() + ASK_AGAIN_S
            raise StoreUnavailable("The keys cannot be looked up.") from error
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[hashed] = (began_at, key)
        return key

    def _hash(self, secret: str) -> bytes:
        return hmac.digest(self._pepper, secret.encode("utf-8", "surrogatepass"), hashlib.sha256)
