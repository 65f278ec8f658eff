"""Keys, scopes and actors: who calls and what they may do."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import Field

from domain.decision import Frozen

SHELL_ACTOR = "maitred:shell"
"""Whoever has a shell where the service runs, and its secrets: nothing is kept from them."""


class Scope(StrEnum):
    """What a key may do."""

    CASES_WRITE = "cases:write"
    CASES_READ = "cases:read"
    REVIEWS_READ = "reviews:read"
    REVIEWS_RULE = "reviews:rule"
    POLICIES_WRITE = "policies:write"
    POLICIES_APPROVE = "policies:approve"
    LEDGER_READ = "ledger:read"
    ADMIN = "admin"


class ApiKey(Frozen):
    """A live key."""

    id: str
    name: str
    scopes: tuple[str, ...]
    roles: tuple[str, ...] = Field(
        default=(), description="What its holder stands for when policies are approved: `review_board`, `legal`."
    )
    actor: str = Field(description="`person:<id>` for a person's key, else `key:<name>`.")
    region: str | None = Field(default=None, description="The key sees only this region's objects.")
    client_id: str | None = Field(default=None, description="The key sees only this client's objects.")
    made_by: str | None = Field(default=None, description="Who made it in the console; None for an account and for a shell's key.")

    @property
    def answerable(self) -> str:
        """Whose word it is where policy wants more than one person: a key counts as whoever made it, so nobody is two people by keys."""
        return self.made_by or self.actor

    def may(self, scope: Scope) -> bool:
        """Whether the key carries `scope`; `admin` carries all."""
        return scope in self.scopes or Scope.ADMIN in self.scopes

    def holds(self, role: str) -> bool:
        """Whether its holder has `role`; `admin` holds every role."""
        return role in self.roles or Scope.ADMIN in self.scopes

    def sees(self, region: str | None, client_id: str | None) -> bool:
        """Whether an object of this region and client exists for the key."""
        return (self.region is None or self.region == region) and (self.client_id is None or self.client_id == client_id)


class KeyStanding(Frozen):
    """A key with its life; its secret is nowhere."""

    key: ApiKey
    created_at: datetime
    revoked_at: datetime | None = None
    last_used_at: datetime | None = Field(default=None, description="To the minute; None before the first use.")


class KeyRoll(Protocol):
    """The keys, inside a transaction."""

    async def put(self, key: ApiKey, key_hash: bytes) -> bool:
        """Store a new key; False when its id is taken."""
        ...

    async def revoke(self, key_id: str) -> bool:
        """End a key; False when there is no such live key."""
        ...

    async def of(self, actor: str) -> list[ApiKey]:
        """An actor's live keys."""
        ...

    async def ever(self, actor: str) -> list[ApiKey]:
        """An actor's keys, also those that were revoked."""
        ...

    async def persons(self) -> set[str]:
        """Ids of people for whom there is, or was, a key."""
        ...


class KeyRegister(Protocol):
    """The keys as they stand, outside of a transaction."""

    async def all(self) -> list[KeyStanding]:
        """Every key, oldest first."""
        ...


def folded(actor: str) -> str:
    """What two spellings of one name share: `person:Ada` is nobody else than `person:ada`."""
    return unicodedata.normalize("NFKC", actor).casefold()
