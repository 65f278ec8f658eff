"""Intervals of shares and means."""

from __future__ import annotations

import numpy as np
import pytest

from evals.statistics.intervals import Figure, interval_of, mean_figure, share_figure, student, wilson


def test_the_score_interval_is_the_published_one() -> None:
    """Newcombe 1998, table I, method 3: 81 of 263, 15 of 148, 0 of 20, 1 of 29."""
    published = {(81, 263): (0.2553, 0.3662), (15, 148): (0.0624, 0.1605), (0, 20): (0.0, 0.1611), (1, 29): (0.0061, 0.1718)}
    for (hits, total), interval in published.items():
        assert wilson(hits, total) == pytest.approx(interval, abs=5e-5)


def test_without_data_nothing_is_known() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_a_share_of_independent_cases_has_the_score_interval() -> None:
    figure = share_figure([1.0] * 81 + [0.0] * 182, range(263))
    assert (figure.low, figure.high) == pytest.approx(wilson(81, 263))
    assert (figure.n, figure.units) == (263, 263)


def test_copies_of_a_case_tell_nothing_new() -> None:
    once = share_figure([1.0] * 30 + [0.0] * 10, range(40))
    copied = share_figure(([1.0] * 30 + [0.0] * 10) * 5, list(range(40)) * 5)
    assert copied.value == once.value
    assert copied.n == 5 * once.n
    assert copied.high - copied.low >= once.high - once.low


def test_where_all_is_right_each_unit_counts_once() -> None:
    assert share_figure([1.0] * 100, [at // 5 for at in range(100)]).low < share_figure([1.0] * 100, range(100)).low


def test_student_has_wider_tails() -> None:
    """Two-sided 5 %, from any table."""
    assert [student(freedom) for freedom in (1, 4, 9, 29)] == pytest.approx([12.706, 2.776, 2.262, 2.045], abs=0.02)


def test_the_mean_of_one_unit_has_no_interval_and_equal_values_have_none_to_speak_of() -> None:
    assert mean_figure([3.0, 5.0], ["a", "a"]) == Figure(value=4.0, low=4.0, high=4.0, n=2, units=1)
    assert mean_figure([2.0] * 9, range(9)) == Figure(value=2.0, low=2.0, high=2.0, n=9, units=9)


def test_the_same_values_give_the_same_figures() -> None:
    values = [float(at % 7) for at in range(50)]
    assert mean_figure(values, range(50)) == mean_figure(values, range(50))


def test_a_skewed_mean_has_a_longer_upper_side() -> None:
    values = list(np.random.default_rng(3).lognormal(0, 1, 80))
    figure = mean_figure(values, range(80))
    assert figure.high - figure.value > figure.value - figure.low


def test_any_statistic_can_have_an_interval() -> None:
    values = np.random.default_rng(4).normal(5, 1, 60)
    low, high = interval_of(lambda at: float(np.median(values[at])), range(60), 500)
    assert low < np.median(values) < high
    slow = interval_of(lambda at: float(values[at].mean()), range(60))
    figure = mean_figure(list(values), range(60))
    assert slow == pytest.approx((figure.low, figure.high), abs=0.03)


@pytest.mark.parametrize(("units", "size", "share"), [(100, 1, 0.9), (60, 2, 0.85), (25, 4, 0.7)])
def test_intervals_of_shares_hold_the_truth_about_19_times_of_20(units: int, size: int, share: float) -> None:
    """Half of the units answer as one. Over 400 samples the standard error of the coverage is 1.1 points."""
    chance, held = np.random.default_rng(5), 0
    for _ in range(400):
        alike, own = chance.random((units, 1)) < share, chance.random((units, size)) < share
        values = np.where(chance.random((units, 1)) < 0.5, alike, own).astype(float).ravel()
        figure = share_figure(values.tolist(), [at // size for at in range(units * size)])
        held += figure.low <= share <= figure.high
    assert 0.91 <= held / 400 <= 0.99


def test_intervals_of_means_hold_the_truth_about_19_times_of_20() -> None:
    chance, held = np.random.default_rng(6), 0
    for _ in range(150):
        values = (chance.gamma(4, 1, (60, 1)) + chance.normal(0, 1, (60, 2))).ravel()
        figure = mean_figure(values.tolist(), [at // 2 for at in range(120)])
        held += figure.low <= 4.0 <= figure.high
    assert 0.88 <= held / 150 <= 0.99


def test_naming_the_units_matters() -> None:
    """The same samples taken for independent hold the truth far less often: what the units are for."""
    chance, held = np.random.default_rng(7), 0
    for _ in range(300):
        values = np.repeat(chance.random(30) < 0.7, 6).astype(float)
        figure = share_figure(values.tolist(), range(180))
        held += figure.low <= 0.7 <= figure.high
    assert held / 300 < 0.75
