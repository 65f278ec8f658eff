"""Accounts of people, and the links that invite them: only an Argon2id hash of each password and a SHA-256 of each link are stored."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain.account import Account, Invitation

if TYPE_CHECKING:
    from stores.postgres import Database

FIELDS = ("id", "name", "email", "seats", "roles", "region", "active")
COLUMNS = ", ".join(FIELDS)
INVITED = ("id", "person_id", "email", "seats", "roles", "region", "invited_by", "invited_at", "expires_at")
INVITED_COLUMNS = ", ".join(INVITED)
BY_EMAIL = f"select {COLUMNS}, password_hash from accounts where email = $1"  # noqa: S608 - built from the constants above only
ONE = f"select {COLUMNS} from accounts where id = $1"  # noqa: S608 - built from the constants above only
SPELT_ANYHOW = f"select {COLUMNS} from accounts where lower(id) = lower($1)"  # noqa: S608 - built from the constants above only
ALL = f"select {COLUMNS} from accounts order by name, id"  # noqa: S608 - built from the constants above only
OPEN = f"select {INVITED_COLUMNS} from account_invitations where expires_at > $1 order by invited_at desc, id"  # noqa: S608 - built from the constants above only
BEHIND = f"select {INVITED_COLUMNS} from account_invitations where secret_hash = $1 and expires_at > $2"  # noqa: S608 - built from the constants above only
EVER = f"select {INVITED_COLUMNS} from account_invitations order by invited_at"  # noqa: S608 - built from the constants above only
LOCK = "lock table accounts in share row exclusive mode"
PUT = f"insert into accounts ({COLUMNS}, password_hash) values ($1, $2, $3, $4, $5, $6, $7, $8)"  # noqa: S608 - built from the constants above only
SAVE = """
update accounts set name = $2, email = $3, seats = $4, roles = $5, region = $6, active = $7, changed_at = clock_timestamp() where id = $1
"""
ANOTHER_HASH = "update accounts set password_hash = $2, changed_at = clock_timestamp() where id = $1"
VOID = "delete from account_invitations where lower(person_id) = lower($1) or email = $2"
INVITE = f"insert into account_invitations ({INVITED_COLUMNS}, secret_hash) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"  # noqa: S608 - built from the constants above only
TAKE = f"delete from account_invitations where secret_hash = $1 and expires_at > $2 returning {INVITED_COLUMNS}"  # noqa: S608 - built from the constants above only
WITHDRAW = f"delete from account_invitations where id = $1 returning {INVITED_COLUMNS}"  # noqa: S608 - built from the constants above only


class PgAccounts:
    """Accounts as they stand."""

    def __init__(self, database: Database) -> None:
        self._database = database

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

    async def invitations(self, now: datetime) -> list[Invitation]:
        """Every invitation that still counts, the newest first."""
        async with self._database.connection() as connection:
            return [Invitation.model_validate(dict(row)) for row in await connection.fetch(OPEN, now)]

    async def invitation(self, secret_hash: bytes, now: datetime) -> Invitation | None:
        """The invitation behind a link that still counts."""
        async with self._database.connection() as connection:
            return _invitation(await connection.fetchrow(BEHIND, secret_hash, now))


class PgAccountRoll:
    """Accounts in a transaction. Whoever changes one locks them all: there are few, and the last admin must be known for sure."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def locked(self) -> list[Account]:
        """Every account; nobody else changes any, or makes a key, until the transaction ends."""
        await self._connection.execute(LOCK)
        return [Account.model_validate(dict(row)) for row in await self._connection.fetch(ALL)]

    async def one(self, person_id: str) -> Account | None:
        """An account by its id, however its case is spelt."""
        row = await self._connection.fetchrow(SPELT_ANYHOW, person_id)
        return Account.model_validate(dict(row)) if row else None

    async def put(self, account: Account, password_hash: str) -> None:
        """Store a new account, whose id and e-mail nobody else has: `locked` says so."""
        await self._connection.execute(PUT, *_values(account), password_hash)

    async def save(self, account: Account) -> None:
        """Store a changed account."""
        await self._connection.execute(SAVE, *_values(account))

    async def set_password(self, person_id: str, password_hash: str) -> None:
        """Another password."""
        await self._connection.execute(ANOTHER_HASH, person_id, password_hash)

    async def invite(self, invitation: Invitation, secret_hash: bytes) -> None:
        """Store an invitation; one for the same person or e-mail is void from now on."""
        plain = invitation.model_dump(mode="json") | {"invited_at": invitation.invited_at, "expires_at": invitation.expires_at}
        await self._connection.execute(VOID, invitation.person_id, invitation.email)
        await self._connection.execute(INVITE, *(plain[name] for name in INVITED), secret_hash)

    async def take_invitation(self, secret_hash: bytes, now: datetime) -> Invitation | None:
        """The invitation behind a link, used up by this; None when there is none, or it ran out."""
        return _invitation(await self._connection.fetchrow(TAKE, secret_hash, now))

    async def withdraw(self, invitation_id: str) -> Invitation | None:
        """The invitation, void from now on; None when there is none."""
        return _invitation(await self._connection.fetchrow(WITHDRAW, invitation_id))

    async def invited(self) -> list[Invitation]:
        """Every invitation, also those that ran out."""
        return [Invitation.model_validate(dict(row)) for row in await self._connection.fetch(EVER)]


def _values(account: Account) -> list[Any]:
    plain = account.model_dump(mode="json")
    return [plain[name] for name in FIELDS]


def _invitation(row: Any) -> Invitation | None:
    return Invitation.model_validate(dict(row)) if row else None
