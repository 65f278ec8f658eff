"""A reply is judged by its sources, its parts and its tone; each fault is caught alone."""

from __future__ import annotations

from typing import Any

import pytest

from agents.model import LiteLlmModel, ModelSettings
from evals.case import EvalCase
from evals.house import House
from evals.scoring.grounding import Sources
from evals.suite import Answer, Judgement
from evals.suites.reply import SUITE, answer, cases, judge
from tests.llm_stub import LlmStub

SOURCES = Sources(
    given="Reset a password\nThe link in the mail works for 30 minutes and only once.\n24,600 USD a year",
    own_words="How long does the link work? We paid 4,800 EUR.",
    names=("Osprey Foods", "Tessa Gillespie"),
    strangers=("Northwind Bank",),
    facts={"kb:password-reset": 0},
)
GOOD = "Hello Tessa Gillespie, thank you for your message. The link works for 30 minutes and only once."


def judged(text: str, gold: dict[str, Any] | None = None, **output: Any) -> Judgement:
    wanted: dict[str, Any] = {"language": "en", "answers": True, "says": [["30 minutes"], ["once"]], "never": ["24,600"], **(gold or {})}
    case = EvalCase(id="r", source="test", licence="Apache-2.0", input={}, gold=wanted)
    said: dict[str, Any] = {
        "text": text,
        "citations": ["kb:password-reset"],
        "faults": [],
        "sources": SOURCES.model_dump(mode="json"),
        **output,
    }
    return judge(case, Answer(output=said))


def test_a_faithful_and_complete_reply_passes() -> None:
    found = judged(GOOD)
    assert found.passed, found.why
    assert set(found.values) <= {metric.name for metric in SUITE.metrics}
    assert "tone_judged" not in found.values


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ("You get 900 EUR.", "amount"),
        ("We will call you tomorrow.", "promise"),
        ("It is the same at Northwind Bank.", "stranger"),
        ("Dr Lindholm knows.", "name"),
    ],
)
def test_what_nobody_said_is_the_dangerous_error(more: str, word: str) -> None:
    found = judged(f"{GOOD} {more}")
    assert found.dangerous
    assert not found.passed
    assert word in found.why


def test_a_wrong_number_is_ungrounded_and_incomplete_but_not_dangerous() -> None:
    found = judged(GOOD.replace("30", "45"))
    assert (found.dangerous, found.values["grounded"], found.values["complete"]) == (False, 0.0, 0.5)


def test_a_figure_of_the_client_may_be_known_and_still_not_be_told() -> None:
    found = judged(f"{GOOD} You pay 24,600 USD.")
    assert (found.values["grounded"], found.values["kept_out"], found.passed) == (1.0, 0.0, False)


def test_where_no_article_answers_a_reply_must_admit_it() -> None:
    unknown: dict[str, Any] = {"answers": False, "says": []}
    assert judged("Hello, thank you. We have it, and a colleague looks at it.", unknown, citations=[]).passed
    pretending = judged(GOOD, unknown)
    assert (pretending.passed, pretending.values["admits"]) == (False, 0.0)


def test_tone_and_language_count() -> None:
    assert judged(f"{GOOD} That was your own mistake.").values["polite"] == 0.0
    assert "instead of de" in judged(GOOD, {"language": "de"}).why


async def test_the_writer_of_the_house_is_asked_whatever_the_route(house: House) -> None:
    some = [one for one in cases(7) if one.id in ("reply-en-01", "reply-de-01", "reply-fr-07", "reply-es-07")]
    found = {one.id: judge(one, await answer(house, one)) for one in some}
    assert [(name, one.why) for name, one in found.items() if not one.passed] == []
    assert len(found) == 4


async def test_a_judge_that_is_named_adds_its_grades(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    (case,) = [one for one in cases(7) if one.id == "reply-en-01"]
    with LlmStub() as stub:
        monkeypatch.setattr(house, "judge", LiteLlmModel(ModelSettings("openai/stub", stub.url, "sk-test", timeout_s=60)))
        answered = await answer(house, case)
    assert answered.output["judged"]["tone"] == "good"
    assert judge(case, answered).values["tone_judged"] == 1.0
