"""The offices for accounts and keys on real servers, for tests of both."""

from __future__ import annotations

import uuid
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any, cast

import asyncpg

from desk.accounts import AccountOffice
from desk.keys import KeyOffice
from domain.access import ApiKey
from domain.account import Account, Seat, Visit
from domain.facts import Region
from runtime.embedded import StackUrls
from runtime.security import KeyRing
from stores.accounts import PgAccounts
from stores.keys import PgKeys
from stores.postgres import Database
from stores.redis import Redis
from stores.schema import migrate
from stores.sessions import RedisSessions
from tests.desk.house import TestClock

PASSWORD = "a rather long pass phrase"
SHELL = ApiKey(id="shell", name="shell", scopes=("admin",), actor="maitred:shell")
VISIT = Visit(agent="a browser", address="127.0.0.1")


async def _hashed(password: str) -> str:
    return f"hash of {password}"


@dataclass
class Offices:
    """What a test touches; ids and e-mails get a mark of the test's own, since all tests share one database."""

    accounts: AccountOffice
    keys: KeyOffice
    database: Database
    clock: TestClock
    mark: str = ""

    def wanted(self, person: str, *seats: Seat, **more: Any) -> dict[str, Any]:
        """Somebody as an admin asks for them."""
        named = {"id": f"{person}-{self.mark}", "name": person.title(), "email": f"{person}-{self.mark}@halyard.example"}
        return {**named, "seats": seats or (Seat.LEAD,), **more}

    async def admin(self, person: str, **more: Any) -> Account:
        """An admin who has an account."""
        return await self.accounts.create(self.wanted(person, Seat.ADMIN, **more), PASSWORD, SHELL)

    async def told(self, about: str) -> list[tuple[str, str, dict[str, Any]]]:
        """(kind, actor, data) of the ledger's lines that name somebody or something."""
        async with self.database.connection() as connection:
            rows = await connection.fetch(
                "select kind, actor, convert_from(body, 'UTF8')::jsonb -> 'data' as data from ledger_entries "
                "where convert_from(body, 'UTF8')::jsonb -> 'data' ->> 'person' = $1 "
                "or convert_from(body, 'UTF8')::jsonb -> 'data' ->> 'key' = $1 order by index",
                about,
            )
        return [(row["kind"], row["actor"], row["data"]) for row in rows]


@asynccontextmanager
async def open_offices(stack: StackUrls) -> AsyncGenerator[Offices, None]:
    """On a fresh database."""
    name = f"t{uuid.uuid4().hex[:12]}"
    admin: Any = await cast(Any, asyncpg).connect(stack.database_url)
    await admin.execute(f"create database {name}")
    url = stack.database_url.replace("/maitred?", f"/{name}?")
    await migrate(url)
    database, redis = Database(url, connections=6, patience_s=4), Redis(stack.redis_url)
    await database.open()
    clock, sessions, register = TestClock(), RedisSessions(redis, idle_s=1800, longest_s=3600), PgKeys(database)
    yield Offices(
        AccountOffice(database, PgAccounts(database), sessions, clock, _hashed, Region.EU),
        KeyOffice(database, register, clock, KeyRing(register, b"pepper").cut, Region.EU),
        database,
        clock,
    )
    await redis.close()
    await database.close()
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


async def fresh_offices(house: Offices) -> Offices:
    """With a mark and a clock of the test's own; nobody whom an earlier test made may sign in."""
    async with house.database.connection() as connection:
        await connection.execute("update accounts set active = false")
    clock = TestClock()
    accounts, keys = replace(house.accounts, clock=clock), replace(house.keys, clock=clock)
    return replace(house, accounts=accounts, keys=keys, clock=clock, mark=uuid.uuid4().hex[:8])
