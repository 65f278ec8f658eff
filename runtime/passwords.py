"""Local passwords: Argon2id with the parameters that OWASP recommends, in a thread, two at a time."""

from __future__ import annotations

import hmac
import os
import threading

import anyio
import anyio.to_thread
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from domain.account import Account, Accounts, Credentials
from domain.errors import TooBusy

MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
SALT_BYTES, HASH_BYTES = 16, 32
AT_ONCE = 2
"""So many passwords are looked at side by side in a process; more would take memory and cores from what routes messages."""
MOST_WAITING, WAIT_S = 20, 60
FIRST_LINK = b"maitred: the first account"


def hash_of(password: str) -> str:
    """The password's hash in PHC form, its salt and parameters included."""
    kdf = Argon2id(salt=os.urandom(SALT_BYTES), length=HASH_BYTES, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB)
    return kdf.derive_phc_encoded(password.encode())


def is_right(password: str, password_hash: str) -> bool:
    """Whether the password is the one behind the hash."""
    try:
        Argon2id.verify_phc_encoded(password.encode(), password_hash)
    except (InvalidKey, ValueError):
        return False
    return True


class LocalPasswords:
    """Says who somebody is by e-mail and password."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts
        self._limit = anyio.CapacityLimiter(AT_ONCE)
        self._nobody: str | None = None
        self._lock = threading.Lock()

    async def who(self, given: Credentials) -> Account | None:
        """The active account behind the credentials; an unknown e-mail takes as long as a wrong password.

        Raises TooBusy while many others wait: what routes messages keeps its cores.
        """
        if self._limit.statistics().tasks_waiting >= MOST_WAITING:
            raise TooBusy("Many people sign in just now. Try again in a minute.", WAIT_S, MOST_WAITING)
        found = await self._accounts.by_email(given.email.strip().lower())
        right = await anyio.to_thread.run_sync(self._compare, given.password, found[1] if found else None, limiter=self._limit)
        return found[0] if found and right and found[0].active else None

    async def hashed(self, password: str) -> str:
        """A new password's hash."""
        return await anyio.to_thread.run_sync(hash_of, password, limiter=self._limit)

    def _compare(self, password: str, password_hash: str | None) -> bool:
        if password_hash is not None:
            return is_right(password, password_hash)
        with self._lock:
            self._nobody = self._nobody or hash_of("nobody")
        is_right(password, self._nobody)
        return False


def first_secret(pepper: bytes) -> str:
    """What the link for the first account carries. It opens nothing once there is an account, so it needs no storing."""
    return hmac.digest(pepper, FIRST_LINK, "sha256").hex()[:40]
