"""Many people at one release at the same moment, and long random lives of it: always one consistent state, and nobody past a gate."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from desk.casework import Asked
from domain.errors import Conflict, Forbidden, InvalidInput, MaitredError, NotFound, StaleObject
from domain.policy_life import PolicyVersion, Stage
from policies.rollouts.rollout import Plan
from tests.desk.policy_house import ANN, OLE, person
from tests.desk.release_house import ReleaseHouse, open_release_house

ROUNDS, AT_ONCE = 12, 20
EXPECTED = (Conflict, StaleObject, InvalidInput, NotFound, Forbidden)


@pytest_asyncio.fixture
async def house(database_url: str) -> AsyncIterator[ReleaseHouse]:
    async with open_release_house(database_url, connections=AT_ONCE) as opened:
        yield opened


async def outcome(attempt: Awaitable[object]) -> str:
    """What came of an attempt."""
    try:
        await attempt
    except EXPECTED as refused:
        return type(refused).__name__
    return "done"


async def test_of_twenty_who_begin_a_rollout_of_what_they_read_one_does(house: ReleaseHouse) -> None:
    versions = [await house.approved(number) for number in (2, 3)]
    asked = [await house.asked(person(f"p{number}")) for number in range(AT_ONCE)]
    plans = [Plan(stage=Stage.SHADOW), Plan(stage=Stage.CANARY, percent=5), Plan(stage=Stage.ACTIVE)]
    attempts = (house.releases.roll_out(house.name, versions[place % 2].version, plans[place % 3], by) for place, by in enumerate(asked))
    outcomes = Counter(await asyncio.gather(*(outcome(one) for one in attempts)))
    assert outcomes == {"done": 1, "StaleObject": AT_ONCE - 1}
    assert len(await house.kinds()) == 1
    await house.check()


async def test_of_twenty_rollbacks_at_once_one_drops_the_canary_and_at_most_one_goes_on_to_the_version_before(house: ReleaseHouse) -> None:
    await house.roll_out(await house.approved(2), Plan(stage=Stage.ACTIVE))
    await house.roll_out(await house.approved(3), Plan(stage=Stage.CANARY, percent=50))
    revision = (await house.release()).revision
    seen = [Asked(person(f"p{number}"), revision, "req_1", "Stop it.") for number in range(AT_ONCE)]
    outcomes = Counter(await asyncio.gather(*(outcome(house.releases.roll_back(house.name, None, by)) for by in seen)))
    assert outcomes == {"done": 1, "StaleObject": AT_ONCE - 1}
    assert await house.stages() == {1: "retired", 2: "active", 3: "retired"}
    blind = Counter(await asyncio.gather(*(outcome(house.roll_back()) for _ in range(AT_ONCE))))
    assert blind == {"done": 1, "Conflict": AT_ONCE - 1}
    assert await house.stages() == {1: "active", 2: "retired", 3: "retired"}
    await house.check()


def anything(house: ReleaseHouse, versions: list[PolicyVersion], revision: int, drawn: random.Random) -> Awaitable[object]:
    """Something that somebody might ask for now."""
    by = Asked(drawn.choice([ANN, OLE, person("eve")]), drawn.choice([revision, revision, revision, revision - 1]), "req_1", "Drawn.")
    number = drawn.choice(versions).version
    stage = drawn.choice([Stage.SHADOW, Stage.CANARY, Stage.CANARY, Stage.ACTIVE])
    percent = drawn.choice([5.0, 10.0, 50.0]) if stage is Stage.CANARY else None
    later = house.policy.clock.now() + timedelta(milliseconds=30) if drawn.random() < 0.2 else None
    match drawn.randrange(6):
        case 0 | 1 | 2:
            return house.releases.roll_out(house.name, number, Plan(stage=stage, percent=percent, starts_at=later), by)
        case 3:
            return house.releases.roll_back(house.name, drawn.choice([None, None, number]), by)
        case 4:
            return house.releases.activate(house.name, by)
        case _:
            return house.releases.begin_due()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_twenty_people_ask_for_at_once_again_and_again_leaves_one_consistent_state(house: ReleaseHouse, seed: int) -> None:
    drawn = random.Random(seed)
    versions = [await house.approved(number) for number in range(2, 7)]
    outcomes: Counter[str] = Counter()
    for _ in range(ROUNDS):
        revision = (await house.release()).revision
        attempts = [anything(house, versions, revision, drawn) for _ in range(AT_ONCE)]
        outcomes += Counter(await asyncio.gather(*(outcome(one) for one in attempts)))
        await house.check()
        await approve_anew(house, versions)
    assert outcomes["done"] >= ROUNDS
    revisions = (await house.release()).revision - 1
    assert len(await house.kinds()) == revisions, "a change of the release without its entry, or an entry without its change"


async def approve_anew(house: ReleaseHouse, versions: list[PolicyVersion]) -> None:
    """What was retired, or compared with a version that is no longer active, is submitted again, so that there is something to try."""
    release: Any = await house.release()
    for version in versions:
        if version.digest not in (release.active, release.candidate):
            try:
                judged = await house.policy.submit(version.version)
                await house.policy.approve(judged.version.version, OLE)
            except MaitredError:
                continue
    await house.check()


async def test_who_submits_a_version_anew_and_who_rolls_it_out_do_not_both_get_their_way(house: ReleaseHouse) -> None:
    version = await house.approved(2)
    for _ in range(6):
        rolled_out, submitted = await asyncio.gather(
            outcome(house.roll_out(version, Plan(stage=Stage.SHADOW))), outcome(house.policy.submit(version.version))
        )
        stages = await house.stages()
        assert (rolled_out == "done") == (stages[2] == "shadow")
        assert submitted == "done" or rolled_out == "done"
        await house.check()
        if stages[2] == "shadow":
            await house.roll_back()
        else:
            await house.policy.approve(2, OLE)
