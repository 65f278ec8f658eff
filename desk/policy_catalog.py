"""What policies there are, where their versions stand, and what happened to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.access import ApiKey
from domain.errors import NotFound
from domain.events import Kind
from domain.facts import Region
from domain.policy_life import Approval, PolicyVersion, Stage
from domain.policy_views import PolicySummary, PolicyViews
from domain.ports import Clock
from policies.approvals.approval import REVIEW_BOARD, Standing, unmet

APPROVED_ANEW = (Stage.IN_REVIEW, Stage.SHADOW, Stage.CANARY)


@dataclass(frozen=True)
class Judged:
    """A version with the approvals that stand, and what it still needs in review, or tried live once they expired."""

    version: PolicyVersion
    approvals: tuple[Approval, ...]
    missing: tuple[str, ...]
    unheld_roles: tuple[str, ...] = ()
    """Roles whose approval it needs and that nobody holds: until somebody is given one, only `admin` can approve for them."""


@dataclass(frozen=True)
class PolicyCatalog:
    """Reads. Policies belong to the whole house: for a key of one client or of another region there are none, which is NotFound."""

    views: PolicyViews
    clock: Clock
    region: Region

    async def one(self, name: str, number: int, key: ApiKey) -> Judged:
        """A version with its approvals, and what it still needs."""
        version, approvals = await self.seen(name, number, key)
        if version.stage not in APPROVED_ANEW:
            return Judged(version, approvals, ())
        active = await self.views.active(name)
        missing = unmet(Standing(version, approvals, active.digest if active else None, self.clock.now()))
        return Judged(version, approvals, missing, tuple(sorted(roles_asked(version) - await self.views.held_roles())))

    async def versions(self, name: str, key: ApiKey, before: int | None, limit: int) -> list[PolicyVersion]:
        """Versions of a policy, newest first; those before a number."""
        await self.summary(name, key)
        return await self.views.versions(name, before, limit)

    async def summary(self, name: str, key: ApiKey) -> PolicySummary:
        """One policy at a glance."""
        self.must_see(key)
        found = await self.views.summary(name)
        if found is None:
            raise NotFound.said("There is no policy %(name)s.", {"name": name})
        return found

    async def summaries(self, key: ApiKey, after: str, limit: int) -> list[PolicySummary]:
        """Policies by name, those after the name `after`."""
        self.must_see(key)
        return await self.views.summaries(after, limit)

    async def history(self, name: str, key: ApiKey, after: int, limit: int) -> list[dict[str, Any]]:
        """Every change of a policy's versions and rollouts past an index, from the ledger, oldest first."""
        await self.summary(name, key)
        return await self.views.history(name, after, limit)

    async def story(
        self, name: str, key: ApiKey, before: int | None, limit: int, *, number: int | None = None, kinds: tuple[Kind, ...] = ()
    ) -> list[dict[str, Any]]:
        """What was done to a policy, or to one version, newest first, before an index; recalled cases have a list of their own."""
        await self.summary(name, key)
        return await self.views.story(name, before, limit, number, kinds)

    def must_see(self, key: ApiKey) -> None:
        """Raise NotFound for a key that sees no policies."""
        if not key.sees(self.region, None):
            raise NotFound.said("There are no policies for this key.")

    async def seen(self, name: str, number: int, key: ApiKey) -> tuple[PolicyVersion, tuple[Approval, ...]]:
        """A version with the approvals that stand. Raises NotFound."""
        self.must_see(key)
        found = await self.views.version(name, number)
        if found is None:
            raise unknown(name, number)
        return found[0], tuple(found[1])


def roles_asked(version: PolicyVersion) -> frozenset[str]:
    """The roles without whose approval a version in review does not go on."""
    needs = version.needs
    return frozenset((*needs.owners, *([REVIEW_BOARD] if needs.board else []))) if needs else frozenset()


def unknown(name: str, number: int) -> NotFound:
    """There is no such version."""
    return NotFound(f"There is no version {number} of policy {name}.")
