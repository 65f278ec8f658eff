"""What is said of shares: intervals that hold what they state, and comparisons that may be looked at again and again."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.rollouts.proportions import (
    Share,
    cases_needed,
    chance_of_as_many,
    clustered,
    difference,
    tail_of,
    weight_of,
    wilson,
    z_at_any_look,
)

Z_95 = 1.959964
COUNTS = st.integers(1, 5_000).flatmap(lambda cases: st.tuples(st.integers(0, cases), st.just(cases)))


def share(counts: tuple[int, int]) -> Share:
    return Share(*counts)


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((5, 56), (0, 29), -0.0381, 0.1926),
    ],
)
def test_the_interval_of_a_difference_is_newcombes(one: tuple[int, int], other: tuple[int, int], low: float, high: float) -> None:
    interval = difference(share(one), share(other), Z_95)
    assert (interval.low, interval.high) == (pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4))


def test_the_exact_test_is_fishers() -> None:
    assert chance_of_as_many(Share(3, 4), Share(1, 4)) == pytest.approx(17 / 70)


def test_a_share_without_cases_may_be_anything() -> None:
    assert (wilson(Share(), Z_95).low, wilson(Share(), Z_95).high) == (0.0, 1.0)
    assert z_at_any_look(weight_of(Share(), Share(1, 2)), 0.01) == math.inf


@given(COUNTS, COUNTS, st.floats(0.1, 6))
def test_intervals_hold_their_share_and_turn_around_with_the_arms(one: tuple[int, int], other: tuple[int, int], z: float) -> None:
    alone, apart, back = wilson(share(one), z), difference(share(one), share(other), z), difference(share(other), share(one), z)
    assert 0 <= alone.low <= alone.value <= alone.high <= 1
    assert -1 <= apart.low <= apart.value <= apart.high <= 1
    assert apart.low == pytest.approx(-back.high, abs=1e-9)


@given(COUNTS, COUNTS, st.floats(0.1, 3), st.floats(0, 3), st.integers(2, 9))
def test_more_certainty_is_wider_and_more_cases_are_narrower(
    one: tuple[int, int], other: tuple[int, int], z: float, more: float, times: int
) -> None:
    plain, certain = difference(share(one), share(other), z), difference(share(one), share(other), z + more)
    assert certain.low <= plain.low + 1e-12
    many = difference(Share(one[0] * times, one[1] * times), Share(other[0] * times, other[1] * times), z)
    assert many.low >= plain.low - 1e-12
    assert many.high <= plain.high + 1e-12


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=2, max_size=30))
def test_cases_of_clients_that_resemble_themselves_count_for_less(clients: list[tuple[int, int]]) -> None:
    sums = [(hits, hits + misses) for hits, misses in clients if hits + misses]
    found = clustered(
        sum(k for k, _ in sums),
        sum(n for _, n in sums),
        len(sums),
        sum(k * k for k, _ in sums),
        sum(n * n for _, n in sums),
        sum(k * n for k, n in sums),
    )
    assert found.design >= 1
    assert found.effective.cases <= found.cases
    assert found.effective.value == pytest.approx(found.value)


def test_ten_clients_who_always_say_the_same_are_worth_ten_cases() -> None:
    assert clustered(50, 100, 10, 5 * 100, 10 * 100, 5 * 100).effective.cases == pytest.approx(9.0)


@given(st.floats(1, 1e6), st.floats(1e-6, 0.2))
def test_looking_at_any_time_costs_more_than_looking_once(weight: float, alpha: float) -> None:
    assert tail_of(z_at_any_look(weight, alpha)) < alpha


def test_as_many_cases_as_needed_find_the_difference_in_four_of_five_experiments() -> None:
    cases, chance = cases_needed(0.325 * 0.675, 0.15), random.Random(5)
    found = 0
    for _ in range(400):
        one, other = (sum(chance.random() < rate for _ in range(cases)) for rate in (0.4, 0.25))
        found += difference(Share(one, cases), Share(other, cases), Z_95).low > 0
    assert 0.74 <= found / 400 <= 0.88
