"""Accounts that wait after too many wrong passwords: the ledger hears of it, whoever reads it sees it, and an admin lifts it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.access import ApiKey
from domain.account import Account, Accounts, Sessions
from domain.errors import NotFound
from domain.events import Happening, Kind
from domain.facts import Region
from domain.identifiers import new_id
from domain.ports import Clock
from domain.unit_of_work import Store

GATE = "maitred:sign-in"
"""Who locks: nobody did it by hand."""


@dataclass(frozen=True)
class Lockouts:
    """What is known of accounts that wait; e-mails of nobody are not told of, since anything may be typed there."""

    store: Store
    accounts: Accounts
    sessions: Sessions
    clock: Clock
    region: Region
    """Where the ledger files what belongs to no region."""

    async def tell(self, email: str, address: str, tries: int) -> None:
        """An e-mail begins to wait at an address, or everywhere for an empty one: one entry for each, whatever is tried after."""
        account = next((one for one in await self.accounts.all() if one.email == email), None)
        until = await self.sessions.lock(email, address, self.clock.now()) if account else None
        if account is not None and until is not None:
            told = {"tries": tries, "until": until.isoformat()} | ({"address": address} if address else {})
            await self._write(Kind.ACCOUNT_LOCKED, account, GATE, told)

    async def of(self, account: Account) -> dict[str, datetime]:
        """The addresses at which somebody waits, and until when; an empty one is everywhere."""
        return await self.sessions.locks(account.email, self.clock.now())

    async def lift(self, person_id: str, by: ApiKey) -> None:
        """Let somebody try again. Raises NotFound."""
        account = await self.accounts.one(person_id)
        if account is None or not by.sees(account.region, None):
            raise NotFound.said("Nobody has the id %(id)s.", {"id": person_id})
        if await self.sessions.unlock(account.email):
            await self._write(Kind.ACCOUNT_UNLOCKED, account, by.actor, {})

    async def _write(self, kind: Kind, account: Account, actor: str, told: dict[str, Any]) -> None:
        entry = {"person": account.id, **told}
        region, at = account.region or self.region, self.clock.now()
        async with self.store.transaction() as tx:
            await tx.journal.write(Happening(id=new_id("ent"), kind=kind, case_id=None, region=region, actor=actor, at=at, entry=entry))
