"""Policies: immutable texts under their digests, kept so that every decision can be replayed, and apart from them where each stands."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.errors import Conflict, StaleObject
from domain.policy_life import Approval, ApprovalNeeds, PolicyVersion, Stage

KEEP = """
with known as (
    select version from policy_versions where digest = $1
), added as (
    insert into policy_versions (digest, name, version, body, created_by)
    select $1, $2, coalesce((select max(version) from policy_versions where name = $2), 0) + 1, $3, $4
    where not exists (select 1 from known)
    on conflict do nothing returning digest, version
), standing as (
    insert into policy_stages (digest, name, version, stage, author) select digest, $2, version, $5, $4 from added
)
select version, false as new from known union all select version, true from added
"""
COLUMNS = """
    s.name, s.version, s.digest, v.body as text, s.stage, s.author, v.created_at, s.revision, s.needs, s.submitted_at, s.reason
"""
VERSION = f"select {COLUMNS} from policy_stages s join policy_versions v on v.digest = s.digest"  # noqa: S608 - a constant
BY_NUMBER = f"{VERSION} where s.name = $1 and s.version = $2"
BY_DIGEST = f"{VERSION} where s.digest = $1"
LOCK = " for no key update of s"
NEXT_NUMBER = "select pg_advisory_xact_lock(hashtextextended('maitred policy ' || $1, 0))"
"""Numbers of one name are given out one after another."""
STAGE = """
update policy_stages set stage = $2, reason = $3, revision = revision + 1, changed_at = clock_timestamp()
where digest = $1 and stage = $4 returning revision
"""
REVIEW = """
update policy_stages set stage = 'in_review', needs = $2, reason = $3, submitted_at = $4, revision = revision + 1,
    changed_at = clock_timestamp()
where digest = $1 and stage = $5 returning revision
"""
APPROVE = """
with word as (
    insert into policy_approvals (id, digest, actor, roles, approves, accepts, reason, at, expires_at, stale_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, case when $5 then null else $8::timestamptz end)
    on conflict do nothing returning digest
)
update policy_stages s set revision = s.revision + 1, changed_at = clock_timestamp() from word where s.digest = word.digest
returning s.revision
"""
APPROVALS = """
select id, digest, actor, roles, approves, accepts, reason, at, expires_at from policy_approvals
where digest = $1 and stale_at is null order by at, id
"""
DROP = """
update policy_approvals set stale_at = $2
where digest = $1 and stale_at is null and (not $3 or expires_at <= $2) returning actor
"""


class PgPolicies:
    """Versions, their standing and their approvals, in a transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def put(self, name: str, digest: str, text: str, author: str, stage: Stage = Stage.DRAFT) -> tuple[PolicyVersion, bool]:
        """Store a text as the next version of its name; the version that has this digest already, and False, when it is known."""
        await self._connection.fetchval(NEXT_NUMBER, name)
        row = None
        while row is None:
            row = await self._connection.fetchrow(KEEP, digest, name, text, author, stage)
        version = await self.by_digest(digest)
        if version is None:
            raise StaleObject(f"The version with digest {digest} has no standing.")
        return version, row["new"]

    async def active(self, name: str) -> str | None:
        """The digest that decides; the release is locked, shared with other readers, until the transaction ends."""
        return await self._connection.fetchval("select active from policy_releases where name = $1 for share", name)

    async def version(self, name: str, number: int, *, lock: bool = False) -> PolicyVersion | None:
        """A version, its standing locked until the transaction ends when asked. Who locks the release as well locks that first."""
        return version_of(await self._connection.fetchrow(BY_NUMBER + (LOCK if lock else ""), name, number))

    async def by_digest(self, digest: str, *, lock: bool = False) -> PolicyVersion | None:
        """The version with this digest."""
        return version_of(await self._connection.fetchrow(BY_DIGEST + (LOCK if lock else ""), digest))

    async def set_stage(self, digest: str, stage: Stage, reason: str, *, expected: Stage) -> int:
        """Move a version on and return its new revision. Raises StaleObject when it does not stand where expected."""
        return _moved(await self._connection.fetchval(STAGE, digest, stage, reason, expected), digest, expected)

    async def review(self, digest: str, needs: ApprovalNeeds, reason: str, at: datetime, *, expected: Stage) -> int:
        """Put a version in review with what it needs; approvals that it had stand until they are dropped. Raises StaleObject."""
        plain = needs.model_dump(mode="json")
        return _moved(await self._connection.fetchval(REVIEW, digest, plain, reason, at, expected), digest, expected)

    async def approve(self, approval: Approval) -> int:
        """Add one person's word and return the version's new revision; a no is kept, but nothing stands on it. Raises Conflict."""
        revision = await self._connection.fetchval(
            APPROVE,
            approval.id,
            approval.digest,
            approval.actor,
            list(approval.roles),
            approval.approves,
            list(approval.accepts),
            approval.reason,
            approval.at,
            approval.expires_at,
        )
        if revision is None:
            raise Conflict("You approved this version before; your word stands until it expires.")
        return revision

    async def approvals(self, digest: str) -> list[Approval]:
        """The approvals that stand, in order."""
        return [Approval.model_validate(dict(row)) for row in await self._connection.fetch(APPROVALS, digest)]

    async def drop_approvals(self, digest: str, at: datetime, *, expired_only: bool = False) -> list[str]:
        """Let approvals fall (all, or those that expired) and return whose they were."""
        return [row["actor"] for row in await self._connection.fetch(DROP, digest, at, expired_only)]


def version_of(row: Any) -> PolicyVersion | None:
    """The version of a row with `COLUMNS`."""
    return PolicyVersion.model_validate(dict(row)) if row else None


def _moved(revision: int | None, digest: str, expected: Stage) -> int:
    if revision is None:
        raise StaleObject(f"The version {digest} is no longer {expected}.")
    return revision
