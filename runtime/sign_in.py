"""Puts signing in together: local accounts, their passwords, and sessions in Redis."""

from __future__ import annotations

from desk.sign_in import SignIn
from domain.ports import Clock
from runtime.embedded import StackUrls
from runtime.passwords import LocalPasswords, first_secret
from runtime.servers import Stores, open_stores
from runtime.settings import Settings
from stores.accounts import PgAccounts
from stores.sessions import RedisSessions


def open_sign_in(settings: Settings, stores: Stores, clock: Clock) -> SignIn:
    """The use case on this instance's stores."""
    accounts = PgAccounts(stores.database)
    passwords = LocalPasswords(accounts)
    return SignIn(passwords, accounts, sessions_of(settings, stores), clock, passwords.hashed, first_secret(settings.pepper()))


def sessions_of(settings: Settings, stores: Stores) -> RedisSessions:
    """This instance's sessions."""
    return RedisSessions(stores.redis, idle_s=settings.session_idle_s, longest_s=settings.session_longest_s)


async def first_account_link(settings: Settings, urls: StackUrls) -> str | None:
    """The address at which the first account is made; None once there is one."""
    async with open_stores(urls.database_url, urls.redis_url, 2) as stores:
        if await PgAccounts(stores.database).all():
            return None
    return f"http://{settings.host}:{settings.port}/first-account/{first_secret(settings.pepper())}"
