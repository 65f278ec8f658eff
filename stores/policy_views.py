"""What is read of policies outside of a transaction."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain.policy_life import Approval, PolicyVersion
from domain.policy_views import PolicySummary
from stores.policies import APPROVALS, BY_DIGEST, BY_NUMBER, VERSION, version_of

if TYPE_CHECKING:
    from stores.postgres import Database

SUMMARIES = """
select s.name, count(*)::int as versions, max(s.version) as newest, max(s.changed_at) as updated_at,
    max(s.version) filter (where s.digest = r.active) as active,
    max(s.version) filter (where s.digest = r.candidate and r.stage = 'canary' and r.started_at is not null) as canary,
    coalesce(max(r.percent) filter (where s.digest = r.candidate and r.stage = 'canary' and r.started_at is not null), 0) as percent
from policy_stages s left join policy_releases r on r.name = s.name
"""
PAGE = f"{SUMMARIES} where s.name > $1 group by s.name order by s.name limit $2"
ONE = f"{SUMMARIES} where s.name = $1 group by s.name"
VERSIONS = f"{VERSION} where s.name = $1 and ($2::int is null or s.version < $2) order by s.version desc limit $3"
ACTIVE = f"{VERSION} join policy_releases r on r.active = s.digest where r.name = $1"
HISTORY = """
select index, id, kind, actor, at, request_id, digest, data from (
    select index, id, kind, actor, at, request_id, digest, convert_from(body, 'UTF8')::jsonb -> 'data' as data
    from ledger_entries where kind like 'policy.%' and index > $2
) entries
where data -> 'policy' ->> 'name' = $1 order by index limit $3
"""
STORY = """
select index, id, kind, actor, at, request_id, digest, data from (
    select index, id, kind, actor, at, request_id, digest, convert_from(body, 'UTF8')::jsonb -> 'data' as data
    from ledger_entries
    where kind like 'policy.%' and case_id is null and index < $2 and ($5::text[] = '{}' or kind = any($5))
) entries
where data -> 'policy' ->> 'name' = $1 and ($4::int is null or (data -> 'policy' ->> 'version')::int = $4)
order by index desc limit $3
"""
NEWEST = 2**63 - 1
HELD_ROLES = """
select unnest(roles) as role from api_keys where revoked_at is null
union select jsonb_array_elements_text(roles) from accounts where active
"""
LAPSING = """
select s.name, s.version from policy_stages s left join policy_releases r on r.name = s.name
where s.stage in ('in_review', 'approved') and (
    s.needs ->> 'base_digest' is distinct from r.active
    or exists (select 1 from policy_approvals a where a.digest = s.digest and a.stale_at is null and a.expires_at <= $1)
)
order by s.name, s.version
"""


class PgPolicyViews:
    """Reads of policies from Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def summaries(self, after: str, limit: int) -> list[PolicySummary]:
        """Policies by name, those after the name `after`."""
        async with self._database.connection() as connection:
            return [PolicySummary.model_validate(dict(row)) for row in await connection.fetch(PAGE, after, limit)]

    async def summary(self, name: str) -> PolicySummary | None:
        """One policy; None when no version of it was ever drafted."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(ONE, name)
        return PolicySummary.model_validate(dict(row)) if row else None

    async def versions(self, name: str, before: int | None, limit: int) -> list[PolicyVersion]:
        """Versions of a policy, newest first; those before a number."""
        async with self._database.connection() as connection:
            return [PolicyVersion.model_validate(dict(row)) for row in await connection.fetch(VERSIONS, name, before, limit)]

    async def version(self, name: str, number: int) -> tuple[PolicyVersion, list[Approval]] | None:
        """A version with the approvals that stand."""
        async with self._database.connection() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
            version = version_of(await connection.fetchrow(BY_NUMBER, name, number))
            if version is None:
                return None
            return version, [Approval.model_validate(dict(row)) for row in await connection.fetch(APPROVALS, version.digest)]

    async def by_digest(self, digest: str) -> PolicyVersion | None:
        """The version with this digest."""
        async with self._database.connection() as connection:
            return version_of(await connection.fetchrow(BY_DIGEST, digest))

    async def active(self, name: str) -> PolicyVersion | None:
        """The version that decides, by the policy's release."""
        async with self._database.connection() as connection:
            return version_of(await connection.fetchrow(ACTIVE, name))

    async def history(self, name: str, after: int, limit: int) -> list[dict[str, Any]]:
        """Ledger entries of a policy past an index, in their order."""
        async with self._database.connection() as connection:
            return [dict(row) for row in await connection.fetch(HISTORY, name, after, limit)]

    async def story(self, name: str, before: int | None, limit: int, number: int | None, kinds: tuple[str, ...]) -> list[dict[str, Any]]:
        """Ledger entries of a policy, or of one version, newest first, before an index; of these kinds, or of all but single cases."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(STORY, name, NEWEST if before is None else before, limit, number, list(kinds))
        return [dict(row) for row in rows]

    async def held_roles(self) -> frozenset[str]:
        """Roles that some live key or account has by name."""
        async with self._database.connection() as connection:
            return frozenset(row["role"] for row in await connection.fetch(HELD_ROLES))

    async def lapsing(self, now: datetime) -> list[tuple[str, int]]:
        """(name, version) of what is in review or approved and was compared with another version than the active one, or expired."""
        async with self._database.connection() as connection:
            return [(row["name"], row["version"]) for row in await connection.fetch(LAPSING, now)]
