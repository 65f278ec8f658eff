"""pass^k and pass@k, worked by hand."""

from __future__ import annotations

import pytest

from evals.result import CaseResult
from evals.statistics.repeats import pass_ats, pass_hats
from tests.evals.statistics.made import result


def tried(**cases: str) -> list[CaseResult]:
    """Results of cases, each written as its tries: `++-` passed twice of three."""
    return [result(case, right=mark == "+", repeat=repeat) for case, marks in cases.items() for repeat, mark in enumerate(marks)]


def test_every_one_of_k_tries_passes_as_often_as_counting_all_choices_of_k_says() -> None:
    # a: C(2,k)/C(3,k) = 2/3, 1/3, 0; b: C(1,k)/C(3,k) = 1/3, 0, 0
    found = {one.k: one.figure.value for one in pass_hats(tried(a="++-", b="-+-"))}
    assert found == pytest.approx({1: 1 / 2, 2: 1 / 6, 3: 0.0})


def test_one_of_k_tries_passes_as_often_as_counting_all_choices_of_k_says() -> None:
    # a: 1 - C(1,k)/C(3,k) = 2/3, 1, 1; b: 1 - C(2,k)/C(3,k) = 1/3, 2/3, 1
    found = {one.k: one.figure.value for one in pass_ats(tried(a="++-", b="-+-"))}
    assert found == pytest.approx({1: 1 / 2, 2: 5 / 6, 3: 1.0})


def test_one_try_says_nothing_of_reliability() -> None:
    assert (pass_hats(tried(a="+", b="-")), pass_ats(tried(a="+", b="-"))) == ((), ())


def test_a_case_without_an_answer_has_not_passed() -> None:
    results = [result("a"), result("a", repeat=1, error="ValueError: no abacus", output=None)]
    assert [one.figure.value for one in (*pass_hats(results), *pass_ats(results))] == [0.5, 0.0, 0.5, 1.0]
