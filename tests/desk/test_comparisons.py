"""Second opinions: the version that did not decide judges what the other did, after the fact and from the record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from desk.comparisons import Pair, SecondOpinions, opinion
from domain.decision import Proposal, Verdict
from domain.facts import Facts
from domain.policy_life import Stage
from domain.rollout_views import DecidedTurn
from policies.language.raw import laid_over_neutral
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


class Broken:
    """A version whose evaluation breaks, which none should."""

    digest = "sha256:broken"

    def evaluate(self, facts: Facts, proposal: Proposal | None) -> Verdict:
        """Never."""
        raise ZeroDivisionError


def recorded(*parts: str) -> DecidedTurn:
    """A decision of the shipped policy, with these parts of its record."""
    facts = laid_over_neutral({})
    verdict = compiled(harmless()).evaluate(facts, None).model_dump(mode="json")
    record = {"facts": facts.plain, "proposal": None, "routing": {"verdict": verdict}}
    decision = {"verdict": verdict, "route": verdict["route"], "decided_by": "policy"}
    return DecidedTurn(case_id="c", turn=1, client_id=None, decision=decision, record={part: record[part] for part in parts})


@pytest.mark.parametrize(("stage", "errors"), [(Stage.SHADOW, True), (Stage.CANARY, False)])
def test_a_version_that_breaks_over_a_case_is_to_blame_if_it_is_the_candidate(stage: Stage, errors: bool) -> None:
    broken: Any = Broken()
    found = opinion(recorded("facts", "proposal", "routing"), Pair(compiled(harmless()), broken, stage, datetime.now(UTC)))
    assert (found.errors, found.agrees, found.forbidden) == (errors, False, False)
    assert found.differences[0]["after"] == ["ZeroDivisionError"]


def test_a_run_that_failed_says_nothing_of_the_version_that_did_not_run_it() -> None:
    pair = Pair(compiled(harmless()), compiled(escalating()), Stage.SHADOW, datetime.now(UTC))
    found = opinion(recorded("facts"), pair)
    assert (found.agrees, found.errors, found.differences) == (False, False, ())


@pytest.mark.parametrize("text", [harmless, escalating, failing, forbidding_nothing])
def test_the_poisons_of_these_tests_are_policies(text: Any) -> None:
    assert compiled(text()).ref.name == "vip-support"
