"""What the ledger tells of a rollout is enough to know, later, how likely each version was to decide."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from domain.policy_life import Stage
from policies.rollouts.rollout import Plan
from stores.seen_decisions import PgSeenDecisions
from tests.desk.release_house import ReleaseHouse, open_release_house


@pytest_asyncio.fixture
async def house(database_url: str) -> AsyncIterator[ReleaseHouse]:
    async with open_release_house(database_url) as opened:
        yield opened


async def test_each_step_of_a_rollout_is_a_moment_with_its_share(house: ReleaseHouse) -> None:
    first = (await house.release()).active
    second = await house.approved(2)
    for plan in (
        Plan(stage=Stage.SHADOW),
        Plan(stage=Stage.CANARY, percent=5),
        Plan(stage=Stage.CANARY, percent=50),
        Plan(stage=Stage.ACTIVE),
    ):
        await house.roll_out(second, plan)
    third = await house.approved(3)
    await house.roll_out(third, Plan(stage=Stage.CANARY, percent=10))
    await house.roll_back()
    moments = await PgSeenDecisions(house.database).rollouts(house.name)
    assert [(one.active, one.candidate, one.share) for one in moments][-6:] == [
        (first, None, 0.0),
        (first, second.digest, 0.05),
        (first, second.digest, 0.5),
        (second.digest, None, 0.0),
        (second.digest, third.digest, 0.1),
        (second.digest, None, 0.0),
    ]
    assert [one.at for one in moments] == sorted(one.at for one in moments)
    assert await PgSeenDecisions(house.database).rollouts("another") == []
