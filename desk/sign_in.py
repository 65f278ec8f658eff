"""Signing in to the console: who somebody is, the sessions that they have, and how the first of them gets in."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from desk.account_checks import checked, must_be_long
from desk.accounts import AccountOffice
from desk.lockouts import Lockouts
from domain.account import Account, Accounts, Credentials, Gatekeeper, Seat, Session, Sessions, Visit
from domain.errors import Forbidden, InvalidInput, NotFound, TooBusy, Unauthenticated
from domain.ports import Clock

TRIES, TRIES_FROM_ANYWHERE = 10, 100
"""For one e-mail within a quarter of an hour, from one address and from all; past them even the right password waits. The second number is
so much larger that nobody is kept out by a stranger who guesses."""
WAIT_S = 900


@dataclass(frozen=True)
class SignIn:
    """Accounts and sessions."""

    gatekeeper: Gatekeeper
    accounts: Accounts
    sessions: Sessions
    clock: Clock
    office: AccountOffice
    first_secret: str
    """What the link for the first account carries."""
    idle_s: int
    """Seconds without a click after which a session ends."""

    @property
    def instance(self) -> str:
        """Names this instance: browsers share cookies among the ports of a host, so each instance's cookie has a name of its own."""
        return instance_of(self.first_secret)

    @property
    def lockouts(self) -> Lockouts:
        """Who waits after too many wrong passwords."""
        return Lockouts(self.office.store, self.accounts, self.sessions, self.clock, self.office.region)

    async def begin(self, given: Credentials, visit: Visit) -> tuple[Account, str]:
        """Sign somebody in: the account, and the secret for the cookie.

        Raises Unauthenticated in the same words for every wrong pair, TooBusy after too many of them.
        """
        account = await self._who(given, visit)
        if account is None:
            raise Unauthenticated.said("E-mail and password do not belong together.")
        return account, await self.sessions.begin(account.id, visit, self.clock.now())

    async def _who(self, given: Credentials, visit: Visit) -> Account | None:
        """Counted before it is looked at, so that many at once count as many; a right password forgets the wrong ones before it."""
        email = given.email.strip().lower()
        here = f"{email} {visit.address}"
        tried = await self.sessions.attempt(here)
        anywhere = 0 if tried > TRIES else await self.sessions.attempt(email)
        if tried > TRIES or anywhere > TRIES_FROM_ANYWHERE:
            if tried == TRIES + 1:
                await self.lockouts.tell(email, visit.address, TRIES)
            elif anywhere == TRIES_FROM_ANYWHERE + 1:
                await self.lockouts.tell(email, "", TRIES_FROM_ANYWHERE)
            raise TooBusy.said(
                "Too many wrong passwords for this e-mail. Try again in a quarter of an hour.", retry_after_s=WAIT_S, limit=TRIES
            )
        account = await self.gatekeeper.who(given)
        if account is not None:
            await self.sessions.forgive(here)
            await self.sessions.forgive(email)
        return account

    async def unlock(self, person_id: str, given: Credentials, visit: Visit, secret: str) -> str:
        """Let the person of a locked page go on: the secret of a new session in place of the one that the page had.

        Raises Unauthenticated for a wrong password, and for anybody else: what a page shows is meant for its person. TooBusy as signing in.
        """
        account = await self._who(given, visit)
        if account is None or account.id != person_id:
            raise Unauthenticated.said("This is not the password of who was here.")
        if secret and (session := await self.sessions.find(secret, self.clock.now(), by_hand=False)):
            await self.sessions.end(session.person_id, session.id)
        return await self.sessions.begin(account.id, visit, self.clock.now())

    async def visitor(self, secret: str, *, by_hand: bool = True) -> tuple[Account, Session]:
        """Who sits at the browser; what a page asks by itself (not `by_hand`) keeps no session alive.

        Raises Unauthenticated when the session ended, or its person is kept out.
        """
        session = await self.sessions.find(secret, self.clock.now(), by_hand=by_hand) if secret else None
        account = await self.accounts.one(session.person_id) if session else None
        if session is None or account is None or not account.active:
            raise Unauthenticated.said("Sign in to go on.")
        return account, session

    async def first(self, secret: str, wanted: dict[str, Any], password: str, visit: Visit) -> tuple[Account, str]:
        """The first account, an admin's, by the link that the start of the service prints; signed in at once.

        Raises Forbidden for another secret, Conflict when there is an account, InvalidInput.
        """
        self.must_be_first_link(secret)
        must_be_long(password)
        account = checked({**wanted, "seats": (Seat.ADMIN,)})
        await self.office.first(account, password)
        return account, await self.sessions.begin(account.id, visit, self.clock.now())

    async def join(self, secret: str, name: str, password: str, visit: Visit) -> tuple[Account, str]:
        """What an invitation is for: an account, or another password; signed in at once. Raises Forbidden, InvalidInput."""
        account = await self.office.join(secret, name, password)
        return account, await self.sessions.begin(account.id, visit, self.clock.now())

    def must_be_first_link(self, secret: str) -> None:
        """Raise Forbidden for a link that this service did not print."""
        if not hmac.compare_digest(secret.encode("utf-8", "surrogatepass"), self.first_secret.encode()):
            raise Forbidden.said("This link is not the one that the service printed when it started.")

    async def is_empty(self) -> bool:
        """Nobody has an account yet."""
        return not await self.accounts.all()

    async def change_password(self, account: Account, given: str, wanted: str, visit: Visit) -> None:
        """Another password for somebody who knows the old one; every session of theirs ends. Raises TooBusy as signing in does."""
        if await self._who(Credentials(email=account.email, password=given), visit) is None:
            raise InvalidInput.said("The password did not change.", errors=[("/password", "is not your present password")])
        await self.office.set_password(account.id, wanted, account.key)

    async def end(self, account: Account, session_id: str) -> None:
        """End one of somebody's own sessions. Raises NotFound."""
        if not await self.sessions.end(account.id, session_id):
            raise NotFound.said("There is no such session; it may have ended by itself.")


def instance_of(first_secret: str) -> str:
    """A name that is the instance's own for as long as its secrets are, and tells nothing of them."""
    return hashlib.sha256(first_secret.encode()).hexdigest()[:8]
