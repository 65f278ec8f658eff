"""Every stored version of every policy, compiled off the loop when it is asked for."""

from __future__ import annotations

import asyncio
from typing import Protocol

from domain.errors import PolicyInvalid
from domain.policy_life import Approval, PolicyVersion
from policies.engine import CompiledPolicy, compile_policy


class Texts(Protocol):
    """Stored versions; `stores.policy_views.PgPolicyViews` has them."""

    async def by_digest(self, digest: str) -> PolicyVersion | None:
        """The version with this digest."""
        ...

    async def version(self, name: str, number: int) -> tuple[PolicyVersion, list[Approval]] | None:
        """A version of a policy with its approvals."""
        ...


class PolicyArchive:
    """Finds versions in the store. Compiling sixty guards takes some 60 ms, so a thread does it."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    async def by_digest(self, digest: str) -> CompiledPolicy | None:
        """The version with this digest, at the stage where it stands. Raises PolicyInvalid when it cannot be used here."""
        version = await self._texts.by_digest(digest)
        return await compiled(version) if version else None

    async def by_number(self, name: str, number: int) -> CompiledPolicy | None:
        """A version of a policy, at the stage where it stands. Raises PolicyInvalid when it cannot be used here."""
        found = await self._texts.version(name, number)
        return await compiled(found[0]) if found else None


async def compiled(version: PolicyVersion) -> CompiledPolicy:
    """A version ready to decide. Raises PolicyInvalid when its text does not compile, is not what was stored, or cannot decide."""
    return await asyncio.to_thread(_compiled, version)


def _compiled(version: PolicyVersion) -> CompiledPolicy:
    policy = compile_policy(version.text, version=version.version, stage=version.stage)
    if policy.digest != version.digest:
        raise PolicyInvalid("The text is not the one that this digest was given to.")
    try:
        policy.evaluate_raw({})  # the first evaluation works out what later ones share, and tells whether there can be any
    except Exception as error:
        raise PolicyInvalid(f"It compiles and cannot decide: {type(error).__name__}: {error}") from error
    return policy
