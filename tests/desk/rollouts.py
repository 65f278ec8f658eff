"""Rollouts as a test wants them: the version in the store, and this process serving it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from domain.policy_life import Release, Stage
from policies.engine import CompiledPolicy
from policies.rollouts.release import LiveRelease
from tests.desk.house import House
from tests.desk.poison import compiled


async def roll_out(house: House, text: str, stage: Stage, percent: float = 100, **changes: Any) -> tuple[CompiledPolicy, Release]:
    """Let this process carry out a rollout that began a minute ago, without asking anybody."""
    draft, active, began = compiled(text), house.deps.policies.active(), datetime.now(UTC) - timedelta(minutes=1)
    async with house.deps.store.transaction() as tx:
        kept, _ = await tx.policies.put(draft.ref.name, draft.digest, text, "person:owner", Stage.RETIRED)
    candidate = compiled(text, kept.version)
    given: dict[str, Any] = {"salt": "s", "started_at": began, "step_at": began, "updated_at": began, **changes}
    release = Release(name=active.ref.name, active=active.digest, candidate=candidate.digest, stage=stage, percent=percent, **given)
    house.deps.policies.serve(LiveRelease.of(release, active, candidate), release)
    return candidate, release
