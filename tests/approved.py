"""A version that is approved without anybody having read it: how a test gets a poisoned one past analysis and approval.

Text, standing and one approval are written straight into the tables, as if analysis had let it through and two people had slept.
"""

from __future__ import annotations

from typing import Any

import orjson

from domain.policy_life import ApprovalNeeds
from policies.engine import compile_policy

VERSION = """
insert into policy_versions (digest, name, version, body, created_by)
select $1::text, $2::text, coalesce(max(version), 0) + 1, $3::text, 'person:author' from policy_versions where name = $2 returning version
"""
STANDING = """
insert into policy_stages (digest, name, version, stage, author, needs)
values ($1::text, $2::text, $3::int, 'approved', 'person:author', $4::text::jsonb)
"""
APPROVAL = """
insert into policy_approvals (id, digest, actor, roles, approves, at, expires_at)
values ('apr_' || $1::text, $1::text, 'person:sleeper', '{}', true, clock_timestamp(), clock_timestamp() + interval '1 day')
"""


async def approved(connection: Any, text: str) -> int:
    """The number of a new version of the policy that decides, approved."""
    policy = compile_policy(text)
    name, digest = policy.ref.name, policy.digest
    number = await connection.fetchval(VERSION, digest, name, text)
    base = await connection.fetchval("select active from policy_releases where name = $1", name)
    needs = orjson.dumps(ApprovalNeeds(base_digest=base).model_dump(mode="json")).decode()
    await connection.execute(STANDING, digest, name, number, needs)
    await connection.execute(APPROVAL, digest)
    return number
