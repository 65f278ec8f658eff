"""The written routing cases: enough of every kind, nothing that was trained on, and a gold that can be met."""

from __future__ import annotations

from collections import Counter

import pytest

from agents.embedded.texts import labelled
from evals.case import EvalCase
from evals.datasets import read
from evals.datasets.families import FAMILIES
from evals.datasets.families.company import company
from evals.datasets.families.scene import Writer, standing_of, texts
from evals.house import Changes
from evals.scoring.wanted import Meaning, Standing, Wanted, dangerous_error, wanted
from evals.suites import guards, routing
from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped
from tests.evals.suites.satisfying import is_met_by_some
from tools.world.texts import plain_texts, texts_in

BOUNDS = {  # at least so many cases of each value
    "tier": {"standard": 120, "premium": 120, "strategic": 80},
    "region": {"eu": 150, "us": 100, "apac": 70},
    "language": {"en": 120, "de": 70, "fr": 70, "es": 70},
    "channel": {"email": 40, "chat": 40, "slack": 40, "web-form": 40, "teams": 40, "whatsapp": 40, "phone-transcript": 40},
    "route": {"ai": 120, "hybrid": 100, "human": 120},
    "segment": {"small": 80, "mid_market": 80, "enterprise": 80},
    "kind": {
        "plain": 100,
        "paraphrase": 40,
        "buried": 30,
        "trap": 25,
        "injection": 15,
        "twin": 40,
        "missing": 10,
        "conflict": 8,
        "other": 10,
    },
    "severity": {"1": 60, "2": 60, "3": 40, "4": 40, "5": 25},
}


@pytest.fixture(scope="module")
def cases() -> list[EvalCase]:
    return read("routing")


@pytest.fixture(scope="module")
def policy() -> CompiledPolicy:
    return compile_policy(shipped())


def bare(text: str) -> str:
    return "".join(letter for letter in text.lower() if letter.isalnum())


@pytest.mark.parametrize("dimension", BOUNDS)
def test_there_are_enough_of_every_value(cases: list[EvalCase], dimension: str) -> None:
    assert 300 <= len(cases) <= 500
    counted = Counter(case.slices[dimension] for case in cases)
    assert {value: counted[value] for value, least in BOUNDS[dimension].items() if counted[value] < least} == {}


def test_every_case_says_where_it_is_from_and_stands_with_its_twins(cases: list[EvalCase]) -> None:
    assert {(case.source, case.licence) for case in cases} == {("maitred authors", "Apache-2.0")}
    assert sum(size > 1 for size in Counter(case.group for case in cases).values()) >= 200


def test_no_message_was_learnt_held_back_or_taken_from_the_sample_company(cases: list[EvalCase]) -> None:
    seen = {bare(one.text) for split in ("train", "heldback") for one in labelled(split)}
    seen |= {bare(one.text) for one in [*plain_texts(), *texts_in("threads"), *texts_in("hostile")]}
    written = {message["text"] for case in [*cases, *guards.SUITE.cases(7)] for message in case.input.get("messages", ())}
    assert len(written) >= 220
    assert [text for text in written if bare(text) in seen] == []


def test_the_gold_is_what_the_rules_say_of_meaning_and_standing(cases: list[EvalCase]) -> None:
    for case in cases:
        meaning, standing = Meaning.model_validate(case.gold["meaning"]), Standing.model_validate(case.gold["standing"])
        assert Wanted.model_validate(case.gold["wanted"]) == wanted(meaning, standing), case.id
        assert case.dangerous == dangerous_error(meaning, standing), case.id


def test_the_standing_is_true_of_the_sample_company(cases: list[EvalCase]) -> None:
    for case in cases:
        *before, last = case.input["messages"]
        client = company().clients[last["client"]]
        contact = next(one for one in client.contacts if one.email == last["contact"])
        changes = Changes.model_validate(case.input.get("changes", {}))
        found = standing_of(Writer(client, contact), changes, len(before) + 1)
        told = found.model_copy(update={"attachments": len(last.get("attachments", ()))})
        assert Standing.model_validate(case.gold["standing"]) == told, case.id


def test_every_gold_can_be_met_and_the_golden_route_is_allowed(cases: list[EvalCase], policy: CompiledPolicy) -> None:
    generated = [case for family in FAMILIES for case in family(3, 24)]
    met = {case.id: is_met_by_some(case, policy) for case in [*cases, *generated]}
    assert [case for case, (some, _) in met.items() if not some] == []
    assert [case for case, (_, best) in met.items() if not best] == []


def test_twins_say_the_same_and_part_at_a_line(cases: list[EvalCase]) -> None:
    pairs = Counter(case.group for case in cases if case.slices["kind"] == "twin")
    assert set(pairs.values()) == {2}
    for group in pairs:
        below, above = (case for case in cases if case.group == group)
        assert below.input["messages"][-1]["text"] == above.input["messages"][-1]["text"]
        assert below.gold["wanted"] != above.gold["wanted"]


def test_a_seed_adds_families_to_the_written_cases(cases: list[EvalCase]) -> None:
    some = routing.SUITE.cases(5)
    assert some[: len(cases)] == cases
    assert len(some) == len({case.id for case in some}) == len(cases) + len(FAMILIES) * routing.A_FAMILY
    assert len(texts()) >= 190
