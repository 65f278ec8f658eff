"""Adapters on tiny sets of the same format: they read, they measure, and they say so when a set is not there or not whole."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from domain.errors import NotFound
from evals.benchmarks import banking77, cdnow, clinc150, tau2_banking
from evals.benchmarks.bg_nbd import BgNbd, Customers, fitted
from evals.benchmarks.catalog import BENCHMARKS, benchmark
from evals.benchmarks.clinc150 import auroc
from evals.benchmarks.published_set import SetAbsent, SetUnreadable
from evals.benchmarks.result import BenchmarkResult
from tests.evals.benchmarks import tiny
from tests.service import MODELS

TINY: dict[str, Callable[[Path], Path]] = {
    "banking77": tiny.banking77,
    "clinc150": tiny.clinc150,
    "tau2_banking_knowledge": tiny.tau2,
    "cdnow": tiny.cdnow,
}
ONE = Customers(np.array([2.0]), np.array([30.43]), np.array([38.86]))
PAPER = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BenchmarkResult]:
    """Every benchmark on its tiny set."""
    root = tmp_path_factory.mktemp("sets")
    return {name: BENCHMARKS[name].run(make(root / name), MODELS) for name, make in TINY.items()}


def values(result: BenchmarkResult) -> dict[str, float]:
    """Figures by name."""
    return {row.name: row.figure.value for row in result.rows}


def test_every_benchmark_has_a_tiny_set() -> None:
    assert set(TINY) == set(BENCHMARKS)


@pytest.mark.parametrize("name", BENCHMARKS)
def test_an_absent_set_is_left_out_with_the_place_where_it_is_published(name: str, tmp_path: Path) -> None:
    published = BENCHMARKS[name].set
    for environment in ({}, {"MAITRED_EVAL_DATA": str(tmp_path)}):
        with pytest.raises(SetAbsent) as told:
            published.place(environment)
        assert published.published_at in told.value.message
        assert "MAITRED_EVAL_DATA" in told.value.message
    (tmp_path / published.folder).mkdir()
    assert published.place({"MAITRED_EVAL_DATA": str(tmp_path)}) == tmp_path / published.folder


@pytest.mark.parametrize("name", BENCHMARKS)
def test_a_set_without_its_files_is_not_whole(name: str, tmp_path: Path) -> None:
    with pytest.raises(SetAbsent, match="not whole"):
        BENCHMARKS[name].run(tmp_path, MODELS)


def test_a_file_of_another_format_is_named(tmp_path: Path) -> None:
    broken = {
        "train.csv": lambda: banking77.run(tmp_path, MODELS),
        "data.json": lambda: clinc150.run(tmp_path, MODELS),
        "cdnow_customers_summary.csv": lambda: cdnow.run(tmp_path, MODELS),
    }
    for name, run in broken.items():
        (tmp_path / name).write_text("x,y\n1,2\n", encoding="utf-8")
        (tmp_path / "test_dev.csv").write_text("text,category\na,b\n", encoding="utf-8")
        with pytest.raises(SetUnreadable, match=name):
            run()
    (tmp_path / "data.json").rename(tmp_path / "one.json").write_text("{}", encoding="utf-8")
    with pytest.raises(SetUnreadable, match=r"one\.json"):
        tau2_banking.documents_in(tmp_path)
    with pytest.raises(SetUnreadable, match=r"one\.json"):
        tau2_banking.tasks_in(tmp_path)


def test_an_unknown_benchmark_is_told_which_there_are() -> None:
    with pytest.raises(NotFound, match="banking77, clinc150"):
        benchmark("imagenet")


def test_intents_are_learnt_from_many_and_from_few_examples(results: dict[str, BenchmarkResult]) -> None:
    found = values(results["banking77"])
    assert found["accuracy_full"] >= 0.75
    assert found["accuracy_10_shot"] >= 0.75


def test_ten_shots_are_ten_of_each_intent_and_the_same_for_a_seed() -> None:
    train = [(f"text {number}", f"intent {number % 3}") for number in range(90)]
    chosen = banking77.drawn(train, 10, 1)
    assert len(set(chosen)) == 30
    assert chosen == banking77.drawn(train, 10, 1) != banking77.drawn(train, 10, 2)
    assert len(banking77.drawn(train, 50, 1)) == 90


def test_strange_texts_stand_apart_from_known_ones(results: dict[str, BenchmarkResult]) -> None:
    found = values(results["clinc150"])
    assert found["in_scope_accuracy"] >= 2 / 3
    assert found["oos_auroc"] >= 0.5
    assert set(found) == {"in_scope_accuracy", "oos_auroc", "oos_recall_at_95", "in_scope_kept", "oos_recall"}


def test_the_area_under_the_curve_counts_pairs_and_ties_by_half() -> None:
    positive = np.array([True, True, False, False])
    assert auroc(np.array([4.0, 3.0, 2.0, 1.0]), positive) == 1.0
    assert auroc(np.array([1.0, 2.0, 3.0, 4.0]), positive) == 0.0
    assert auroc(np.array([3.0, 1.0, 1.0, 0.0]), positive) == 0.875
    assert auroc(np.array([1.0, 1.0]), np.array([True, True])) == 0.5


def test_documents_are_found_and_a_wish_for_a_person_is_heard(results: dict[str, BenchmarkResult]) -> None:
    found = values(results["tau2_banking_knowledge"])
    assert found["recall_at_5_script"] == 1.0
    assert 0.0 < found["ndcg_at_10_lines"] <= 1.0
    assert found["person_wanted_heard"] == 1.0
    assert found["person_wanted_heard_needlessly"] == 0.0


def test_recall_and_gain_fall_with_the_place_of_what_is_needed() -> None:
    needed = frozenset({"a", "b"})
    assert tau2_banking.recall_at(["a", "x", "b"], needed, 1) == 0.5
    assert tau2_banking.recall_at(["a", "x", "b"], needed, 3) == 1.0
    assert tau2_banking.ndcg_at(["a", "b", "x"], needed, 3) == 1.0
    assert tau2_banking.ndcg_at(["x", "a", "b"], needed, 3) == pytest.approx((1 / math.log2(3) + 0.5) / (1 + 1 / math.log2(3)))
    assert tau2_banking.ndcg_at(["x"], needed, 3) == 0.0


def test_expected_purchases_are_those_of_the_papers_example() -> None:
    """Fader, Hardie & Lee 2005, section 5: customer 1 is expected to buy 1.226 times in the next 39 weeks."""
    assert PAPER.expected(ONE, 39.0)[0] == pytest.approx(1.226, abs=0.001)


def test_the_fit_finds_the_highest_likelihood_it_can_reach(tmp_path: Path) -> None:
    customers = cdnow.customers_in(tiny.cdnow(tmp_path / "cdnow") / "cdnow_customers_summary.csv")
    found = fitted(customers)
    assert math.isfinite(found.log_likelihood)
    assert min(found.r, found.alpha, found.a, found.b) > 0


def test_ranks_agree_with_themselves_and_not_with_their_reverse(results: dict[str, BenchmarkResult]) -> None:
    up = np.arange(30.0)
    assert cdnow.spearman(up, up**3) == pytest.approx(1.0)
    assert cdnow.spearman(up, -up) == pytest.approx(-1.0)
    assert cdnow.shared_top(up, up) == 1.0
    assert cdnow.shared_top(up, -up) == 0.0
    assert -1.0 <= values(results["cdnow"])["spearman_13_weeks"] <= 1.0
