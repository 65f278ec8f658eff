"""The routing suite on the real graph, the review suite's rules, and results that hold no times."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest

from evals.case import EvalCase
from evals.datasets import read
from evals.house import House, HouseSpec
from evals.suite import Answer, Judgement
from evals.suites import latency_cost, review, routing
from evals.usage import Usage
from policies.rules import shipped
from tests.service import MODELS

SOME = 24


@pytest.fixture
async def house() -> AsyncGenerator[House, None]:
    async with House.open(HouseSpec(models=MODELS)) as opened:
        yield opened


def some() -> list[EvalCase]:
    cases = read("routing")
    return cases[:: len(cases) // SOME]


async def judged(house: House, cases: list[EvalCase]) -> dict[str, Judgement]:
    return {case.id: routing.judge(case, await routing.answer(house, case)) for case in cases}


async def test_the_same_case_ends_the_same_and_nothing_of_it_is_a_time(house: House) -> None:
    for case in some()[:4]:
        first, again = await routing.answer(house, case), await routing.answer(house, case)
        assert first.output == again.output
        assert first.ms > 0
        assert first.usage == again.usage
        assert str(first.ms) not in str(first.output)


async def test_most_cases_end_where_they_should(house: House) -> None:
    found = await judged(house, some())
    assert sum(one.passed for one in found.values()) >= 0.8 * len(found)
    assert not any(one.dangerous for one in found.values())


async def test_two_desks_that_a_policy_swaps_are_told_by_the_people_behind_them(house: House) -> None:
    legal = [case for case in read("routing") if case.slices["intent"] == "legal" and case.slices["region"] == "eu"]
    rights = await judged(house, legal)
    swapped = shipped().replace("eu-legal: ", "eu-x: ").replace("eu-finance: ", "eu-legal: ").replace("eu-x: ", "eu-finance: ")
    async with House.open(HouseSpec(models=MODELS, policy_text=swapped)) as other:
        wrongs = await judged(other, legal)
    assert all(one.passed for one in rights.values())
    assert all("does not know the matter" in one.why for one in wrongs.values() if not one.passed)
    assert not all(one.passed for one in wrongs.values())


async def test_baselines_know_no_policy_and_do_worse_where_it_is_dangerous(house: House) -> None:
    dangerous = [case for case in read("routing") if case.dangerous and case.slices["tier"] == "standard"][:20]
    for name in ("majority", "keyword", "tier-only"):
        answers = [routing.judge(case, await routing.SUITE.baselines[name](house, case)) for case in dangerous]
        assert not all(one.passed for one in answers), name
    bots = [routing.judge(case, await routing.SUITE.baselines["tier-only"](house, case)) for case in dangerous]
    assert all(one.dangerous for one in bots)


CORE = {"region": "eu", "skills": ["how_to"], "languages": ["en"]}


def reviewed(gold: dict[str, Any], **output: Any) -> Judgement:
    case = EvalCase(
        id="n", source="tests", licence="Apache-2.0", input={}, gold={"modes": ["human"], "must_review": False, "danger": True, **gold}
    )
    usual = {"mode": "human", "pool": "eu-core", "desk": CORE, "tier": "standard", "acknowledged_s": 60, "review": False}
    return review.judge(case, Answer(output={**usual, "proposed": "human eu-core", "confidence": 0.8, **output}))


def test_a_route_that_people_would_have_changed_has_to_wait() -> None:
    slipped = reviewed({}, proposed="ai eu-core", mode="ai")
    assert (slipped.passed, slipped.dangerous) == (False, True)
    assert [slipped.values[name] for name in ("stopped", "wrong_stopped", "bound", "slipped")] == [0.0, 0.0, 0.0, 1.0]
    assert slipped.why == "People would have changed ai to human, and nobody was asked."
    stopped = reviewed({}, proposed="ai eu-core", mode="ai", review=True)
    assert (stopped.passed, stopped.values["stopped"], stopped.values["to_the_point"]) == (True, 1.0, 1.0)


def test_a_proposal_that_policy_moved_is_bound_and_needs_nobody() -> None:
    moved = reviewed({}, proposed="ai eu-core", mode="human")
    assert (moved.passed, moved.values["bound"], "stopped" in moved.values) == (True, 1.0, False)


def test_what_a_lead_must_see_has_to_wait_and_what_is_fine_need_not() -> None:
    unseen = reviewed({"must_review": True})
    assert (unseen.passed, unseen.dangerous, unseen.why) == (False, False, "A lead should have seen it, and nobody was asked.")
    needless = reviewed({}, review=True)
    assert (needless.passed, needless.values["to_the_point"], needless.values["under_review"]) == (True, 0.0, 1.0)


def test_a_desk_that_does_not_know_the_matter_is_changed_by_people() -> None:
    wanted = {
        "golden": {"mode": "human", "pool": "eu-legal", "review": False},
        "modes": ["human"],
        "region": "eu",
        "skills_all": ["legal"],
        "tier": "standard",
        "acknowledged_s": 60,
    }
    found = reviewed({"wanted": wanted})
    assert (found.passed, found.dangerous, found.values["wrong_stopped"]) == (False, False, 0.0)
    assert found.why.startswith("People would have changed the desk eu-core: ")


async def test_a_night_of_the_sample_company_is_judged_by_its_authors(house: House) -> None:
    cases = review.SUITE.cases(7)
    hostile = [case for case in cases if case.slices["kind"] == "hostile"][:6]
    found = [review.judge(case, await review.answer(house, case)) for case in hostile]
    assert all(one.values.get("stopped", 1.0) == 1.0 for one in found)
    assert any("stopped" in one.values for one in found)
    assert review.SUITE.cases(8) != cases


def test_cost_is_counted_and_a_model_that_said_nothing_is_told() -> None:
    case = latency_cost.SUITE.cases(1)[0]
    spent = Answer(
        output={"proposed": "ai eu-core", "degraded": []}, usage=Usage(calls=3, prompt_tokens=90, completion_tokens=10, cost=0.02)
    )
    found = latency_cost.judge(case, spent)
    assert found.values == {"model_calls": 3.0, "tokens": 100.0, "cost_usd": 0.02, "answered": 1.0}
    silent = latency_cost.judge(case, Answer(output={"proposed": "", "degraded": ["router: timeout"]}))
    assert (silent.passed, silent.why) == (False, "router: timeout")
    assert len(latency_cost.SUITE.cases(1)) >= 50
