"""Order, silence and facts: each kind of miss is told apart."""

from __future__ import annotations

from typing import Any

import pytest

from evals.case import EvalCase
from evals.house import House
from evals.suite import Answer, Judgement
from evals.suites.retrieval import answer, cases, judge, ndcg

PROMISE = {"id": "cases:p/promise", "says": ["report by 27 November"], "source": "cases", "age_s": 3_600}
FACT = {"id": "cases:p/promise", "text": "Promised and still open: A report by 27 November", "source": "cases", "age_s": 3_600}


def asked(gold: list[str], *found: tuple[str, float]) -> Judgement:
    case = EvalCase(id="q", source="test", licence="Apache-2.0", input={"question": "?", "language": "en"}, gold={"articles": gold})
    return judge(case, Answer(output={"articles": [{"id": one, "score": score} for one, score in found]}))


def gathered(found: list[dict[str, Any]], failed: tuple[str, ...] = (), **gold: Any) -> Judgement:
    case = EvalCase(id="f", source="test", licence="Apache-2.0", input={}, gold={"facts": [], "absent": [], "missing": [], **gold})
    return judge(case, Answer(output={"facts": found, "missing": list(failed)}))


def test_the_place_of_the_first_right_article_decides_recall() -> None:
    found = asked(["right"], ("other", 0.9), ("another", 0.6), ("right", 0.5)).values
    assert (found["recall_1"], found["recall_3"], found["recall_5"], found["confident_wrong"]) == (0.0, 1.0, 1.0, 1.0)


def test_ndcg_by_hand() -> None:
    assert ndcg(["a"], ["a", "b"]) == 1.0
    assert ndcg(["a"], ["b", "a"]) == pytest.approx(0.6309, abs=1e-4)
    assert ndcg(["a", "b"], ["a", "x", "b"]) == pytest.approx((1 + 0.5) / (1 + 0.6309), abs=1e-4)
    assert ndcg(["a"], ["b", "c", "d", "e", "f", "a"]) == 0.0


def test_silence_is_right_only_where_nothing_answers() -> None:
    quiet, loud = asked([], ("other", 0.1)), asked([], ("other", 0.8))
    assert (quiet.passed, loud.passed) == (True, False)
    assert (loud.values["no_answer_seen"], loud.values["confident_wrong"]) == (0.0, 1.0)
    assert asked(["right"], ("right", 0.1)).values["answer_kept"] == 0.0


def test_nothing_found_is_judged_too() -> None:
    assert asked([]).passed
    assert not asked(["right"]).passed


def test_a_fact_needs_its_words_its_source_and_its_age() -> None:
    assert gathered([FACT], facts=[PROMISE]).passed
    for fault, changed in {
        "was not gathered": {"id": "cases:other"},
        "does not say": {"text": "Promised and still open: A call"},
        "should be from cases": {"source": "crm"},
        "3600 s": {"age_s": 90_000},
    }.items():
        found = gathered([{**FACT, **changed}], facts=[PROMISE])
        assert not found.passed
        assert fault in found.why


def test_what_does_not_hold_any_more_and_what_failed_are_both_said() -> None:
    assert gathered([], ("telemetry",), missing=["telemetry"]).passed
    assert not gathered([], missing=["telemetry"]).passed
    assert not gathered([FACT], absent=["cases:p/promise"]).passed


async def test_the_tools_of_the_house_are_asked(house: House) -> None:
    some = [one for one in cases(7) if one.id in ("retrieval-en-12", "retrieval-facts-01", "retrieval-facts-09", "retrieval-facts-16")]
    judged = {one.id: judge(one, await answer(house, one)) for one in some}
    assert [name for name, one in judged.items() if not one.passed] == []
    assert len(judged) == 4
