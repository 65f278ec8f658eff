"""Puts accounts, keys and signing in together: local passwords, sessions in Redis, secrets that only their hashes are kept of."""

from __future__ import annotations

from desk.accounts import AccountOffice
from desk.keys import KeyOffice
from desk.sign_in import SignIn
from domain.ports import Clock
from runtime.embedded import StackUrls
from runtime.passwords import LocalPasswords, first_secret
from runtime.security import KeyRing
from runtime.servers import Stores, open_stores
from runtime.settings import Settings
from stores.accounts import PgAccounts
from stores.keys import PgKeys
from stores.sessions import RedisSessions


def open_sign_in(settings: Settings, stores: Stores, clock: Clock) -> SignIn:
    """The use case on this instance's stores."""
    accounts = PgAccounts(stores.database)
    passwords = LocalPasswords(accounts)
    sessions = sessions_of(settings, stores)
    office = AccountOffice(stores.database, accounts, sessions, clock, passwords.hashed, settings.region)
    return SignIn(passwords, accounts, sessions, clock, office, first_secret(settings.pepper()), settings.session_idle_s)


def open_keys(settings: Settings, stores: Stores, clock: Clock) -> KeyOffice:
    """What is done with keys, on this instance's stores."""
    register = PgKeys(stores.database)
    return KeyOffice(stores.database, register, clock, KeyRing(register, settings.pepper()).cut, settings.region)


def sessions_of(settings: Settings, stores: Stores) -> RedisSessions:
    """This instance's sessions."""
    return RedisSessions(stores.redis, idle_s=settings.session_idle_s, longest_s=settings.session_longest_s)


async def first_account_link(settings: Settings, urls: StackUrls) -> str | None:
    """The address at which the first account is made; None once there is one."""
    async with open_stores(urls.database_url, urls.redis_url, 2) as stores:
        if await PgAccounts(stores.database).all():
            return None
    return f"{served_at(settings)}/first-account/{first_secret(settings.pepper())}"


def served_at(settings: Settings) -> str:
    """How the addresses that a shell is told begin: `http://127.0.0.1:8080`, `http://[::1]:8080`."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{settings.port}"
