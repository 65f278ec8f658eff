"""An experiment says which version is better once it has enough data, and until then that it has not."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rollout_views import Count, Mean
from policies.rollouts.experiment import MEANS, SHARES, Conclusion, Measure, experiment_report, mean_report, share_report
from policies.rollouts.proportions import Share

SLA, ESCALATED = SHARES[0], SHARES[1]
FIRST_RESPONSE, CSAT = MEANS


def mean(metric: str, digest: str, value: float, deviation: float, cases: int) -> Mean:
    return Mean(digest=digest, metric=metric, cases=cases, mean=value, deviation=deviation)


@given(st.integers(0, 5_000), st.integers(0, 5_000), st.floats(0, 1), st.floats(0, 1))
def test_nothing_is_concluded_before_there_is_enough(one: int, other: int, rate: float, other_rate: float) -> None:
    report = share_report(SLA, Share(round(rate * one), one), Share(round(other_rate * other), other))
    assert report["enough_data"] is (min(one, other) >= report["cases_needed"])
    assert (report["conclusion"] == Conclusion.NOT_ENOUGH) is not report["enough_data"]


@pytest.mark.parametrize(
    ("measure", "active", "candidate", "conclusion"),
    [
        (SLA, (800, 1_000), (900, 1_000), Conclusion.BETTER),
        (SLA, (900, 1_000), (800, 1_000), Conclusion.WORSE),
        (ESCALATED, (240, 1_200), (360, 1_200), Conclusion.WORSE),
        (ESCALATED, (300, 1_500), (301, 1_500), Conclusion.ALIKE),
        (ESCALATED, (3, 15), (15, 15), Conclusion.NOT_ENOUGH),
    ],
)
def test_more_of_the_good_is_better_and_more_of_the_bad_is_worse(
    measure: Measure, active: tuple[int, int], candidate: tuple[int, int], conclusion: str
) -> None:
    assert share_report(measure, Share(*active), Share(*candidate))["conclusion"] == conclusion


def test_the_cases_of_few_clients_are_worth_less() -> None:
    alone = share_report(SLA, Share(1_600, 2_000), Share(1_800, 2_000))
    alike = share_report(SLA, Share(1_600, 2_000, design=20), Share(1_800, 2_000, design=20))
    assert (alone["enough_data"], alike["enough_data"], alike["cases_reached"]) == (True, False, 100)


def test_a_mean_is_compared_with_what_matters_of_it() -> None:
    slower = mean_report(FIRST_RESPONSE, mean("first_response_s", "a", 600, 300, 900), mean("first_response_s", "c", 800, 300, 900))
    assert (slower["least_that_matters"], slower["conclusion"]) == (120.0, Conclusion.WORSE)
    assert mean_report(CSAT, mean("csat", "a", 4.0, 1.0, 20), mean("csat", "c", 4.9, 0.3, 20))["conclusion"] == Conclusion.NOT_ENOUGH
    assert mean_report(CSAT, mean("csat", "a", 4.0, 1.0, 300), mean("csat", "c", 4.5, 1.0, 300))["conclusion"] == Conclusion.BETTER
    assert mean_report(CSAT, None, mean("csat", "c", 4.9, 0.3, 20))["difference"] is None


def test_two_equal_versions_are_told_apart_in_one_of_twenty_experiments_at_most() -> None:
    chance, wrong = random.Random(3), 0
    for _ in range(200):
        arms = [Share(sum(chance.random() < 0.2 for _ in range(1_010)), 1_010) for _ in range(2)]
        wrong += share_report(ESCALATED, *arms)["conclusion"] in (Conclusion.BETTER, Conclusion.WORSE)
    assert wrong <= 17  # 200 experiments at 5 %: more than that is a chance of 1 in 50


def test_an_experiment_shows_every_outcome_also_one_that_was_never_seen() -> None:
    counts = [Count(digest="c", tier=None, metric="escalated", hits=5, cases=10, clients=10, hits2=5, cases2=10, cross=5)]
    report = {one["metric"]: one for one in experiment_report("a", "c", counts, [])}
    assert set(report) == {one.metric for one in (*SHARES, *MEANS)}
    assert (report["escalated"]["arms"]["candidate"]["value"], report["escalated"]["arms"]["active"]["cases"]) == (0.5, 0)
    assert {one["conclusion"] for one in report.values()} == {Conclusion.NOT_ENOUGH}
