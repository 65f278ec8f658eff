"""The release desk on a real Postgres, with as many workers as a test wants, each with a shelf and a watch of its own."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from desk.casework import Asked
from desk.releases import Releases
from domain.access import ApiKey
from domain.facts import Region
from domain.policy_life import PolicyVersion, Release, Stage
from policies.engine import compile_policy
from policies.rollouts.rollout import Plan, candidate_stage
from policies.shelf import PolicyShelf
from runtime.policy_archive import PolicyArchive, Texts
from runtime.policy_watch import PolicyWatch
from stores.policy_feed import PgPolicyFeed
from stores.policy_views import PgPolicyViews
from stores.postgres import Database
from stores.releases import GET, release_from
from tests.desk.policy_house import ANN, OLE, TEXT, PolicyHouse, open_policy_house, worded


@dataclass
class ReleaseHouse:
    """The parts that a test touches; version 1 is active."""

    policy: PolicyHouse
    releases: Releases
    name: str

    @property
    def database(self) -> Database:
        """The store."""
        return self.policy.database

    async def approved(self, number: int) -> PolicyVersion:
        """A version that may be rolled out; it changes nothing but words."""
        judged = await self.policy.submitted(worded(number))
        return (await self.policy.approve(judged.version.version, OLE)).version

    async def release(self) -> Release:
        """The release as it stands."""
        async with self.database.transaction() as tx:
            release = await tx.releases.get(self.name)
        assert release is not None
        return release

    async def asked(self, key: ApiKey = ANN, note: str = "") -> Asked:
        """Asked by somebody who has just read the release."""
        return Asked(key, (await self.release()).revision, "req_1", note)

    async def roll_out(self, version: PolicyVersion | int, plan: Plan, key: ApiKey = ANN) -> Release:
        """Begin, or go on with, a rollout of what stands now."""
        number = version if isinstance(version, int) else version.version
        return await self.releases.roll_out(self.name, number, plan, await self.asked(key))

    async def due_now(self) -> None:
        """What is planned for later is due a second ago."""
        async with self.database.connection() as connection:
            await connection.execute(
                "update policy_releases set starts_at = clock_timestamp() - interval '1 second' where name = $1", self.name
            )

    async def roll_back(self, to: int | None = None, key: ApiKey = OLE) -> Release:
        """Roll back, without having read anything."""
        return await self.releases.roll_back(self.name, to, Asked(key, None, "req_2", "It harmed somebody."))

    async def stages(self) -> dict[int, str]:
        """Where each version stands."""
        async with self.database.connection() as connection:
            return dict(await connection.fetch("select version, stage from policy_stages where name = $1", self.name))

    async def kinds(self) -> list[str]:
        """What the ledger says of releases, in order."""
        ours = ("policy.rollout_%", "policy.activated", "policy.rolled_back")
        async with self.database.connection() as connection:
            rows = await connection.fetch("select kind from ledger_entries where kind like any($1) order by index", list(ours))
        return [row["kind"] for row in rows]

    async def check(self) -> None:
        """One version is active and one a candidate at most; stages say what the release says; each change has its entry and event."""
        async with self.database.connection() as connection, connection.transaction(isolation="repeatable_read"):
            stages = dict(await connection.fetch("select digest, stage from policy_stages where name = $1", self.name))
            release = release_from(await connection.fetchrow(GET, self.name))
            entries = await connection.fetch("select id from ledger_entries where kind like 'policy.%'")
            events = {row["event_id"] for row in await connection.fetch("select event_id from events where kind like 'policy.%'")}
        assert [digest for digest, stage in stages.items() if stage == Stage.ACTIVE] == [release.active]
        assert {digest for digest, stage in stages.items() if stage in (Stage.SHADOW, Stage.CANARY)} <= {release.candidate}
        if release.candidate is not None:
            assert stages[release.candidate] == candidate_stage(release)
        assert {"evt" + row["id"].removeprefix("ent") for row in entries} == events

    def worker(self, texts: Texts | None = None, database: Database | None = None) -> Worker:
        """Another process, as far as policies go."""
        store = database or self.database
        views: Any = texts or PgPolicyViews(store)
        shelf = PolicyShelf(compile_policy(TEXT), library=PolicyArchive(views))
        return Worker(shelf, PolicyWatch(shelf, PgPolicyFeed(store), views, store, self.policy.clock))


@dataclass(frozen=True)
class Worker:
    """What a process serves, and how it follows the release."""

    shelf: PolicyShelf
    watch: PolicyWatch


@asynccontextmanager
async def open_release_house(database_url: str, *, connections: int = 8) -> AsyncGenerator[ReleaseHouse, None]:
    """With version 1 of the starter policy active."""
    async with open_policy_house(database_url, connections=connections) as policy:
        shelf = PolicyShelf(compile_policy(TEXT), library=PolicyArchive(PgPolicyViews(policy.database)))
        yield ReleaseHouse(policy, Releases(policy.database, shelf, policy.clock, Region.EU), policy.name)
