"""Identity: look-alikes fail the run, and doubt must be told."""

from __future__ import annotations

from typing import Any

import pytest

from evals.case import EvalCase
from evals.house import House, HouseSpec
from evals.suite import Answer, Judgement
from evals.suites.identity import METRICS, SUITE
from tests.service import MODELS


def case(*clients: str, lookalike: bool = False) -> EvalCase:
    gold = {"clients": list(clients), "lookalike": lookalike}
    return EvalCase(id="i", source="tests", licence="Apache-2.0", input={"sender": {}}, gold=gold)


def judged(one: EvalCase, client: str | None, confidence: float = 1.0) -> Judgement:
    output: dict[str, Any] = {"client": client, "by": "email", "confidence": confidence}
    return SUITE.judge(one, Answer(output=output))


def test_the_right_client_is_right_and_another_is_the_dangerous_error() -> None:
    assert judged(case("northwind"), "northwind").passed
    wrong = judged(case("northwind"), "highmark-media")
    assert (wrong.passed, wrong.dangerous, wrong.values["false_match"]) == (False, True, 1.0)
    assert wrong.why == "Taken for highmark-media by email, wanted northwind."


def test_a_client_who_is_not_found_is_wrong_and_not_dangerous() -> None:
    missed = judged(case("northwind"), None)
    assert (missed.passed, missed.dangerous, missed.values["found"]) == (False, False, 0.0)


def test_a_lookalike_that_is_matched_fails_the_whole_run() -> None:
    taken = judged(case(lookalike=True), "northwind")
    assert (taken.passed, taken.dangerous, taken.values["lookalike_matched"]) == (False, True, 1.0)
    assert judged(case(lookalike=True), None).values["lookalike_matched"] == 0.0
    assert next(one for one in METRICS if one.name == "lookalike_matched").hard


def test_one_of_two_clients_is_right_only_with_doubt() -> None:
    shared = case("northwind", "highmark-media")
    assert judged(shared, "highmark-media", confidence=0.3).passed
    sure = judged(shared, "highmark-media", confidence=1.0)
    assert (sure.passed, sure.why) == (False, "Two clients fit, and it is 100% sure.")


@pytest.mark.parametrize("seed", [7, 8])
async def test_the_sample_companys_crm_is_taken_in_by_nothing(seed: int) -> None:
    async with House.open(HouseSpec(models=MODELS)) as house:
        found = {one.id: SUITE.judge(one, await SUITE.answer(house, one)) for one in SUITE.cases(seed)}
    assert {case_id: one.why for case_id, one in found.items() if not one.passed} == {}
    assert sum("lookalike_matched" in one.values for one in found.values()) >= 100
