"""Signing in to the console: who somebody is, the sessions that they have, and how the first of them gets in."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from domain.account import PASSWORD_LENGTH, Account, Accounts, Credentials, Gatekeeper, Seat, Session, Sessions, Visit
from domain.errors import Conflict, Forbidden, InvalidInput, NotFound, TooBusy, Unauthenticated
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
    hashed: Callable[[str], Awaitable[str]]
    """The hash of a new password."""
    first_secret: str
    """What the link for the first account carries."""

    async def begin(self, given: Credentials, visit: Visit) -> tuple[Account, str]:
        """Sign somebody in: the account, and the secret for the cookie.

        Raises Unauthenticated in the same words for every wrong pair, TooBusy after too many of them.
        """
        account = await self._who(given, visit)
        if account is None:
            raise Unauthenticated("E-mail and password do not belong together.")
        return account, await self.sessions.begin(account.id, visit, self.clock.now())

    async def _who(self, given: Credentials, visit: Visit) -> Account | None:
        """Counted before it is looked at, so that many at once count as many; a right password forgets the wrong ones before it."""
        email = given.email.strip().lower()
        here = f"{email} {visit.address}"
        if await self.sessions.attempt(here) > TRIES or await self.sessions.attempt(email) > TRIES_FROM_ANYWHERE:
            raise TooBusy("Too many wrong passwords for this e-mail. Try again in a quarter of an hour.", WAIT_S, TRIES)
        account = await self.gatekeeper.who(given)
        if account is not None:
            await self.sessions.forgive(here)
            await self.sessions.forgive(email)
        return account

    async def visitor(self, secret: str) -> tuple[Account, Session]:
        """Who sits at the browser. Raises Unauthenticated when the session ended, or its person is kept out."""
        session = await self.sessions.find(secret, self.clock.now()) if secret else None
        account = await self.accounts.one(session.person_id) if session else None
        if session is None or account is None or not account.active:
            raise Unauthenticated("Sign in to go on.")
        return account, session

    async def first(self, secret: str, wanted: dict[str, Any], password: str, visit: Visit) -> tuple[Account, str]:
        """The first account, an admin's, by the link that the start of the service prints; signed in at once.

        Raises Forbidden for another secret, Conflict when there is an account, InvalidInput.
        """
        self.must_be_first_link(secret)
        account = checked({**wanted, "seats": (Seat.ADMIN,)}, password)
        if not await self.accounts.put_first(account, await self.hashed(password)):
            raise Conflict("There is an account already, so this link is used up. Ask its owner for one of your own.")
        return account, await self.sessions.begin(account.id, visit, self.clock.now())

    def must_be_first_link(self, secret: str) -> None:
        """Raise Forbidden for a link that this service did not print."""
        if not hmac.compare_digest(secret.encode("utf-8", "surrogatepass"), self.first_secret.encode()):
            raise Forbidden("This link is not the one that the service printed when it started.")

    async def is_empty(self) -> bool:
        """Nobody has an account yet."""
        return not await self.accounts.all()

    async def change_password(self, account: Account, given: str, wanted: str, visit: Visit) -> None:
        """Another password for somebody who knows the old one; every session of theirs ends. Raises TooBusy as signing in does."""
        if await self._who(Credentials(email=account.email, password=given), visit) is None:
            raise InvalidInput("The password did not change.", [("/password", "is not your present password")])
        must_be_long(wanted)
        await self.accounts.set_password(account.id, await self.hashed(wanted))
        await self.sessions.end_all(account.id)

    async def end(self, account: Account, session_id: str) -> None:
        """End one of somebody's own sessions. Raises NotFound."""
        if not await self.sessions.end(account.id, session_id):
            raise NotFound("There is no such session; it may have ended by itself.")


def checked(wanted: dict[str, Any], password: str) -> Account:
    """An account as it was asked for. Raises InvalidInput with a sentence for each field."""
    must_be_long(password)
    try:
        return Account.model_validate(wanted)
    except ValidationError as error:
        faults = [(f"/{fault['loc'][0]}", SENTENCES.get(str(fault["loc"][0]), fault["msg"])) for fault in error.errors()]
        raise InvalidInput("The account does not fit.", faults) from error


def must_be_long(password: str) -> None:
    """Raise InvalidInput for a password that is too short or too long."""
    fewest, most = PASSWORD_LENGTH
    if not fewest <= len(password) <= most:
        raise InvalidInput("The account does not fit.", [("/password", f"takes {fewest} to {most} characters")])


SENTENCES = {
    "id": "is made of letters, digits, `.`, `_` and `-`, and begins with a letter or digit",
    "email": "is no e-mail address",
    "name": "is missing",
}
