"""The policy desk on a real Postgres, with people who write, own guards, sit on the board, or do none of that."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from desk.casework import Asked
from desk.policies import Policies
from desk.policy_catalog import Judged
from domain.access import ApiKey
from domain.examination import Examination, Remark
from domain.facts import Region
from domain.policy_life import PolicyVersion, Release, Stage
from policies.checks import check_policy
from policies.engine import compile_policy
from policies.rules import STARTER, shipped
from stores.policy_views import PgPolicyViews
from stores.postgres import Database
from stores.schema import migrate
from tests.desk.house import TestClock

TEXT = shipped(STARTER)
WRITE, APPROVE = "policies:write", "policies:approve"


def person(name: str, *roles: str, scopes: tuple[str, ...] = (WRITE, APPROVE)) -> ApiKey:
    """A person's key."""
    return ApiKey(id=f"key_{name}", name=name, scopes=scopes, roles=roles, actor=f"person:{name}")


ANN, OLE = person("ann"), person("ole")
LEA, VIC = person("lea", "legal"), person("vic", "vip-desk")
BEA, BOB = person("bea", "review_board"), person("bob", "review_board")
READER = person("rita", scopes=("cases:read",))


def changed(*pairs: tuple[str, str]) -> str:
    """The starter policy with words replaced."""
    text = TEXT
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def worded(number: int) -> str:
    """A version that changes nothing but its description."""
    return changed(("Who is a VIP, what", f"Edition {number}, who is a VIP, what"))


LEGAL_CHANGED = changed(("A legal threat is answered by a person only.", "A legal threat is answered by counsel only."))
STRATEGIC_CHANGED = changed(("{tier: strategic,                   ack: 15m,", "{tier: strategic,                   ack: 20m,"))


@dataclass
class Examined:
    """Examines without a prover: the plain checks, and what a test says besides."""

    unproved: tuple[Remark, ...] = ()
    strategic: tuple[str, ...] = ()
    widenings: tuple[Remark, ...] = ()
    asked: int = 0

    async def examine(self, text: str, base: str | None) -> Examination:
        """The plain checks of `text`."""
        del base
        self.asked += 1
        faults = tuple(
            Remark(id="check", code="check", line=fault["line"], column=fault["column"], reason=fault["reason"])
            for fault in check_policy(compile_policy(text))
        )
        return Examination(faults=faults, unproved=self.unproved, widenings=self.widenings, strategic=self.strategic)


@dataclass
class PolicyHouse:
    """The parts that a test touches."""

    database: Database
    clock: TestClock
    examiner: Any
    policies: Policies
    name: str = STARTER

    async def drafted(self, text: str, author: ApiKey = ANN) -> PolicyVersion:
        """A draft."""
        return (await self.policies.draft(self.name, text, Asked(author, None, "req_1")))[0]

    async def revision(self, number: int) -> int:
        """Where a version stands now."""
        return (await self.policies.one(self.name, number, READER)).version.revision

    async def standing(self, number: int) -> tuple[Stage, int, list[str]]:
        """Stage, revision and whose approvals stand."""
        judged = await self.policies.one(self.name, number, READER)
        return judged.version.stage, judged.version.revision, [one.actor for one in judged.approvals]

    async def submitted(self, text: str, author: ApiKey = ANN) -> Judged:
        """A version in review."""
        version = await self.drafted(text, author)
        return await self.submit(version.version, author)

    async def submit(self, number: int, by: ApiKey = ANN) -> Judged:
        """Put in review."""
        return await self.policies.submit(self.name, number, Asked(by, await self.revision(number), "req_2", "Please look."))

    async def approve(self, number: int, by: ApiKey, *accepts: str) -> Judged:
        """One person's yes to what stands now."""
        return await self.policies.approve(self.name, number, accepts, Asked(by, await self.revision(number), "req_3", "Looks right."))

    async def reject(self, number: int, by: ApiKey, reason: str = "Too broad.") -> Judged:
        """One person's no to what stands now."""
        return await self.policies.reject(self.name, number, Asked(by, await self.revision(number), "req_4", reason))

    async def activate(self, version: PolicyVersion) -> None:
        """Let a version decide, as a release does."""
        async with self.database.transaction() as tx:
            release = await tx.releases.get(self.name, lock=True)
            if release is not None:
                await tx.policies.set_stage(release.active, Stage.RETIRED, "replaced", expected=Stage.ACTIVE)
            standing = await tx.policies.by_digest(version.digest, lock=True)
            assert standing is not None
            await tx.policies.set_stage(version.digest, Stage.ACTIVE, "test", expected=standing.stage)
            fresh = release or Release(name=self.name, active=version.digest, updated_at=self.clock.now())
            await tx.releases.put(fresh.model_copy(update={"active": version.digest}))

    async def entries(self, kind: str = "%") -> list[dict[str, Any]]:
        """Ledger entries of a kind."""
        async with self.database.connection() as connection:
            rows = await connection.fetch("select kind, actor, body from ledger_entries where kind like $1 order by index", kind)
        return [{"kind": row["kind"], "actor": row["actor"], **orjson.loads(row["body"])["data"]} for row in rows]

    async def events(self) -> int:
        """How many events were written."""
        async with self.database.connection() as connection:
            return await connection.fetchval("select count(*) from events")


@asynccontextmanager
async def open_policy_house(database_url: str, examiner: Any = None, *, connections: int = 6) -> AsyncGenerator[PolicyHouse, None]:
    """With version 1 of the starter policy active."""
    await migrate(database_url)
    database = Database(database_url, connections=connections, patience_s=10)
    await database.open()
    clock, chosen = TestClock(), examiner or Examined()
    policies = Policies(PgPolicyViews(database), clock, Region.EU, database, chosen)
    house = PolicyHouse(database, clock, chosen, policies)
    try:
        await house.activate(await house.drafted(TEXT, person("start")))
        yield house
    finally:
        await database.close()
