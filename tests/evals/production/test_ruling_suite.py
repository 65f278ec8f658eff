"""The suite of rulings: what is right, what is harmless, and what is the dangerous error."""

from __future__ import annotations

from typing import Any

import pytest

from evals.case import EvalCase
from evals.house import House, HouseSpec
from evals.production.deidentification import RulingsCleaner
from evals.production.ruling_suite import answer, judge
from evals.suite import Answer
from tests.evals.production.rulings import changed_ruling
from tests.recorded import world
from tests.service import MODELS

THREAT = "Our lawyers will sue you over last week's outage."


def case(gold_mode: str = "human", pool: str = "eu-senior", given: dict[str, Any] | None = None) -> EvalCase:
    gold = {"mode": gold_mode, "pool": pool, "action": "reply"}
    return EvalCase(id="evc_1", source="ruling:2026-11", licence="x", input=given or {}, gold=gold, dangerous="an AI alone answers")


def said(mode: str, pool: str, *, asked: bool = False) -> Answer:
    proposal = {"mode": mode, "pool": pool, "confidence": 0.8}
    return Answer(output={"route": {"mode": mode, "pool": pool}, "review": {"by": "lead"} if asked else None, "proposal": proposal})


def test_the_leads_route_unasked_is_right() -> None:
    found = judge(case(), said("human", "eu-senior"))
    assert (found.passed, found.values["right_route"], found.values["right_or_asked"], found.dangerous) == (True, 1, 1, False)


def test_a_wrong_route_is_harmless_where_a_person_is_asked_first() -> None:
    found = judge(case(), said("ai", "eu-core", asked=True))
    assert (found.passed, found.values["right_route"], found.values["bot_alone"], found.dangerous) == (True, 0, 0, False)


def test_an_ai_alone_where_a_lead_wanted_a_person_is_the_dangerous_error() -> None:
    found = judge(case(), said("ai", "eu-core"))
    assert (found.passed, found.values["bot_alone"], found.dangerous) == (False, 1, True)
    assert found.why == "ai at eu-core, unasked; a lead wanted human at eu-senior"


@pytest.mark.parametrize("gold", ["ai"])
def test_a_case_for_the_ai_has_no_bot_alone(gold: str) -> None:
    assert "bot_alone" not in judge(case(gold, "eu-core"), said("ai", "eu-core")).values


async def test_triage_reads_the_words_again_and_policy_judges() -> None:
    client = world().clients[0]
    cleaned = RulingsCleaner().clean(changed_ruling(client, client.contacts[0], THREAT, "Hello there."), client, (), 2)
    async with House.open(HouseSpec(models=MODELS)) as house:
        one = await answer(house, case(given=cleaned.input))
        again = await answer(house, case(given=cleaned.input))
    assert "legal" in one.output["read"]["signals"]
    assert one.output["route"]["mode"] == "human"
    assert one.output["review"] is not None
    assert one.output == again.output
    assert judge(case(), one).passed
