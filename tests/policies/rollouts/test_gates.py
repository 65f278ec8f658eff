"""Gates: they do not trip by chance however often they are read, find what is twice as bad, and wait while there is too little to go by."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policy_life import Metric, RolloutGate
from policies.rollouts.gates import FALSE_TRIPS, Reading, default_gates, read_gate
from policies.rollouts.proportions import Share, clustered

COUNTS = st.integers(0, 3_000).flatmap(lambda cases: st.tuples(st.integers(0, cases), st.just(cases)))
STATISTICAL = st.sampled_from([metric for metric in Metric if metric is not Metric.FORBIDDEN])
LOOKS, CASES_A_LOOK = 1_000, 8


def gate(metric: Metric = Metric.ESCALATIONS, most_worse: float = 0.0, minimum: int = 30) -> RolloutGate:
    return RolloutGate(metric=metric, most_worse=most_worse, minimum=minimum)


def tripped_after(chance: random.Random, watched: RolloutGate, percent: float, candidate: float, active: float, looks: int) -> int | None:
    """Cases of the candidate when the gate tripped, read after every few cases; None when it never did."""
    hits, cases = {True: 0, False: 0}, {True: 0, False: 0}
    for _ in range(looks):
        for _ in range(CASES_A_LOOK):
            arm = chance.random() < percent / 100
            cases[arm] += 1
            hits[arm] += chance.random() < (candidate if arm else active)
        if hits[True] * cases[False] <= hits[False] * cases[True]:
            continue  # looks no worse: a law below says that it does not trip
        if read_gate(watched, Share(hits[True], cases[True]), Share(hits[False], cases[False])).reading is Reading.TRIP:
            return cases[True]
    return None


@pytest.mark.parametrize(("percent", "rate"), [(10, 0.01), (5, 0.3), (50, 0.05)])
def test_a_thousand_looks_at_two_equal_versions_trip_no_more_often_than_stated(percent: float, rate: float) -> None:
    runs = 40
    chance = random.Random(f"{percent} {rate}")
    trips = sum(tripped_after(chance, gate(), percent, rate, rate, LOOKS) is not None for _ in range(runs))
    assert trips <= FALSE_TRIPS * runs + 2  # in 40 runs of 1 % each, more than two are a chance of 1 in 130


@pytest.mark.parametrize(("rate", "within"), [(0.2, 600), (0.3, 160), (0.4, 90)])
def test_twice_the_escalations_are_found_within_a_stated_number_of_cases(rate: float, within: int) -> None:
    chance = random.Random(rate)
    found = [tripped_after(chance, gate(most_worse=0.1), 10, 2 * rate, rate, LOOKS) for _ in range(40)]
    assert sum(cases is not None and cases <= within for cases in found) >= 36


@given(st.integers(1, 50), st.integers(0, 500), COUNTS)
def test_the_first_forbidden_outcome_trips(hits: int, more: int, active: tuple[int, int]) -> None:
    read = read_gate(gate(Metric.FORBIDDEN), Share(hits, hits + more), Share(*active))
    assert read.reading is Reading.TRIP
    assert "the first one is one too many" in read.because


@given(STATISTICAL, COUNTS, COUNTS, st.floats(0, 0.5))
def test_too_few_cases_never_pass(metric: Metric, candidate: tuple[int, int], active: tuple[int, int], most_worse: float) -> None:
    read = read_gate(gate(metric, most_worse, candidate[1] + 1), Share(*candidate), Share(*active))
    assert read.reading is not Reading.PASS


@given(STATISTICAL, COUNTS, COUNTS, st.floats(0, 0.5))
def test_a_candidate_that_looks_no_worse_never_trips_and_one_that_looks_too_bad_never_passes(
    metric: Metric, candidate: tuple[int, int], active: tuple[int, int], most_worse: float
) -> None:
    read = read_gate(gate(metric, most_worse, 1), Share(*candidate), Share(*active))
    if read.difference <= most_worse:
        assert read.reading is not Reading.TRIP
    else:
        assert read.reading is not Reading.PASS


@given(STATISTICAL, COUNTS, COUNTS, st.floats(0, 0.4), st.floats(0, 0.1))
def test_a_gate_that_allows_more_trips_less_and_passes_more(
    metric: Metric, candidate: tuple[int, int], active: tuple[int, int], most_worse: float, more: float
) -> None:
    order = [Reading.TRIP, Reading.HOLD, Reading.PASS]
    strict, lax = (read_gate(gate(metric, limit, 1), Share(*candidate), Share(*active)) for limit in (most_worse, most_worse + more))
    assert order.index(strict.reading) <= order.index(lax.reading)


@given(COUNTS, COUNTS, st.floats(1, 20))
def test_cases_that_resemble_each_other_are_weaker_evidence(candidate: tuple[int, int], active: tuple[int, int], design: float) -> None:
    alone = read_gate(gate(), Share(*candidate), Share(*active))
    alike = read_gate(gate(), Share(*candidate, design), Share(*active, design))
    if alike.reading is Reading.TRIP:
        assert alone.reading is Reading.TRIP


def test_one_client_who_always_gets_the_same_is_no_proof_and_many_are() -> None:
    active = clustered(300, 1_000, 100, 300 * 7, 1_000 * 10, 300 * 8.5)  # clients of ten cases that resemble each other
    assert active.likeness > 0.3
    one, many = clustered(60, 60, 1, 3_600, 3_600, 3_600), clustered(60, 60, 60, 60, 60, 60)
    assert (read_gate(gate(), one, active).reading, read_gate(gate(), many, active).reading) == (Reading.HOLD, Reading.TRIP)
    nowhere_else = clustered(0, 1_000, 100, 0, 10_000, 0)
    assert read_gate(gate(), one, nowhere_else).reading is Reading.TRIP


def test_a_reading_says_its_figures() -> None:
    tripped = read_gate(gate(most_worse=0.1), Share(60, 80), Share(200, 800))
    assert tripped.because == (
        "Cases that go to a person alone: 60 of 80 (75.0 %) of the candidate, 200 of 800 (25.0 %) of the active version; "
        "at least 30.5 points more, and 10.0 points are allowed."
    )
    waiting = read_gate(gate(minimum=50), Share(3, 20), Share(30, 200))
    assert (waiting.reading, waiting.because.endswith("; 50 cases are needed.")) == (Reading.HOLD, True)


def test_a_version_that_is_alike_passes_every_default_gate_with_some_hundred_cases() -> None:
    for one in default_gates("strategic"):
        rate = {Metric.FORBIDDEN: 0.0, Metric.ERRORS: 0.0}.get(one.metric, 0.3)
        cases = 100 if one.tier else 400
        assert read_gate(one, Share(round(rate * cases), cases), Share(round(rate * cases * 9), cases * 9)).reading is Reading.PASS, one


def test_what_must_hold_is_guarded_for_everybody_and_for_the_highest_tier_apart() -> None:
    assert {(one.metric, one.tier) for one in default_gates("vip")} == {(metric, tier) for metric in Metric for tier in (None, "vip")}
