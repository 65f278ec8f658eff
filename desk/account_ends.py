"""What ends when an account changes: keys that it does not stand behind any more and links that count no more, each with its line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desk.account_links import counts, rival
from desk.keys import revoked
from domain.access import ApiKey
from domain.account import Account, Invitation
from domain.events import Happening, Kind
from domain.facts import Region
from domain.identifiers import new_id
from domain.ports import Clock
from domain.unit_of_work import Tx


@dataclass(frozen=True)
class AccountEnds:
    """Ends keys and links inside of the change that they end by."""

    clock: Clock
    region: Region
    """Where the ledger files what belongs to no region."""

    async def keys(self, tx: Tx, account: Account, by: ApiKey) -> None:
        """Every key of somebody."""
        for key in await tx.keys.of(account.key.actor):
            await self._revoke(tx, key, by)

    async def outgrown_keys(self, tx: Tx, before: Account, after: Account, by: ApiKey) -> None:
        """Those that somebody could hold before a change and not after it; what a shell gave beyond their seats is not of them."""
        for key in await tx.keys.of(before.key.actor):
            if _fits(key, before.key) and not _fits(key, after.key):
                await self._revoke(tx, key, by)

    async def links_of(self, tx: Tx, account: Account, by: ApiKey) -> None:
        """Every link that waits for somebody."""
        for link in await self.waiting(tx):
            if link.person_id == account.id:
                await self.link(tx, link, by)

    async def outgrown_links(self, tx: Tx, after: Account, everybody: list[Account], by: ApiKey) -> None:
        """Those that do not count any more, now that somebody is as they are after a change."""
        people = [after if one.id == after.id else one for one in everybody]
        for link in await self.waiting(tx):
            if not counts(link, people):
                await self.link(tx, link, by)

    async def rivals(self, tx: Tx, link: Invitation, by: ApiKey) -> None:
        """Those that a new link takes the place of: of the same person, or to the same e-mail."""
        for one in await self.waiting(tx):
            if rival(one, link):
                await self.link(tx, one, by)

    async def link(self, tx: Tx, link: Invitation, by: ApiKey) -> None:
        """One link."""
        await tx.accounts.withdraw(link.id)
        told = {"invitation": link.id, "person": link.person_id, "withdrawn": True}
        await tx.journal.write(self.happening(Kind.ACCOUNT_INVITED, link.region, by.actor, told))

    async def waiting(self, tx: Tx) -> list[Invitation]:
        """Links that did not run out."""
        return [one for one in await tx.accounts.invited() if one.expires_at > self.clock.now()]

    def happening(self, kind: Kind, region: str | None, actor: str, told: dict[str, Any]) -> Happening:
        """A line of the ledger."""
        return Happening(
            id=new_id("ent"), kind=kind, case_id=None, region=region or self.region, actor=actor, at=self.clock.now(), entry=told
        )

    async def _revoke(self, tx: Tx, key: ApiKey, by: ApiKey) -> None:
        await tx.keys.revoke(key.id)
        await tx.journal.write(revoked(key, by, self.clock.now(), self.region))


def _fits(key: ApiKey, standing: ApiKey) -> bool:
    """Whether a key gives no more than its person may do anyway."""
    return (
        set(key.scopes) <= set(standing.scopes)
        and all(standing.holds(role) for role in key.roles)
        and standing.sees(key.region, key.client_id)
    )
