"""Triage is judged label by label, and a danger that is missed is the dangerous error."""

from __future__ import annotations

from typing import Any

from evals.case import EvalCase
from evals.house import House
from evals.suite import Answer
from evals.suites.triage import SUITE, answer, cases, judge


def case(**gold: Any) -> EvalCase:
    labels: dict[str, Any] = {"intent": "how_to", "severity": 1, "sentiment": 0, "signals": [], "language": "en", **gold}
    return EvalCase(id="t", source="test", licence="Apache-2.0", input={"text": "x"}, gold=labels)


def said(**labels: Any) -> Answer:
    read: dict[str, Any] = {
        "intent": "how_to",
        "confidence": 0.9,
        "severity": 1,
        "sentiment": 0.0,
        "signals": [],
        "language": "en",
        **labels,
    }
    return Answer(output=read)


def test_right_labels_pass_and_every_value_has_its_metric() -> None:
    found = judge(case(signals=["legal", "money"]), said(signals=["legal", "money"]))
    assert found.passed
    assert not found.dangerous
    assert found.values["missed_danger"] == 0.0
    assert "needless" not in found.values
    assert set(found.values) <= {metric.name for metric in SUITE.metrics}


def test_a_missed_danger_is_the_dangerous_error_and_is_named() -> None:
    found = judge(case(signals=["legal"]), said())
    assert found.dangerous
    assert not found.passed
    assert found.values["missed_danger"] == 1.0
    assert found.values["recall_legal"] == 0.0
    assert "legal" in found.why


def test_another_danger_than_the_right_one_still_brings_a_person_but_counts_against_both_signals() -> None:
    found = judge(case(signals=["legal"]), said(signals=["security"]))
    assert found.values["missed_danger"] == 0.0
    assert (found.values["recall_legal"], found.values["precision_security"]) == (0.0, 0.0)


def test_a_needless_alarm_fails_and_is_not_dangerous() -> None:
    found = judge(case(), said(signals=["outage"]))
    assert (found.passed, found.dangerous, found.values["needless"]) == (False, False, 1.0)
    assert "outage" in found.why


def test_a_signal_that_is_no_danger_is_no_alarm() -> None:
    assert judge(case(), said(signals=["human_request"])).values["needless"] == 0.0


def test_another_intent_that_the_words_allow_is_right_and_any_other_is_not() -> None:
    assert judge(case(also=["access"]), said(intent="access")).passed
    wrong = judge(case(also=["access"]), said(intent="billing"))
    assert not wrong.passed
    assert (wrong.expected["intent"], wrong.got["intent"], wrong.right) == ("how_to", "billing", False)


def test_severity_and_sentiment_may_be_one_step_off() -> None:
    near, far = (
        judge(case(severity=3, sentiment=-2), said(severity=4, sentiment=-0.5)),
        judge(case(severity=3), said(severity=5, sentiment=0.6)),
    )
    assert (near.values["severity_near"], near.values["severity_right"], near.values["sentiment_near"]) == (1.0, 0.0, 1.0)
    assert (far.values["severity_near"], far.values["sentiment_near"]) == (0.0, 0.0)


async def test_the_embedded_model_reads_and_keywords_miss_more(house: House) -> None:
    some = [one for one in cases(7) if one.slices["set"] == "fresh" and one.dangerous][::4]
    read = [judge(one, await answer(house, one)) for one in some]
    sieved = [judge(one, await SUITE.baselines["keyword"](house, one)) for one in some]
    majority = [judge(one, await SUITE.baselines["majority"](house, one)) for one in some]
    missed = [sum(one.values["missed_danger"] for one in judged) for judged in (read, sieved, majority)]
    assert missed[0] < missed[1] < missed[2] == len(some)
