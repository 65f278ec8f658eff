"""What becomes of a canary: never forward past a gate that does not pass, and back at the first that trips."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.policy_life import CanaryStep, Metric, Release, RolloutGate, Stage
from domain.rollout_views import Count
from policies.rollouts.gates import GateReading, Reading, default_gates
from policies.rollouts.promotion import Move, counted_since, gates_of, next_move, readings

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
STEPS = (CanaryStep(percent=5, hold_s=600), CanaryStep(percent=25, hold_s=3_600), CanaryStep(percent=50, hold_s=60))
GATE = RolloutGate(metric=Metric.FORBIDDEN, minimum=10)


def running(percent: float = 5, since_s: float = 7_200, **changes: Any) -> Release:
    began = NOW - timedelta(seconds=since_s)
    given: dict[str, Any] = {"stage": Stage.CANARY, "steps": STEPS, "started_at": began - timedelta(hours=1), "step_at": began, **changes}
    return Release(name="p", active="a", candidate="c", percent=percent, updated_at=began, **given)


def says(*words: Reading) -> list[GateReading]:
    return [
        GateReading(
            gate=GATE,
            reading=word,
            candidate_hits=0,
            candidate_cases=1,
            active_hits=0,
            active_cases=1,
            difference=0,
            low=0,
            high=0,
            because=f"It says {word}.",
        )
        for word in words
    ]


def count(digest: str, metric: str, hits: float, cases: float, tier: str | None = None) -> Count:
    return Count(digest=digest, tier=tier, metric=metric, hits=hits, cases=cases, clients=int(cases), hits2=hits, cases2=cases, cross=hits)


@pytest.mark.parametrize(
    ("release", "read", "move", "percent"),
    [
        (running(), says(Reading.PASS, Reading.PASS), Move.PROMOTE, 25),
        (running(25), says(Reading.PASS), Move.PROMOTE, 50),
        (running(7), says(Reading.PASS), Move.PROMOTE, 25),
        (running(50), says(Reading.PASS), Move.ACTIVATE, 0),
        (running(since_s=599), says(Reading.PASS), Move.WAIT, 0),
        (running(25, since_s=601), says(Reading.PASS), Move.WAIT, 0),
        (running(), says(Reading.PASS, Reading.HOLD), Move.WAIT, 0),
        (running(), says(Reading.PASS, Reading.TRIP), Move.ROLL_BACK, 0),
        (running(since_s=1), says(Reading.TRIP), Move.ROLL_BACK, 0),
        (running(held_because="Somebody looks."), says(Reading.PASS), Move.WAIT, 0),
        (running(held_because="Somebody looks."), says(Reading.TRIP), Move.ROLL_BACK, 0),
        (running(steps=()), says(Reading.PASS), Move.WAIT, 0),
        (running(steps=()), says(Reading.TRIP), Move.ROLL_BACK, 0),
        (running(stage=Stage.SHADOW, percent=0), says(Reading.TRIP), Move.WAIT, 0),
        (running(started_at=None), says(Reading.TRIP), Move.WAIT, 0),
    ],
)
def test_the_next_move(release: Release, read: list[GateReading], move: Move, percent: float) -> None:
    found = next_move(release, read, NOW)
    assert (found.move, found.percent) == (move, percent)
    assert found.because


@given(
    st.lists(st.sampled_from(Reading), min_size=1, max_size=6),
    st.floats(0.5, 100),
    st.floats(0, 10_000),
    st.lists(st.floats(0.5, 100), max_size=4, unique=True),
)
def test_a_share_only_grows_and_only_when_every_gate_passes(
    words: list[Reading], percent: float, since_s: float, steps: list[float]
) -> None:
    release = running(percent, since_s, steps=tuple(CanaryStep(percent=step, hold_s=60) for step in sorted(steps)))
    found = next_move(release, says(*words), NOW)
    if Reading.TRIP in words:
        assert found.move is Move.ROLL_BACK
    if found.move in (Move.PROMOTE, Move.ACTIVATE):
        assert set(words) == {Reading.PASS}
    if found.move is Move.PROMOTE:
        assert found.percent > percent


def test_a_rollout_that_names_no_gates_has_the_default_ones() -> None:
    assert gates_of(running(), "vip") == default_gates("vip")
    assert gates_of(running(gates=(GATE,)), "vip") == (GATE,)


def test_a_gate_of_a_tier_reads_that_tier_alone() -> None:
    gates = (RolloutGate(metric=Metric.FORBIDDEN), RolloutGate(metric=Metric.FORBIDDEN, tier="strategic"))
    counts = [count("c", "forbidden", 0, 90, "standard"), count("c", "forbidden", 1, 10, "strategic"), count("c", "forbidden", 1, 100)]
    assert [(one.candidate_hits, one.candidate_cases) for one in readings(running(gates=gates), counts, "strategic")] == [(1, 100), (1, 10)]
    assert [one.candidate_cases for one in readings(running(gates=gates), counts[:1], "strategic")] == [0, 0]


PROMISES = RolloutGate(metric=Metric.SLA_BREACHES, most_worse=0.05, minimum=50)


@pytest.mark.parametrize(
    ("broken", "all_cases", "settled", "reading"),
    [
        (0, 1_000, 0, Reading.HOLD),
        (0, 1_000, 49, Reading.HOLD),
        (0, 1_000, 400, Reading.PASS),
        (10, 1_000, 10, Reading.HOLD),
        (30, 1_000, 60, Reading.HOLD),
        (400, 1_000, 400, Reading.TRIP),
    ],
    ids=["none due", "too few due", "kept", "the first that are late", "half of what is due", "late whatever comes"],
)
def test_promises_pass_by_what_is_settled_and_trip_by_what_is_broken_whatever_comes(
    broken: int, all_cases: int, settled: int, reading: Reading
) -> None:
    counts = [
        count("c", "sla_breaches", broken, all_cases),
        count("a", "sla_breaches", 0, 1_000),
        count("c", "sla_settled", broken, settled),
        count("a", "sla_settled", 0, 900),
    ]
    [found] = readings(running(gates=(PROMISES,)), counts, "strategic")
    assert found.reading is reading, found.because
    assert found.candidate_cases == (all_cases if reading is Reading.TRIP else settled)


def test_in_shadow_only_what_the_candidate_would_have_done_is_read() -> None:
    counts = [count("c", "compared_errors", 3, 50), count("c", "forbidden", 0, 50), count("a", "errors", 0, 50)]
    read = readings(running(stage=Stage.SHADOW, percent=0), counts, "strategic")
    assert {one.gate.metric for one in read} == {Metric.FORBIDDEN, Metric.ERRORS}
    assert [(one.candidate_hits, one.candidate_cases) for one in read if one.gate.metric is Metric.ERRORS and not one.gate.tier] == [
        (3, 50)
    ]


def test_a_step_counts_from_its_beginning_until_nobody_is_left_to_compare_with() -> None:
    assert counted_since(running(50)) == NOW - timedelta(seconds=7_200)
    assert counted_since(running(100)) == NOW - timedelta(seconds=10_800)
