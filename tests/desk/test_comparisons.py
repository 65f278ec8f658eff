"""Second opinions: the version that did not decide judges what the other did, after the fact and from the record."""

from __future__ import annotations

from typing import Any

import pytest

from desk.comparisons import SecondOpinions
from domain.policy_life import Stage
from stores.comparisons import PgComparisons
from tests.desk.house import LEGAL, House
from tests.desk.poison import compiled, escalating, failing, forbidding_nothing, harmless
from tests.desk.rollouts import roll_out

HOW_TO = "How do I share a dashboard?"


def opinions(house: House) -> SecondOpinions:
    return SecondOpinions(PgComparisons(house.stores.database), house.deps.policies)


async def stored(house: House) -> list[dict[str, Any]]:
    async with house.stores.database.connection() as connection:
        return [dict(row) for row in await connection.fetch("select * from policy_comparisons order by at, case_id")]


async def test_nothing_is_judged_while_no_rollout_runs(house: House) -> None:
    await house.post(HOW_TO)
    assert not await opinions(house).judge_new()
    assert await stored(house) == []


async def test_in_shadow_the_candidate_judges_what_the_active_version_decided_and_decides_nothing(house: House) -> None:
    candidate, _ = await roll_out(house, escalating(), Stage.SHADOW, 0)
    accepted = await house.post(HOW_TO, email="stranger@nowhere.example")
    await opinions(house).judge_new()
    [row] = await stored(house)
    assert (row["case_id"], row["compared"], row["stage"]) == (accepted.case_id, candidate.digest, "shadow")
    assert (row["agrees"], row["forbidden"], row["errors"]) == (False, False, False)
    assert {"field": "mode", "before": "ai", "after": "human"} in row["differences"]
    decision = (await house.case(accepted)).decision
    assert decision is not None
    assert decision["verdict"]["policy"]["digest"] == row["decided_by"] != candidate.digest


async def test_in_canary_the_active_version_judges_what_the_candidate_decided_and_nothing_else(house: House) -> None:
    candidate, _ = await roll_out(house, harmless(), Stage.CANARY)
    client = await house.post(HOW_TO)
    await house.post(HOW_TO, email="stranger@nowhere.example")
    await opinions(house).judge_new()
    [row] = await stored(house)
    assert (row["case_id"], row["decided_by"], row["client_id"]) == (client.case_id, candidate.digest, "northwind")
    assert (row["agrees"], row["forbidden"], row["differences"]) == (True, False, [])


async def test_a_bot_for_a_strategic_client_is_a_forbidden_outcome(house: House) -> None:
    await roll_out(house, forbidding_nothing(), Stage.CANARY)
    await house.post(HOW_TO)
    await opinions(house).judge_new()
    [row] = await stored(house)
    assert (row["tier"], row["forbidden"], row["agrees"]) == ("strategic", True, False)


async def test_a_candidate_whose_condition_fails_is_named_in_shadow(house: House) -> None:
    await roll_out(house, failing(), Stage.SHADOW, 0)
    await house.post(HOW_TO, email="stranger@nowhere.example")
    await opinions(house).judge_new()
    [row] = await stored(house)
    assert (row["errors"], row["agrees"]) == (True, False)


async def test_what_waits_for_a_lead_is_judged_once_it_is_decided(house: House) -> None:
    await roll_out(house, harmless(), Stage.SHADOW, 0)
    await house.post(LEGAL)
    await opinions(house).judge_new()
    assert await stored(house) == []


async def test_another_worker_goes_on_where_one_ended_and_judges_nothing_twice(house: House) -> None:
    await roll_out(house, harmless(), Stage.SHADOW, 0)
    first = opinions(house)
    for number in range(3):
        await house.post(HOW_TO, email=f"stranger-{number}@nowhere.example")
        await (first if number != 1 else opinions(house)).judge_new()
    assert len({row["case_id"] for row in await stored(house)}) == 3
    before = await stored(house)
    await opinions(house).judge_new()
    assert await stored(house) == before


async def test_a_decision_is_not_held_up_by_another_worker_that_judges(house: House) -> None:
    await roll_out(house, harmless(), Stage.SHADOW, 0)
    await house.post(HOW_TO, email="stranger@nowhere.example")
    async with PgComparisons(house.stores.database).turn_of("comparisons"):
        assert not await opinions(house).judge_new()
    assert await stored(house) == []
    await opinions(house).judge_new()
    assert len(await stored(house)) == 1


@pytest.mark.parametrize("text", [harmless, escalating, failing, forbidding_nothing])
def test_the_poisons_of_these_tests_are_policies(text: Any) -> None:
    assert compiled(text()).ref.name == "vip-support"
