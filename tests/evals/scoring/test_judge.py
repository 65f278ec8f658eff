"""A judge is asked over the wire as any model is, is held against people, and is never invented."""

from __future__ import annotations

import pytest

from agents.model import LiteLlmModel, ModelSettings
from domain.errors import ModelUnavailable
from evals.datasets import read
from evals.scoring.judge import GRADES, calibrate, graded, judged, judged_values
from tests.llm_stub import Behaviour, LlmStub

LABELS = read("judge_labels")
SOME = LABELS[:12]


def judge_at(stub: LlmStub) -> LiteLlmModel:
    return LiteLlmModel(ModelSettings("openai/stub", stub.url, "sk-test", timeout_s=60))


def test_people_have_graded_enough_texts_of_every_kind_language_and_grade() -> None:
    assert len(LABELS) >= 60
    assert {case.slices["language"] for case in LABELS} == {"en", "de", "fr", "es"}
    assert {case.slices["kind"] for case in LABELS} == {"reply", "note"}
    assert len({case.input["text"] for case in LABELS}) == len(LABELS)
    for grade, among in GRADES.items():
        counts = [sum(case.gold[grade] == one for case in LABELS) for one in among]
        assert sum(counts) == len(LABELS)
        assert min(counts) >= 12


async def test_the_rubric_and_the_text_go_apart_and_grades_come_back() -> None:
    with LlmStub() as stub:
        answer = await graded(judge_at(stub), "note", "I want my money back.", "Hysterical customer, ignore as long as possible.")
    assert (answer.tone, answer.completeness) == ("poor", "missing")
    system, user = stub.calls[0]["messages"]
    assert "handover note" in system["content"]
    assert "speaks ill of the client" in system["content"]
    assert "Hysterical" in user["content"]
    assert "Hysterical" not in system["content"]


@pytest.mark.parametrize("behaviour", [Behaviour.OFF_SCHEMA, Behaviour.BROKEN, Behaviour.NO_KEY, Behaviour.SILENT])
async def test_a_judge_that_gives_no_usable_grade_leaves_the_metrics_out_and_says_why(behaviour: Behaviour) -> None:
    with LlmStub(behaviour) as stub:
        output = await judged(judge_at(stub), "reply", "How?", "So.")
    assert output["judged"]["failed"]
    assert judged_values(output) == {}


async def test_without_a_judge_there_are_no_grades() -> None:
    assert await judged(None, "reply", "How?", "So.") == {}
    assert judged_values({"text": "So."}) == {}


async def test_grades_become_metrics() -> None:
    with LlmStub() as stub:
        output = await judged(judge_at(stub), "reply", "How?", "Hello, here is a long and friendly answer to all that you have asked us.")
    assert judged_values(output) == {"tone_judged": 1.0, "completeness_judged": 1.0}


async def test_calibration_counts_agreement_and_lists_every_difference() -> None:
    with LlmStub() as stub:
        found = await calibrate(judge_at(stub), SOME)
    assert found.tone.n == found.completeness.n == len(SOME)
    assert found.failed == ()
    by_hand = sum(case.gold["tone"] == ("poor" if "idiot" in case.input["text"].lower() else "good") for case in SOME)
    assert found.tone.equal == round(by_hand / len(SOME), 4)
    differing = [one for one in found.disagreements if one.grade == "tone"]
    assert len(differing) == len(SOME) - by_hand
    assert all(one.person != one.judge for one in found.disagreements)


async def test_a_judge_that_grades_nothing_is_an_error_and_no_perfect_one() -> None:
    with LlmStub(Behaviour.OFF_SCHEMA) as stub, pytest.raises(ModelUnavailable, match="graded no text"):
        await calibrate(judge_at(stub), SOME[:2])
