"""The store's part for policies, in memory: so fast that a state machine can live through thousands of lives of a policy."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.errors import Conflict, NotFound, StaleObject
from domain.events import Happening
from domain.policy_life import Approval, ApprovalNeeds, PolicyVersion, Release, Stage
from domain.policy_views import PolicySummary
from tests.desk.house import TestClock


@dataclass
class State:
    """All that is stored."""

    versions: dict[str, PolicyVersion] = field(default_factory=dict[str, PolicyVersion])
    approvals: tuple[Approval, ...] = ()
    releases: dict[str, Release] = field(default_factory=dict[str, Release])
    activations: dict[str, str | None] = field(default_factory=dict[str, str | None])
    entries: tuple[Happening, ...] = ()

    def copy(self) -> State:
        """As it is now."""
        return State(dict(self.versions), self.approvals, dict(self.releases), dict(self.activations), self.entries)

    def put(self, version: PolicyVersion, **changes: Any) -> int:
        """Change a version and move its revision on."""
        self.versions[version.digest] = version.model_copy(update={**changes, "revision": version.revision + 1})
        return version.revision + 1


class MemoryStore:
    """One transaction after another."""

    def __init__(self, clock: TestClock) -> None:
        self.clock = clock
        self.state = State()
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Any, None]:
        """All or nothing."""
        async with self._lock:
            before = self.state.copy()
            try:
                yield MemoryTx(self)
            except BaseException:
                self.state = before
                raise


class MemoryTx:
    """One transaction; the parts are one object, since their methods do not meet."""

    def __init__(self, store: MemoryStore) -> None:
        self.policies = MemoryPolicies(store)
        self.releases = MemoryReleases(store)
        self.journal = MemoryJournal(store)
        self.recalls = NoCases()


@dataclass
class NoCases:
    """No case was ever decided here."""

    async def withdraw(self, release: Release, because: str, at: datetime) -> None:
        """None."""

    async def find(self, limit: int) -> list[Any]:
        """None."""
        del limit
        return []


@dataclass
class MemoryJournal:
    """The ledger."""

    store: MemoryStore

    async def write(self, *happenings: Happening) -> None:
        """Append; a happening whose id is there already is left alone."""
        known = {one.id for one in self.store.state.entries}
        self.store.state.entries += tuple(one for one in happenings if one.id not in known)


@dataclass
class MemoryPolicies:
    """Versions and approvals, and what is read of them."""

    store: MemoryStore

    @property
    def state(self) -> State:
        """All that is stored."""
        return self.store.state

    async def put(self, name: str, digest: str, text: str, author: str, stage: Stage = Stage.DRAFT) -> tuple[PolicyVersion, bool]:
        """The next version of its name, or the known one."""
        if digest in self.state.versions:
            return self.state.versions[digest], False
        number = 1 + sum(one.name == name for one in self.state.versions.values())
        at = self.store.clock.now()
        fresh = PolicyVersion(name=name, version=number, digest=digest, text=text, stage=stage, author=author, created_at=at, revision=1)
        self.state.versions[digest] = fresh
        return fresh, True

    async def active(self, name: str) -> Any:
        """The digest that decides."""
        release = self.state.releases.get(name)
        return release.active if release else None

    async def version(self, name: str, number: int, *, lock: bool = False) -> PolicyVersion | None:
        """One version."""
        del lock
        return next((one for one in self.state.versions.values() if (one.name, one.version) == (name, number)), None)

    async def by_digest(self, digest: str, *, lock: bool = False) -> PolicyVersion | None:
        """One version."""
        del lock
        return self.state.versions.get(digest)

    async def set_stage(self, digest: str, stage: Stage, reason: str, *, expected: Stage) -> int:
        """Move a version on."""
        return self.state.put(self._standing_at(digest, expected), stage=stage, reason=reason)

    async def review(self, digest: str, needs: ApprovalNeeds, reason: str, at: datetime, *, expected: Stage) -> int:
        """Put a version in review."""
        version = self._standing_at(digest, expected)
        return self.state.put(version, stage=Stage.IN_REVIEW, needs=needs, reason=reason, submitted_at=at)

    async def approve(self, approval: Approval) -> int:
        """Add one person's word."""
        if approval.approves:
            if any((one.digest, one.actor) == (approval.digest, approval.actor) for one in self.state.approvals):
                raise Conflict("You approved this version before.")
            self.state.approvals += (approval,)
        return self.state.put(self.state.versions[approval.digest])

    async def approvals(self, digest: str) -> list[Approval]:
        """Those that stand."""
        return [one for one in self.state.approvals if one.digest == digest]

    async def drop_approvals(self, digest: str, at: datetime, *, expired_only: bool = False) -> list[str]:
        """Let approvals fall."""
        fall = [one for one in self.state.approvals if one.digest == digest and (not expired_only or one.expires_at <= at)]
        self.state.approvals = tuple(one for one in self.state.approvals if one not in fall)
        return [one.actor for one in fall]

    def _standing_at(self, digest: str, expected: Stage) -> PolicyVersion:
        version = self.state.versions[digest]
        if version.stage is not expected:
            raise StaleObject(f"The version is no longer {expected}.")
        return version


@dataclass
class MemoryReleases:
    """Which version decides."""

    store: MemoryStore

    async def get(self, name: str, *, lock: bool = False) -> Release | None:
        """The release of a policy."""
        del lock
        return self.store.state.releases.get(name)

    async def put(self, release: Release) -> Release:
        """Store it at its revision."""
        kept = self.store.state.releases.get(release.name)
        if kept is not None and kept.revision != release.revision:
            raise StaleObject("The rollout changed since you read it.")
        stands = release.model_copy(update={"revision": kept.revision + 1 if kept else 1})
        self.store.state.releases[release.name] = stands
        return stands

    async def due(self) -> list[str]:
        """None is planned for later."""
        return []

    async def activated(self, name: str, digest: str, previous: str | None, at: datetime) -> None:
        """Remember what was active."""
        del name, at
        self.store.state.activations[digest] = previous

    async def activations(self, name: str) -> dict[str, str | None]:
        """What was active, and what before it."""
        del name
        return dict(self.store.state.activations)


@dataclass
class MemoryViews:
    """Reads."""

    store: MemoryStore

    async def version(self, name: str, number: int) -> tuple[PolicyVersion, list[Approval]] | None:
        """A version with the approvals that stand."""
        policies = MemoryPolicies(self.store)
        version = await policies.version(name, number)
        return (version, await policies.approvals(version.digest)) if version else None

    async def by_digest(self, digest: str) -> PolicyVersion | None:
        """One version."""
        return self.store.state.versions.get(digest)

    async def active(self, name: str) -> PolicyVersion | None:
        """The version that decides."""
        release = self.store.state.releases.get(name)
        return self.store.state.versions[release.active] if release else None

    async def versions(self, name: str, before: int | None, limit: int) -> list[PolicyVersion]:
        """Newest first."""
        found = [one for one in self.store.state.versions.values() if one.name == name and (before is None or one.version < before)]
        return sorted(found, key=lambda one: -one.version)[:limit]

    async def summary(self, name: str) -> PolicySummary | None:
        """One policy at a glance."""
        found = await self.versions(name, None, 1_000)
        active = await self.active(name)
        if not found:
            return None
        return PolicySummary(
            name=name,
            versions=len(found),
            newest=found[0].version,
            active=active.version if active else None,
            updated_at=self.store.clock.now(),
        )

    async def summaries(self, after: str, limit: int) -> list[PolicySummary]:
        """Every policy."""
        names = sorted({one.name for one in self.store.state.versions.values() if one.name > after})[:limit]
        return [one for name in names if (one := await self.summary(name)) is not None]

    async def history(self, name: str, after: int, limit: int) -> list[dict[str, Any]]:
        """Ledger entries of a policy."""
        entries = [
            {"index": index, "kind": one.kind, "actor": one.actor, "at": one.at, "data": one.entry}
            for index, one in enumerate(self.store.state.entries, 1)
            if one.entry["policy"]["name"] == name and index > after
        ]
        return entries[:limit]

    async def held_roles(self) -> frozenset[str]:
        """Nobody's: there are no keys here."""
        return frozenset()

    async def lapsing(self, now: datetime) -> list[tuple[str, int]]:
        """What may not hold any more."""
        state = self.store.state
        return [
            (one.name, one.version)
            for one in state.versions.values()
            if one.stage in (Stage.IN_REVIEW, Stage.APPROVED)
            and (
                one.needs is None
                or one.needs.base_digest != (state.releases[one.name].active if one.name in state.releases else None)
                or any(approval.digest == one.digest and approval.expires_at <= now for approval in state.approvals)
            )
        ]


@dataclass
class Texts:
    """Finds versions by reference, as a shelf does."""

    views: Any
    compiled: Any

    async def find(self, reference: str) -> Any:
        """The version behind `name@version`."""
        name, _, number = reference.partition("@")
        found = await self.views.version(name, int(number))
        if found is None:
            raise NotFound(f"There is no policy {reference}.")
        return self.compiled(found[0].text)
