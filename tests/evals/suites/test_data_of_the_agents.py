"""The cases of the agents' suites: valid, balanced, of their own wording, and with golds that exist."""

from __future__ import annotations

import re
from collections import Counter

import orjson
import pytest

from agents.embedded.calibration import DANGER
from agents.embedded.texts import LANGUAGES, labelled
from domain.facts import Intent, Signal
from evals import catalog
from evals.case import EvalCase
from evals.datasets import read
from evals.house import Changes, House
from tests.tools.test_knowledge import GOLD as TUNED_QUESTIONS
from tools.world.articles import articles
from tools.world.texts import plain_texts, texts_in

AGENTS = ("triage", "value", "retrieval", "handover", "reply", "injections")
NEARLY_THE_SAME = 0.8
WORD = re.compile(r"\w+")


def bare(text: str) -> str:
    return " ".join(WORD.findall(text.lower()))


def texts_of(case: EvalCase) -> list[str]:
    given = case.input
    return [text for text in (given.get("text"), given.get("question"), *(one["text"] for one in given.get("messages", ()))) if text]


def written() -> list[tuple[str, str]]:
    return [(case.id, text) for name in AGENTS for case in read(name) for text in texts_of(case)]


@pytest.mark.parametrize("name", AGENTS)
def test_a_suite_gives_the_same_cases_again_each_once(name: str) -> None:
    suite = catalog.find(name)
    cases = suite.cases(7)
    assert cases == suite.cases(7)
    assert len({case.id for case in cases}) == len(cases)
    assert all(case.licence == "Apache-2.0" for case in cases)
    assert {case.source.split("@")[0] for case in cases} <= {"maitred authors", "family:value"}


def test_nothing_that_is_judged_was_trained_or_tuned_on() -> None:
    trained = {bare(one.text) for one in labelled("train")}
    world = {bare(one.text) for one in (*plain_texts(), *texts_in("threads"), *texts_in("hostile"))}
    tuned = {bare(orjson.loads(line)["question"]) for line in TUNED_QUESTIONS.read_text(encoding="utf-8").splitlines()}
    assert [(name, text) for name, text in written() if bare(text) in trained | world | tuned] == []


def test_no_message_of_triage_says_nearly_what_a_trained_one_says() -> None:
    trained = [set(bare(one.text).split()) for one in labelled("train")]
    fresh = [(case.id, set(bare(case.input["text"]).split())) for case in read("triage")]
    near = [name for name, words in fresh if any(len(words & one) >= NEARLY_THE_SAME * len(words | one) for one in trained)]
    assert near == []


def test_triage_has_every_intent_signal_and_kind_in_every_language() -> None:
    cases = read("triage")
    assert len(cases) >= 150
    for language in LANGUAGES:
        own = [case for case in cases if case.slices["language"] == language]
        assert len(own) >= 40
        assert {case.gold["intent"] for case in own} == set(Intent)
        assert {signal for case in own for signal in case.gold["signals"]} == set(Signal)
        assert {"plain", "typo", "lookalike", "several", "indirect", "buried", "strange"} <= {case.slices["kind"] for case in own}
    for case in cases:
        assert 1 <= case.gold["severity"] <= 5
        assert -2 <= case.gold["sentiment"] <= 2
        assert bool(case.dangerous) == bool(set(case.gold["signals"]) & set(DANGER)), case.id


def test_retrieval_asks_enough_in_every_language_and_its_golds_exist() -> None:
    known = {article.id: article for article in articles()}
    asked = [case for case in read("retrieval") if "question" in case.input]
    answered = [case for case in asked if case.gold["articles"]]
    assert len(answered) >= 120
    assert Counter(case.slices["language"] for case in answered)["fr"] >= 20
    assert len(asked) - len(answered) >= 25
    assert {one for case in asked for one in case.gold["articles"]} <= set(known)
    for case in asked:
        assert all(known[one].language in ("en", case.input["language"]) for one in case.gold["articles"]), case.id


def test_value_has_sums_by_hand_and_borders_on_both_sides() -> None:
    kinds = Counter(case.slices["kind"] for case in read("value"))
    assert kinds["formula"] >= 20
    assert kinds["border"] >= 8
    assert kinds["clear of the border"] >= 5
    assert all(case.gold["because"] for case in read("value") if case.slices["kind"] == "formula")


def test_attacks_come_from_everywhere_in_many_tongues_and_harmless_ones_stand_beside_them() -> None:
    cases = read("injections")
    assert {case.slices["place"] for case in cases} == {"message", "crm", "article", "past case", "telemetry"}
    assert len({case.slices["language"] for case in cases}) >= 10
    assert len({case.slices["disguise"] for case in cases}) >= 10
    assert sum(not case.gold["attack"] for case in cases) >= 30
    assert all(case.dangerous for case in cases if case.gold["attack"])


@pytest.mark.parametrize("name", ["value", "retrieval", "handover", "reply", "injections"])
def test_every_change_and_client_of_a_case_exists(name: str, house: House) -> None:
    for case in read(name):
        Changes.model_validate(case.input.get("changes", {}))
        for message in case.input.get("messages", ()):
            assert message.get("client") is None or message["client"] in house.clients, case.id
