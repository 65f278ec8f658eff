"""A metric by slices."""

from __future__ import annotations

import numpy as np
import pytest

from evals.statistics.slices import Observed, slice_figures
from evals.suite import Metric
from tests.evals.statistics.made import DANGER, RIGHT, WAIT


def observed(values: list[tuple[str, float]], dimension: str = "region") -> list[Observed]:
    return [Observed(f"case-{at}", value, f"case-{at}", {dimension: slice_}) for at, (slice_, value) in enumerate(values)]


def test_a_small_slice_does_not_cry_wolf() -> None:
    """Three cases, one of them wrong, against 97 % of three hundred: bad luck."""
    values = [("apac", 1.0), ("apac", 1.0), ("apac", 0.0), *[("eu", float(at % 33 != 0)) for at in range(300)]]
    assert not any(one.worse for one in slice_figures(RIGHT, observed(values)))


def test_a_slice_that_is_really_worse_comes_first_and_is_marked() -> None:
    values = [("apac", float(at % 2)) for at in range(60)] + [("eu", float(at % 10 != 0)) for at in range(200)]
    first, second = slice_figures(RIGHT, observed(values))
    assert (first.name, first.worse, second.worse) == ("region: apac", True, False)
    assert (first.figure.value, first.rest) == (0.5, 0.9)


def test_fewer_dangers_are_not_worse() -> None:
    """Lower is better: the slice with many is marked, the slice without is not."""
    values = [("eu", float(at % 3 == 0)) for at in range(90)] + [("us", 0.0) for _ in range(90)]
    marked = [one.value for one in slice_figures(DANGER, observed(values)) if one.worse]
    assert marked == ["eu"]


def test_a_mean_that_is_longer_in_one_slice_is_found() -> None:
    chance = np.random.default_rng(1)
    values = [("de", float(chance.gamma(2, 200))) for _ in range(60)] + [("en", float(chance.gamma(2, 100))) for _ in range(60)]
    first = slice_figures(WAIT, observed(values))[0]
    assert (first.value, first.worse) == ("de", True)


def test_a_dimension_with_one_value_has_nothing_to_compare_with() -> None:
    (only,) = slice_figures(RIGHT, observed([("eu", 1.0), ("eu", 0.0)]))
    assert (only.rest, only.chance, only.worse) == (None, 1.0, False)


def test_cases_without_the_dimension_are_not_the_rest_of_it() -> None:
    cases = [*observed([("eu", 0.0), ("us", 1.0)]), Observed("x", 0.0, "x", {"tier": "gold"})]
    rest = {one.name: one.rest for one in slice_figures(RIGHT, cases)}
    assert rest == {"region: eu": 1.0, "region: us": 0.0, "tier: gold": None}


@pytest.mark.parametrize("metric", [RIGHT, WAIT])
def test_among_many_equal_slices_hardly_ever_one_is_marked(metric: Metric) -> None:
    """Twelve slices, cases in pairs of one text, nothing planted: at most a run in twenty may mark anything."""
    chance, wolves = np.random.default_rng(2), 0
    for _ in range(30):
        cases = [
            Observed(
                f"c{at}",
                float(chance.random() < 0.8) if metric is RIGHT else float(chance.lognormal(8, 1)),
                f"t{at // 2}",
                {"tier": "abcd"[chance.integers(0, 4)], "language": "abcdefgh"[chance.integers(0, 8)]},
            )
            for at in range(160)
        ]
        wolves += any(one.worse for one in slice_figures(metric, cases))
    assert wolves <= 4
