"""What is read of policies outside of a transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from domain.decision import Frozen
from domain.policy_life import Approval, PolicyVersion


class PolicySummary(Frozen):
    """One policy name at a glance."""

    name: str
    versions: int
    newest: int
    active: int | None
    canary: int | None = None
    """The version that decides for `percent` of the clients meanwhile."""
    percent: float = 0
    updated_at: datetime


class PolicyViews(Protocol):
    """Policies, their versions and their history, as plain data."""

    async def summaries(self, after: str, limit: int) -> list[PolicySummary]:
        """Policies by name, those after the name `after`."""
        ...

    async def summary(self, name: str) -> PolicySummary | None:
        """One policy; None when no version of it was ever drafted."""
        ...

    async def versions(self, name: str, before: int | None, limit: int) -> list[PolicyVersion]:
        """Versions of a policy, newest first; those before a number."""
        ...

    async def version(self, name: str, number: int) -> tuple[PolicyVersion, list[Approval]] | None:
        """A version with the approvals that stand."""
        ...

    async def by_digest(self, digest: str) -> PolicyVersion | None:
        """The version with this digest."""
        ...

    async def active(self, name: str) -> PolicyVersion | None:
        """The version that decides, by the policy's release."""
        ...

    async def history(self, name: str, after: int, limit: int) -> list[dict[str, Any]]:
        """Ledger entries of a policy past an index, in their order."""
        ...

    async def story(self, name: str, before: int | None, limit: int, number: int | None, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
        """Ledger entries of a policy, or of one version, newest first, before an index; of these kinds, or of all but single cases."""
        ...

    async def held_roles(self) -> frozenset[str]:
        """Roles that some live key or account has by name."""
        ...

    async def lapsing(self, now: datetime) -> list[tuple[str, int]]:
        """(name, version) of what is in review or approved and was compared with another version than the active one, or expired."""
        ...
