"""API keys: made once, shown once, stored as an HMAC with a pepper that never enters the database."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time

from domain.access import ApiKey, Scope
from domain.errors import InvalidInput, StoreUnavailable
from domain.identifiers import new_id
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
    """Makes keys and recognises them."""

    def __init__(self, keys: Keys, pepper: bytes) -> None:
        """Recognised keys are remembered for five seconds, so a revoked one ends within that time while the store answers."""
        self._keys = keys
        self._pepper = pepper
        self._remembered: dict[bytes, tuple[float, ApiKey | None]] = {}
        self._away_until = 0.0

    async def create(
        self,
        name: str,
        scopes: list[str],
        *,
        person: str | None = None,
        roles: list[str] | None = None,
        region: str | None = None,
        client_id: str | None = None,
    ) -> tuple[ApiKey, str]:
        """A new key and its secret, which is shown this once. Raises InvalidInput for an unknown scope."""
        wanted = [scope.value for scope in Scope] if "all" in scopes else scopes
        unknown = sorted(set(wanted) - {scope.value for scope in Scope})
        if unknown or not wanted:
            known = ", ".join(scope.value for scope in Scope)
            raise InvalidInput(f"Unknown scope {', '.join(unknown) or '(none given)'}; there are: {known}, all.")
        actor = f"person:{person}" if person else f"key:{name}"
        key = ApiKey(
            id=new_id("key"),
            name=name,
            scopes=tuple(dict.fromkeys(wanted)),
            roles=tuple(dict.fromkeys(roles or ())),
            actor=actor,
            region=region,
            client_id=client_id,
        )
        secret = PREFIX + secrets.token_urlsafe(32)
        await self._keys.put(key, self._hash(secret))
        return key, secret

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
