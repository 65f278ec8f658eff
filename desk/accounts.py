"""Accounts of the people who use the console: invited by a link, changed under one lock, each change with its line in the ledger."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from desk.account_checks import changed, checked, must_be_free, must_be_long, must_leave_an_admin, must_reach
from desk.account_ends import AccountEnds
from desk.account_links import counts, hash_of, must_rival_no_other_region, void
from domain.access import ApiKey
from domain.account import Account, Accounts, Invitation, Sessions
from domain.canonical import canonical_json, digest
from domain.errors import Conflict, NotFound, StaleObject, StoreUnavailable
from domain.events import Happening, Kind
from domain.facts import Region
from domain.identifiers import new_id
from domain.ports import Clock
from domain.unit_of_work import Store, Tx

INVITED_FOR = timedelta(days=3)
SECRET_BYTES = 32
CHANGEABLE = ("name", "email", "seats", "roles", "region")


@dataclass(frozen=True)
class AccountOffice:
    """What is done with accounts. Whoever acts is a key that may `admin`; one of a region has to do with that region's people alone."""

    store: Store
    accounts: Accounts
    sessions: Sessions
    clock: Clock
    hashed: Callable[[str], Awaitable[str]]
    """The hash of a new password."""
    region: Region
    """Where the ledger files what belongs to no region."""

    @property
    def _ends(self) -> AccountEnds:
        return AccountEnds(self.clock, self.region)

    async def all(self, by: ApiKey) -> list[Account]:
        """Every account that exists for whoever asks, by name."""
        return [one for one in await self.accounts.all() if by.sees(one.region, None)]

    async def one(self, person_id: str, by: ApiKey) -> Account:
        """An account. Raises NotFound."""
        return _seen(await self.accounts.one(person_id), person_id, by)

    async def invitations(self, by: ApiKey) -> list[Invitation]:
        """Every invitation that still counts."""
        return [one for one in await self.accounts.invitations(self.clock.now()) if by.sees(one.region, None)]

    async def create(self, wanted: dict[str, Any], password: str, by: ApiKey) -> Account:
        """An account with its password, for whoever has a shell here. Raises InvalidInput, Conflict for an id or e-mail that is taken."""
        account = checked(wanted)
        must_be_long(password)
        must_reach(by, account.region)
        password_hash = await self.hashed(password)
        async with self.store.transaction() as tx:
            await must_be_free(tx, account.id, account.email, self.clock.now(), by)
            await self._put(tx, account, password_hash, by.actor)
        return account

    async def first(self, account: Account, password: str) -> None:
        """The account before which there was none. Raises InvalidInput, Conflict when somebody was quicker."""
        must_be_long(password)
        password_hash = await self.hashed(password)
        async with self.store.transaction() as tx:
            if await tx.accounts.locked():
                raise Conflict.said("There is an account already, so this link is used up. Ask its owner for one of your own.")
            await self._put(tx, account, password_hash, account.key.actor)

    async def change(self, person_id: str, wanted: dict[str, Any], by: ApiKey, seen: str | None = None) -> Account:
        """Another name, e-mail, seats, roles or region; what `wanted` does not name stays.

        Keys that the person could hold before and not now end, and links that do not fit any more are void.

        `seen` is the mark of the account as it was read. Raises NotFound, InvalidInput, StaleObject when it changed since, Conflict when an
        e-mail is taken or nobody would be left to run this service.
        """
        async with self.store.transaction() as tx:
            everybody = await tx.accounts.locked()
            account = _seen(_of(everybody, person_id), person_id, by)
            if seen is not None and seen != mark_of(account):
                raise StaleObject.said("%(name)s was changed since you read this; look at it again.", {"name": account.name})
            after = changed(account, {name: value for name, value in wanted.items() if name in CHANGEABLE})
            must_reach(by, after.region)
            must_leave_an_admin(everybody, after)
            await self._must_have_free_email(tx, everybody, after)
            if told := _differences(account, after):
                await tx.accounts.save(after)
                await tx.journal.write(self._told(Kind.ACCOUNT_CHANGED, after, by.actor, told))
                await self._ends.outgrown_keys(tx, account, after, by)
                await self._ends.outgrown_links(tx, after, everybody, by)
        return after

    async def let_in(self, person_id: str, by: ApiKey) -> Account:
        """Let somebody sign in again."""
        return await self._activity(person_id, True, by)

    async def keep_out(self, person_id: str, by: ApiKey) -> tuple[Account, int]:
        """Keep somebody out from now on, and say how many of their sessions ended. Their keys end too; what they did stays on record.

        Raises Conflict for oneself, and for the last admin.
        """
        if by.actor == f"person:{person_id}":
            raise Conflict.said("Nobody keeps themselves out; another admin can do that.")
        account = await self._activity(person_id, False, by)
        return account, await self.sessions.end_all(account.id)

    async def invite(self, wanted: dict[str, Any], by: ApiKey) -> tuple[Invitation, str]:
        """A link by which somebody makes the account that is meant for them, and the secret that it carries, which is told this once.

        One for the same person or e-mail is void from now on. Raises InvalidInput, Conflict for an id or e-mail that is taken, or that
        another region invited.
        """
        account = checked({**wanted, "name": wanted.get("name") or wanted.get("id", "")})
        must_reach(by, account.region)
        async with self.store.transaction() as tx:
            await must_be_free(tx, account.id, account.email, self.clock.now(), by, but_for_invitations=True)
            return await self._invited(tx, account, by)

    async def invite_again(self, person_id: str, by: ApiKey) -> tuple[Invitation, str]:
        """A link by which somebody who has an account chooses another password. Raises NotFound, Conflict for somebody who is kept out."""
        async with self.store.transaction() as tx:
            account = _seen(_of(await tx.accounts.locked(), person_id), person_id, by)
            if not account.active:
                raise Conflict.said("%(name)s may not sign in; let them in first.", {"name": account.name})
            return await self._invited(tx, account, by)

    async def withdraw(self, invitation_id: str, by: ApiKey) -> None:
        """Make a link void. Raises NotFound."""
        async with self.store.transaction() as tx:
            await tx.accounts.locked()
            link = next((one for one in await tx.accounts.invited() if one.id == invitation_id), None)
            if link is None or not by.sees(link.region, None):
                raise NotFound.said("There is no such invitation; it may be used up.")
            await self._ends.link(tx, link, by)

    async def invited(self, secret: str) -> tuple[Invitation, Account | None]:
        """The invitation behind a link, and the account of its person if there is one. Raises Forbidden for a link that does not count."""
        found = await self.accounts.invitation(hash_of(secret), self.clock.now())
        if found is None:
            raise void()
        return found, await self.accounts.one(found.person_id)

    async def join(self, secret: str, name: str, password: str) -> Account:
        """Make the account that a link is meant for, or choose another password by it.

        The link is used up, older sessions end, and wrong passwords of before hold nobody up. Raises Forbidden for a link that does not
        count, InvalidInput (then the link still counts).
        """
        must_be_long(password)
        await self.invited(secret)
        password_hash = await self.hashed(password)
        async with self.store.transaction() as tx:
            everybody = await tx.accounts.locked()
            invitation = await tx.accounts.take_invitation(hash_of(secret), self.clock.now())
            if invitation is None or not counts(invitation, everybody):
                raise void()
            account = _of(everybody, invitation.person_id)
            if account is None:
                account = checked(
                    {**invitation.model_dump(include={"email", "seats", "roles", "region"}), "id": invitation.person_id, "name": name}
                )
                await self._put(tx, account, password_hash, account.key.actor, invited_by=invitation.invited_by)
            else:
                await tx.accounts.set_password(account.id, password_hash)
                told = {"password": True, "invited_by": invitation.invited_by}
                await tx.journal.write(self._told(Kind.ACCOUNT_CHANGED, account, account.key.actor, told))
            await self._begin_anew(account)
        await self._end_late_ones(account)
        return account

    async def set_password(self, person_id: str, password: str, by: ApiKey) -> int:
        """Another password for somebody, whose link is void then; returns how many sessions ended. Raises NotFound, InvalidInput."""
        must_be_long(password)
        password_hash = await self.hashed(password)
        async with self.store.transaction() as tx:
            account = _seen(_of(await tx.accounts.locked(), person_id), person_id, by)
            await tx.accounts.set_password(account.id, password_hash)
            await tx.journal.write(self._told(Kind.ACCOUNT_CHANGED, account, by.actor, {"password": True}))
            await self._ends.links_of(tx, account, by)
            ended = await self._begin_anew(account)
        return ended + await self._end_late_ones(account)

    async def end_sessions(self, person_id: str, by: ApiKey) -> int:
        """End every session of somebody without keeping them out; returns how many. Raises NotFound."""
        async with self.store.transaction() as tx:
            account = _seen(_of(await tx.accounts.locked(), person_id), person_id, by)
            ended = await self.sessions.end_all(account.id)
            await tx.journal.write(self._told(Kind.ACCOUNT_CHANGED, account, by.actor, {"sessions_ended": ended}))
        return ended

    async def _begin_anew(self, account: Account) -> int:
        """Inside of a change of the password, which does not happen when this cannot: so it can be tried again. How many sessions ended."""
        await self.sessions.unlock(account.email)
        return await self.sessions.end_all(account.id)

    async def _end_late_ones(self, account: Account) -> int:
        """Sessions that the old password began while it changed; how many."""
        with suppress(StoreUnavailable):
            return await self.sessions.end_all(account.id)
        return 0

    async def _activity(self, person_id: str, active: bool, by: ApiKey) -> Account:
        async with self.store.transaction() as tx:
            everybody = await tx.accounts.locked()
            account = _seen(_of(everybody, person_id), person_id, by)
            after = account.model_copy(update={"active": active})
            must_leave_an_admin(everybody, after)
            if after != account:
                await tx.accounts.save(after)
                await tx.journal.write(self._told(Kind.ACCOUNT_LET_IN if active else Kind.ACCOUNT_KEPT_OUT, after, by.actor, {}))
            if not active:
                await self._ends.keys(tx, account, by)
                await self._ends.outgrown_links(tx, after, everybody, by)
        return after

    async def _invited(self, tx: Tx, account: Account, by: ApiKey) -> tuple[Invitation, str]:
        now, secret = self.clock.now(), secrets.token_urlsafe(SECRET_BYTES)
        invitation = Invitation(
            id=new_id("inv"),
            person_id=account.id,
            **account.model_dump(include={"email", "seats", "roles", "region"}),
            invited_by=by.actor,
            invited_at=now,
            expires_at=now + INVITED_FOR,
        )
        must_rival_no_other_region(by, invitation, await self._ends.waiting(tx))
        await self._ends.rivals(tx, invitation, by)
        await tx.accounts.invite(invitation, hash_of(secret))
        told = {**_standing(account), "invitation": invitation.id, "expires_at": invitation.expires_at.isoformat()}
        await tx.journal.write(self._ends.happening(Kind.ACCOUNT_INVITED, account.region, by.actor, told))
        return invitation, secret

    async def _put(self, tx: Tx, account: Account, password_hash: str, actor: str, **more: str) -> None:
        await tx.accounts.put(account, password_hash)
        await tx.journal.write(self._told(Kind.ACCOUNT_CREATED, account, actor, {**_standing(account), **more}))

    async def _must_have_free_email(self, tx: Tx, everybody: list[Account], account: Account) -> None:
        taken = {one.email for one in everybody if one.id != account.id}
        taken |= {one.email for one in await self._ends.waiting(tx) if one.person_id != account.id}
        if account.email in taken:
            raise Conflict.said("%(email)s belongs to another account or invitation.", {"email": account.email})

    def _told(self, kind: Kind, account: Account, actor: str, told: dict[str, Any]) -> Happening:
        return self._ends.happening(kind, account.region, actor, {"person": account.id, **told})


def mark_of(account: Account) -> str:
    """Changes with the account: what a form was made from."""
    return digest(canonical_json(account.model_dump(mode="json")))


def _of(everybody: list[Account], person_id: str) -> Account | None:
    return next((one for one in everybody if one.id == person_id), None)


def _seen(account: Account | None, person_id: str, by: ApiKey) -> Account:
    if account is None or not by.sees(account.region, None):
        raise NotFound.said("Nobody has the id %(id)s.", {"id": person_id})
    return account


def _standing(account: Account) -> dict[str, Any]:
    return {"person": account.id, "seats": list(account.seats), "roles": list(account.roles), "region": account.region}


def _differences(before: Account, after: Account) -> dict[str, Any]:
    """What changed, as the ledger keeps it: names and addresses are personal, so only that they changed is told."""
    was, now = before.model_dump(mode="json"), after.model_dump(mode="json")
    told: dict[str, Any] = {name: {"from": was[name], "to": now[name]} for name in ("seats", "roles", "region") if was[name] != now[name]}
    return told | {name: True for name in ("name", "email") if was[name] != now[name]}
