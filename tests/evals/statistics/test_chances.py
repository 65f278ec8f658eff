"""Many questions at once, and permutations."""

from __future__ import annotations

import numpy as np
import pytest

from evals.statistics.chances import chance_of_difference, holm


def test_holm_by_hand() -> None:
    """0.01 x 4, 0.015 x 3, 0.03 x 2, and the last can be no smaller than the one before it."""
    chances = {"a": 0.03, "b": 0.01, "c": 0.015, "d": 0.04}
    assert holm(chances) == pytest.approx({"a": 0.06, "b": 0.04, "c": 0.045, "d": 0.06})
    assert list(holm(chances)) == list(chances)


def test_no_chance_is_larger_than_one_and_none_of_nothing() -> None:
    assert holm({"a": 0.9, "b": 0.7}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


def test_the_chance_of_a_small_table_is_the_exact_one() -> None:
    """Three of six, all smaller than the rest: 2 of the 20 ways to deal them lie so far apart."""
    values, inside = np.asarray([1.0, 2.0, 3.0, 7.0, 8.0, 9.0]), [True] * 3 + [False] * 3
    assert chance_of_difference(values, inside, [0] * 6) == pytest.approx(0.1, abs=0.035)
    assert chance_of_difference(-values, inside, [0] * 6, two_sided=False) == pytest.approx(0.05, abs=0.025)


def test_a_difference_between_strata_is_none_within_them() -> None:
    """The group lives in the slow stratum; within a stratum everybody waits alike."""
    chance = np.random.default_rng(1)
    strata = [0] * 60 + [1] * 60
    values = np.asarray([10.0] * 60 + [100.0] * 60) + chance.normal(0, 1, 120)
    inside = [at % 6 == 0 for at in range(60)] + [at % 6 != 0 for at in range(60)]
    assert chance_of_difference(values, inside, [0] * 120) < 0.001
    assert chance_of_difference(values, inside, strata) > 0.05


def test_a_group_that_meets_nobody_differs_from_nobody() -> None:
    assert chance_of_difference(np.asarray([1.0, 2.0]), [True, False], ["a", "b"]) == 1.0


def test_the_test_holds_its_size() -> None:
    chance, found = np.random.default_rng(2), 0
    for _ in range(300):
        values, inside = chance.lognormal(0, 1, 40), (chance.random(40) < 0.3).tolist()
        found += chance_of_difference(values, inside, [at % 2 for at in range(40)]) <= 0.05
    assert found / 300 <= 0.085
