"""What a run adds up to."""

from __future__ import annotations

import pytest

from domain.errors import InvalidInput
from evals.statistics.summary import summarise
from evals.suite import Better, Metric
from evals.usage import Usage
from tests.evals.statistics.made import DANGER, RIGHT, WAIT, result, run_of


def test_a_run_without_results_is_refused_with_a_way_out() -> None:
    with pytest.raises(InvalidInput, match="goes on with it"):
        summarise(run_of([]))


def test_cases_that_fail_are_named_once() -> None:
    run = run_of([result("b", right=False, repeat=at) for at in range(2)] + [result("a", repeat=at) for at in range(2)])
    found = summarise(run)
    assert (found.cases, found.answers, found.failed) == (2, 4, ("b",))
    assert found.passed.value == 0.5


def test_an_answer_that_never_came_is_a_miss_in_every_share_and_in_no_mean() -> None:
    """An error must not make a run look safer: no answer counts as the danger itself."""
    values = {"right_route": 1.0, "missed_danger": 0.0, "wait": 60.0}
    lost = result("lost", error="the model did not answer", values={})
    found = summarise(run_of([result("fine", values=values), lost], [RIGHT, DANGER, WAIT]))
    figures = {one.metric.name: one.figure.value for one in found.metrics if one.figure}
    assert figures == {"right_route": 0.5, "missed_danger": 0.5, "wait": 60.0}
    assert found.errors == ("lost",)
    assert found.failed == ("lost",)


def test_one_case_breaks_a_hard_metric() -> None:
    fine, bad = ({"missed_danger": danger} for danger in (0.0, 1.0))
    found = summarise(run_of([*(result(f"c{at}", values=fine) for at in range(500)), result("vip-7", values=bad)], [DANGER]))
    assert [one.metric.name for one in found.broken] == ["missed_danger"]
    assert found.broken[0].misses == ("vip-7",)


def test_a_hard_mean_breaks_beyond_its_goal() -> None:
    slowest = Metric(name="slowest", says="…", kind="mean", better=Better.LOWER, goal=10.0, hard=True)
    results = [result("quick", values={"slowest": 2.0}), result("slow", values={"slowest": 11.0})]
    assert summarise(run_of(results, [slowest])).broken[0].misses == ("slow",)


def test_a_goal_is_met_missed_or_open() -> None:
    def goal(right: int, of: int) -> str:
        return summarise(run_of([result(f"c{at}", right=at < right) for at in range(of)])).metrics[0].goal

    assert [goal(95, 100), goal(50, 100), goal(9, 11), goal(8, 10)] == ["met", "missed", "open", "open"]


def test_a_metric_that_applies_to_no_case_has_no_figure() -> None:
    found = summarise(run_of([result("a", values={})], [RIGHT])).metrics[0]
    assert (found.figure, found.goal, found.slices) == (None, "none", ())


def test_the_order_of_results_does_not_matter() -> None:
    results = [result(f"c{at}", right=at % 3 > 0, slices={"region": "eu" if at % 2 else "us"}, confidence=at / 40) for at in range(40)]
    assert summarise(run_of(results)).model_dump_json() == summarise(run_of(results[::-1])).model_dump_json()


def test_usage_adds_up() -> None:
    used = Usage(calls=2, prompt_tokens=100, completion_tokens=20, cost=0.01)
    found = summarise(run_of([result("a", usage=used), result("b", usage=used)]))
    assert (found.usage.calls, found.usage.prompt_tokens, found.usage.cost) == (4, 200, 0.02)


def test_confusion_counts_by_hand() -> None:
    said = [("human", "human")] * 3 + [("human", "ai")] * 1 + [("ai", "ai")] * 2
    found = summarise(run_of([result(f"c{at}", expected={"mode": right}, got={"mode": got}) for at, (right, got) in enumerate(said)]))
    (mode,) = found.confusions
    assert (mode.labels, mode.counts) == (("human", "ai"), ((3, 1), (0, 2)))
    assert mode.mistakes() == [("human", "ai", 1)]
    human, ai = mode.qualities
    assert human.recall
    assert ai.precision
    assert (human.recall.value, ai.precision.value) == (0.75, pytest.approx(2 / 3))


def test_a_label_that_was_not_given_is_nothing() -> None:
    (found,) = summarise(
        run_of([result("a", expected={"intent": "outage"}), result("b", expected={"intent": "outage"}, got={"intent": "outage"})])
    ).confusions
    assert found.mistakes() == [("outage", "(nothing)", 1)]


def test_grades_stand_in_their_order() -> None:
    results = [result(f"c{at}", expected={"severity": grade}, got={"severity": "10"}) for at, grade in enumerate("33325")]
    assert summarise(run_of(results)).confusions[0].labels == ("2", "3", "5", "10")


def test_costs_add_up_by_kind_and_by_case() -> None:
    results = [
        result("vip", right=False, cost=900.0, expected={"mode": "human"}, got={"mode": "ai"}),
        result("bot", right=False, cost=25.0, expected={"mode": "ai"}, got={"mode": "human"}),
        result("fine", cost=0.0, expected={"mode": "ai"}, got={"mode": "ai"}),
    ]
    found = summarise(run_of(results)).costs
    assert found
    assert (found.total, found.each.value) == (925.0, pytest.approx(925 / 3))
    assert [(one.expected, one.got, one.cost) for one in found.mistakes] == [("human", "ai", 900.0), ("ai", "human", 25.0)]
    assert found.dearest == (("vip", 900.0), ("bot", 25.0))
    assert summarise(run_of([result("a")])).costs is None


def test_pass_hat_by_hand() -> None:
    """Two of three and three of three: pass^1 (2/3 + 1) / 2, pass^2 (1/3 + 1) / 2, pass^3 (0 + 1) / 2."""
    results = [result("a", repeat=at, right=at < 2) for at in range(3)] + [result("b", repeat=at) for at in range(3)]
    found = summarise(run_of(results)).pass_hats
    assert [one.figure.value for one in found] == pytest.approx([5 / 6, 2 / 3, 1 / 2])
    assert summarise(run_of([result("a")])).pass_hats == ()
