"""Differences between two answers to the same cases."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.comparing.paired import ENUMERATED, Difference, Pair, mcnemar, mean_difference, share_difference, sign_flips, tango


def pairs(ups: int, downs: int, same: int, *, units: int | None = None) -> list[Pair]:
    told = [(0.0, 1.0)] * ups + [(1.0, 0.0)] * downs + [(1.0, 1.0)] * same
    return [Pair(str(at % (units or len(told))), before, after) for at, (before, after) in enumerate(told)]


def test_mcnemar_is_the_binomial_split_of_the_flips() -> None:
    assert mcnemar(6, 0) == pytest.approx(2 / 64)
    assert mcnemar(2, 12) == pytest.approx(2 * (1 + 14 + 91) / 2**14)
    assert (mcnemar(0, 0), mcnemar(1, 0), mcnemar(4, 4)) == (1.0, 1.0, 1.0)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(1, 200))
def test_the_score_interval_ends_where_the_score_reaches_its_quantile(ups: int, downs: int, same: int) -> None:
    total = ups + downs + same
    low, high = tango(ups, downs, total)
    assert -1 <= low <= (ups - downs) / total <= high <= 1
    assert tango(downs, ups, total) == pytest.approx((-high, -low), abs=1e-9)
    if not ups and not downs:
        assert high == pytest.approx(1.959964**2 / (total + 1.959964**2))


@given(st.integers(0, 9), st.integers(0, 9))
def test_the_interval_leaves_nothing_out_whenever_the_exact_test_says_so(ups: int, downs: int) -> None:
    low, high = tango(ups, downs, 400)
    if mcnemar(ups, downs) <= 0.05:
        assert not low <= 0 <= high


def test_cases_of_one_unit_are_no_independent_witnesses() -> None:
    alone, together = share_difference(pairs(0, 8, 12)), share_difference(pairs(0, 8, 12, units=4))
    assert alone.chance == pytest.approx(2 / 2**8)
    assert together.chance > 0.1
    assert together.value == alone.value == -0.4


def test_few_changed_cases_prove_nothing_of_a_mean() -> None:
    three = [Pair(str(at), 0.0, 500.0 if at < 3 else 0.0) for at in range(100)]
    found = mean_difference(three)
    assert (found.value, found.chance) == (15.0, 0.25)


def test_nothing_changed_is_no_difference_at_all() -> None:
    assert mean_difference([Pair(str(at), float(at), float(at)) for at in range(9)]) == share_like(0.0, 1.0)
    assert share_difference(pairs(0, 0, 9)).chance == 1.0


def share_like(value: float, chance: float) -> Difference:
    return Difference(value, value, value, chance, least=1.0)


def test_drawn_flips_come_near_to_all_flips() -> None:
    sums = [-1.0, *(float(at) for at in range(2, ENUMERATED - 2)), -7.5, -8.5, -9.5]
    exact, drawn = sign_flips(sums), sign_flips([*sums, 1e-13])
    assert len(sums) == ENUMERATED
    assert 0.05 < exact < 0.95
    assert math.isclose(drawn, exact, abs_tol=0.02)
