"""API keys: made once, shown once, stored as an HMAC with a pepper that never enters the database."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time

from domain.access import ApiKey
from domain.errors import StoreUnavailable
from domain.ports import Keys

KNOWN_FOR_S = 5.0
KNOWN_WHILE_AWAY_S = 600.0
"""While the store is away, a key that was good so lately is good: what needs no store goes on."""
ASK_AGAIN_S = 1.0
REFRESH_WITHIN_S = 0.2
"""So long a known key waits for its news: behind it stands a call that waits for the same silent store, and both must fit in a second."""
MOST_REMEMBERED = 10_000
PREFIX = "mk_"


class KeyRing:
    """Cuts keys and recognises them."""

    def __init__(self, keys: Keys, pepper: bytes) -> None:
        """Recognised keys are remembered for five seconds, so a revoked one ends within that time while the store answers."""
        self._keys = keys
        self._pepper = pepper
        self._remembered: dict[bytes, tuple[float, ApiKey | None]] = {}
        self._away_until = 0.0

    def cut(self) -> tuple[str, bytes]:
        """The secret of a new key, which is shown once, and the hash that it is found by."""
        secret = PREFIX + secrets.token_urlsafe(32)
        return secret, self._hash(secret)

    async def key_of(self, secret: str) -> ApiKey | None:
        """The live key behind a bearer token."""
        if not secret.startswith(PREFIX) or len(secret) > 200:
            return None
        hashed, now = self._hash(secret), time.monotonic()
        known = self._remembered.get(hashed)
        if known is not None and now - known[0] < (KNOWN_WHILE_AWAY_S if now < self._away_until else KNOWN_FOR_S):
            return known[1]
        try:
            async with asyncio.timeout(REFRESH_WITHIN_S if known else None):
                key = await self._keys.find(hashed)
        except (StoreUnavailable, TimeoutError) as error:
            self._away_until = time.monotonic() + ASK_AGAIN_S
            if known is None or now - known[0] > KNOWN_WHILE_AWAY_S:
                raise StoreUnavailable("The keys cannot be looked up.") from error
            return known[1]
        if len(self._remembered) >= MOST_REMEMBERED:
            self._remembered.clear()
        self._remembered[hashed] = (now, key)
        return key

    def _hash(self, secret: str) -> bytes:
        return hmac.digest(self._pepper, secret.encode("utf-8", "surrogatepass"), hashlib.sha256)
