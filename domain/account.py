"""Accounts of people who use the console, and the sessions that they are signed in with."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Protocol

from pydantic import Field, StringConstraints

from domain.access import ApiKey, Scope
from domain.decision import Frozen

Email = Annotated[str, StringConstraints(strip_whitespace=True, to_lower=True, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
PersonName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
PersonId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]

PASSWORD_LENGTH = (12, 256)
"""Fewest and most characters of a password (NIST SP 800-63B: length counts, composition rules do not)."""


class Seat(StrEnum):
    """What somebody does here: each seat carries the scopes that it needs and no more."""

    LEAD = "lead"
    POLICY_OWNER = "policy_owner"
    AUDITOR = "auditor"
    ENGINEER = "engineer"
    ADMIN = "admin"


SEATS: dict[Seat, tuple[Scope, ...]] = {
    Seat.LEAD: (Scope.REVIEWS_READ, Scope.REVIEWS_RULE, Scope.CASES_READ, Scope.CASES_WRITE),
    Seat.POLICY_OWNER: (Scope.POLICIES_WRITE, Scope.POLICIES_APPROVE, Scope.CASES_READ),
    Seat.AUDITOR: (Scope.LEDGER_READ, Scope.CASES_READ, Scope.REVIEWS_READ),
    Seat.ENGINEER: (Scope.CASES_READ, Scope.POLICIES_WRITE),
    Seat.ADMIN: tuple(Scope),
}
"""The scopes of each seat."""


class Account(Frozen):
    """A person who may sign in."""

    id: PersonId = Field(description="The person: rulings and ledger entries name `person:<id>`.")
    name: PersonName
    email: Email
    seats: tuple[Seat, ...]
    roles: tuple[str, ...] = Field(default=(), description="What the person stands for in policies: `legal`, `policy_approver`.")
    region: str | None = Field(default=None, description="The person sees only this region's objects.")
    active: bool = True

    @property
    def key(self) -> ApiKey:
        """What the person may do, as a key says it: every use case asks one."""
        scopes = tuple(dict.fromkeys(scope.value for seat in self.seats for scope in SEATS[seat]))
        return ApiKey(
            id=f"account:{self.id}", name=self.name, scopes=scopes, roles=self.roles, actor=f"person:{self.id}", region=self.region
        )


class Credentials(Frozen):
    """What somebody who wants to sign in gives."""

    email: str = Field(max_length=254)
    password: str = Field(max_length=PASSWORD_LENGTH[1] + 1)


class Visit(Frozen):
    """Where a session comes from, for the person who looks at a list of them."""

    agent: str = Field(description="The browser, as it calls itself; at most 200 characters are kept.")
    address: str


class Session(Frozen):
    """One signed-in browser."""

    id: str = Field(description="Names it in lists; whoever knows it cannot use it.")
    person_id: PersonId
    began_at: datetime
    seen_at: datetime
    visit: Visit


class Invitation(Frozen):
    """An account that waits for its person to choose a password; with one already, a new password may be chosen."""

    id: str
    person_id: PersonId
    email: Email
    seats: tuple[Seat, ...]
    roles: tuple[str, ...] = ()
    region: str | None = None
    invited_by: str = Field(description="The actor who did it.")
    invited_at: datetime
    expires_at: datetime


class Gatekeeper(Protocol):
    """Says who somebody is. Local passwords are one; an identity provider may be another."""

    async def who(self, given: Credentials) -> Account | None:
        """The active account behind the credentials; None when they are wrong, and as slow for an unknown e-mail as for a known one."""
        ...


class Accounts(Protocol):
    """The accounts as they stand, outside of a transaction."""

    async def one(self, person_id: str) -> Account | None:
        """An account by its id."""
        ...

    async def by_email(self, email: str) -> tuple[Account, str] | None:
        """An account with its password's hash."""
        ...

    async def all(self) -> list[Account]:
        """Every account, by name."""
        ...

    async def invitations(self, now: datetime) -> list[Invitation]:
        """Every invitation that still counts, the newest first."""
        ...

    async def invitation(self, secret_hash: bytes, now: datetime) -> Invitation | None:
        """The invitation behind a link that still counts."""
        ...


class AccountRoll(Protocol):
    """The accounts, inside a transaction that alone may change them."""

    async def locked(self) -> list[Account]:
        """Every account; nobody else changes any, or makes a key, until the transaction ends."""
        ...

    async def one(self, person_id: str) -> Account | None:
        """An account by its id, however its case is spelt."""
        ...

    async def put(self, account: Account, password_hash: str) -> None:
        """Store a new account, whose id and e-mail nobody else has: `locked` says so."""
        ...

    async def save(self, account: Account) -> None:
        """Store a changed account."""
        ...

    async def set_password(self, person_id: str, password_hash: str) -> None:
        """Another password."""
        ...

    async def invite(self, invitation: Invitation, secret_hash: bytes) -> None:
        """Store an invitation; one for the same person or e-mail is void from now on."""
        ...

    async def take_invitation(self, secret_hash: bytes, now: datetime) -> Invitation | None:
        """The invitation behind a link, used up by this; None when there is none, or it ran out."""
        ...

    async def withdraw(self, invitation_id: str) -> Invitation | None:
        """The invitation, void from now on; None when there is none."""
        ...

    async def invited(self) -> list[Invitation]:
        """Every invitation, also those that ran out."""
        ...


class Sessions(Protocol):
    """Keeps sessions. They are speed, not truth: when they are lost, people sign in again."""

    async def begin(self, person_id: str, visit: Visit, now: datetime) -> str:
        """A new session; returns the secret that its cookie carries."""
        ...

    async def find(self, secret: str, now: datetime, *, by_hand: bool = True) -> Session | None:
        """The live session behind a cookie, seen now; what a page asks by itself (not `by_hand`) keeps no session alive."""
        ...

    async def of(self, person_id: str) -> list[Session]:
        """A person's live sessions, newest first."""
        ...

    async def end(self, person_id: str, session_id: str) -> bool:
        """End one session; False when there is none."""
        ...

    async def end_all(self, person_id: str) -> int:
        """End every session of a person; returns how many."""
        ...

    async def attempt(self, who: str) -> int:
        """Count a try to sign in, before it is looked at; returns how many there were within a quarter of an hour."""
        ...

    async def forgive(self, who: str) -> None:
        """Forget somebody's tries."""
        ...

    async def lock(self, email: str, address: str, now: datetime) -> datetime | None:
        """Remember that an e-mail waits at an address (anywhere for an empty one); until when, None when that is known or very many do."""
        ...

    async def locks(self, email: str, now: datetime) -> dict[str, datetime]:
        """Addresses from which an e-mail waits, and until when."""
        ...

    async def unlock(self, email: str) -> int:
        """Forget what made an e-mail wait; returns from how many addresses it waited."""
        ...
