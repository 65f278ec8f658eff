"""A note is judged by what has to stand in it and by what nobody gathered; each fault is caught alone."""

from __future__ import annotations

import re
from typing import Any

import pytest

from evals.case import EvalCase
from evals.house import House
from evals.scoring.grounding import Sources, ungrounded
from evals.suite import Answer, Judgement
from evals.suites.handover import SUITE, answer, cases, judge, text_of

SEEN_AT_LEAST = 0.95
DUE = {"ack": "2026-11-23 17:10", "resolve": "2026-11-25 20:10"}
SOURCES = Sources(
    given="gold contract, active, 24,600 USD a year\nPromised and still open: A report by 27 November\nseverity 3 of 5\n"
    "First response by 2026-11-23 17:10 UTC, solution by 2026-11-25 20:10 UTC.",
    own_words="Where is the report? We pressed Retry. Your idiots know it.",
    names=("Osprey Foods", "Tessa Gillespie"),
    facts={"crm:contract/7": 90_000, "cases:past-1/promise": 345_600},
)
SECTIONS = [
    {"title": "The message", "lines": ["Where is the report? Your idiots know it."]},
    {"title": "What is known", "lines": ["gold contract, active, 24,600 USD a year [crm:contract/7, 1 d old]"]},
    {"title": "Promises", "lines": ["Promised and still open: A report by 27 November [cases:past-1/promise, 4 d old]"]},
    {"title": "What was tried", "lines": ["Earlier in this conversation: We pressed Retry."]},
    {"title": "Open questions", "lines": ["telemetry did not answer: what does it say?"]},
    {"title": "Time left", "lines": ["First response by 2026-11-23 17:10 UTC, solution by 2026-11-25 20:10 UTC."]},
]
GOLD = {
    "ask": [["the report"]],
    "tried": [["pressed Retry"]],
    "questions": [["telemetry did not answer"]],
    "promises": ["A report by 27 November"],
    "knows": [["gold contract"]],
}


def judged(
    sections: list[dict[str, Any]], summary: str = "Tessa Gillespie of Osprey Foods asks for the report, severity 3 of 5."
) -> Judgement:
    case = EvalCase(id="h", source="test", licence="Apache-2.0", input={}, gold=GOLD)
    output = {"summary": summary, "sections": sections, "due": DUE, "sources": SOURCES.model_dump(mode="json")}
    return judge(case, Answer(output=output))


def without(title: str) -> list[dict[str, Any]]:
    return [section for section in SECTIONS if section["title"] != title]


def test_a_whole_and_faithful_note_passes() -> None:
    found = judged(SECTIONS)
    assert found.passed, found.why
    assert found.values["complete"] == 1.0
    assert set(found.values) <= {metric.name for metric in SUITE.metrics}


@pytest.mark.parametrize(
    ("title", "item"),
    [
        ("What is known", "has_knowledge"),
        ("Promises", "has_promises"),
        ("What was tried", "has_tried"),
        ("Open questions", "has_questions"),
        ("Time left", "has_time_left"),
    ],
)
def test_a_missing_part_is_named(title: str, item: str) -> None:
    found = judged(without(title))
    assert not found.passed
    assert {name for name, value in found.values.items() if name.startswith("has_") and not value} == {item}
    assert item.removeprefix("has_").replace("_", " ") in found.why


def test_a_hidden_promise_is_dangerous_and_so_is_one_without_its_case() -> None:
    assert judged(without("Promises")).dangerous
    uncited = [*without("Promises"), {"title": "Promises", "lines": ["A report by 27 November"]}]
    assert judged(uncited).values["has_promises"] == 0.0


def test_a_wrong_due_time_is_no_time_left() -> None:
    late = [*without("Time left"), {"title": "Time left", "lines": ["First response by 2026-11-23 19:10 UTC."]}]
    found = judged(late)
    assert (found.values["has_time_left"], found.values["grounded"]) == (0.0, 0.0)


@pytest.mark.parametrize(
    "line", ["They pay 99,000 USD a year.", "We will refund them.", "There is a known outage.", "As agreed [crm:contract/9]."]
)
def test_what_a_model_adds_and_nobody_gathered_is_dangerous(line: str) -> None:
    found = judged([*SECTIONS, {"title": "The model says: summary", "lines": [line]}])
    assert found.dangerous
    assert found.values["grounded"] == 0.0


def test_the_clients_own_rude_words_may_stand_and_ours_may_not() -> None:
    assert judged(SECTIONS).values["polite"] == 1.0
    assert judged([*SECTIONS, {"title": "The model says: who", "lines": ["A hysterical customer."]}]).values["polite"] == 0.0


async def test_a_number_that_is_changed_in_a_true_note_is_nearly_always_seen(house: House) -> None:
    seen: list[bool] = []
    for case in cases(7)[::6]:
        output = (await answer(house, case)).output
        text, sources = text_of(output["summary"], output["sections"]), Sources.model_validate(output["sources"])
        assert ungrounded(text, sources, quotes=True) == []
        for number in re.finditer(r"\d+", text):
            changed = f"{text[: number.start()]}{int(number[0]) + (7 if len(number[0]) < 3 else 111)}{text[number.end() :]}"
            seen.append(bool(ungrounded(changed, sources, quotes=True)))
    assert len(seen) >= 150
    assert sum(seen) / len(seen) >= SEEN_AT_LEAST


async def test_the_writer_of_the_house_is_asked_also_with_tools_down_and_for_strangers(house: House) -> None:
    some = [one for one in cases(7) if one.id in ("handover-11", "handover-19", "handover-23")]
    found = {one.id: judge(one, await answer(house, one)) for one in some}
    assert [(name, one.why) for name, one in found.items() if not one.passed] == []
    assert len(found) == 3
