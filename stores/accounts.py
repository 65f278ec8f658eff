"""Accounts of people: only an Argon2id hash of each password is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.account import Account

if TYPE_CHECKING:
    from stores.postgres import Database

FIELDS = ("id", "name", "email", "seats", "roles", "region", "active")
PUT = """
insert into accounts (id, name, email, seats, roles, region, active, password_hash) values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict do nothing returning 1
"""
FIRST = "lock table accounts in share row exclusive mode"
BY_EMAIL = "select id, name, email, seats, roles, region, active, password_hash from accounts where email = $1"
ONE = "select id, name, email, seats, roles, region, active from accounts where id = $1"
ALL = "select id, name, email, seats, roles, region, active from accounts order by name, id"
ANOTHER_HASH = "update accounts set password_hash = $2, changed_at = clock_timestamp() where id = $1 returning 1"
SET_ACTIVE = "update accounts set active = $2, changed_at = clock_timestamp() where id = $1 returning 1"


class PgAccounts:
    """Accounts in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, account: Account, password_hash: str) -> bool:
        """Store a new account; False when its id or e-mail is taken."""
        async with self._database.connection() as connection:
            return await _put(connection, account, password_hash)

    async def put_first(self, account: Account, password_hash: str) -> bool:
        """Store the first account; False when there is one already, whoever was quicker."""
        async with self._database.connection() as connection, connection.transaction():
            await connection.execute(FIRST)
            if await connection.fetchval("select exists (select 1 from accounts)"):
                return False
            return await _put(connection, account, password_hash)

    async def set_password(self, person_id: str, password_hash: str) -> bool:
        """Another password; False when there is no such account."""
        return await self._changed(ANOTHER_HASH, person_id, password_hash)

    async def set_active(self, person_id: str, active: bool) -> bool:
        """Let somebody in or keep them out; False when there is no such account."""
        return await self._changed(SET_ACTIVE, person_id, active)

    async def one(self, person_id: str) -> Account | None:
        """An account by its id."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(ONE, person_id)
        return Account.model_validate(dict(row)) if row else None

    async def by_email(self, email: str) -> tuple[Account, str] | None:
        """An account with its password's hash."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(BY_EMAIL, email)
        if row is None:
            return None
        found = dict(row)
        password_hash: str = found.pop("password_hash")
        return Account.model_validate(found), password_hash

    async def all(self) -> list[Account]:
        """Every account, by name."""
        async with self._database.connection() as connection:
            return [Account.model_validate(dict(row)) for row in await connection.fetch(ALL)]

    async def _changed(self, statement: str, person_id: str, value: object) -> bool:
        async with self._database.connection() as connection:
            return await connection.fetchval(statement, person_id, value) is not None


async def _put(connection: Any, account: Account, password_hash: str) -> bool:
    plain = account.model_dump(mode="json")
    values = [plain[name] for name in FIELDS]
    return await connection.fetchval(PUT, *values, password_hash) is not None
