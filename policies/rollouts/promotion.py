"""What becomes of a running canary, told by its gates: pure, so that every way can be tried."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.policy_life import CanaryStep, Metric, Release, RolloutGate, Stage
from domain.rollout_views import Count
from policies.rollouts.gates import GateReading, Reading, default_gates, read_gate
from policies.rollouts.proportions import Share, clustered

EVERYBODY = 100.0
COMPARED_ERRORS = "compared_errors"
SETTLED_PROMISES = "sla_settled"
"""Broken promises among those of which it is known by now what became of them."""


class Move(StrEnum):
    """What the roller does."""

    WAIT = "wait"
    PROMOTE = "promote"
    ACTIVATE = "activate"
    ROLL_BACK = "roll_back"


@dataclass(frozen=True)
class NextMove:
    """A move with its reason; `percent` is the share that a promotion goes to."""

    move: Move
    because: str
    percent: float = 0.0


def gates_of(release: Release, highest_tier: str) -> tuple[RolloutGate, ...]:
    """The gates of a rollout: its own, or the default ones. None runs without."""
    return release.gates or default_gates(highest_tier)


def counted_since(release: Release) -> datetime | None:
    """When the span began that gates look at: the present step, or the whole rollout once nobody is left to compare with."""
    return release.started_at if release.percent >= EVERYBODY or release.step_at is None else release.step_at


def readings(release: Release, counts: Sequence[Count], highest_tier: str) -> list[GateReading]:
    """What each gate says. In shadow nothing of the candidate took effect, so only forbidden outcomes and its errors are read.

    A promise that is not due yet counts as kept where a trip is asked for, and not at all where a pass is: it may still be broken.
    What is settled already is nothing to trip by, since a broken promise is known sooner than a kept one.
    """
    shares = {(one.digest, one.metric, one.tier): _share(one) for one in counts}
    if release.stage is Stage.SHADOW:
        metrics = {Metric.FORBIDDEN: Metric.FORBIDDEN, Metric.ERRORS: COMPARED_ERRORS}
    else:
        metrics = {metric: metric for metric in Metric}

    def arms(gate: RolloutGate, candidate: str, active: str) -> tuple[Share, Share]:
        pair = ((release.candidate or "", candidate), (release.active, active))
        first, second = (shares.get((digest, metric, gate.tier), Share()) for digest, metric in pair)
        return first, second

    def read(gate: RolloutGate) -> GateReading:
        found = read_gate(gate, *arms(gate, metrics[gate.metric], gate.metric))
        if gate.metric is not Metric.SLA_BREACHES or found.reading is Reading.TRIP:
            return found
        return read_gate(gate, *arms(gate, SETTLED_PROMISES, SETTLED_PROMISES), may_trip=False)

    return [read(gate) for gate in gates_of(release, highest_tier) if gate.metric in metrics]


def next_move(release: Release, read: Sequence[GateReading], now: datetime) -> NextMove:
    """Roll back when a gate trips; go on when the step has lasted and every gate passes; wait otherwise.

    A shadow is never moved by itself, nor is what a person has to look at first; a trip ends a canary whatever else it waits for.
    """
    if release.stage is not Stage.CANARY or release.started_at is None:
        return NextMove(Move.WAIT, "Only a canary that runs is moved by its gates.")
    if tripped := [one.because for one in read if one.reading is Reading.TRIP]:
        return NextMove(Move.ROLL_BACK, " ".join(tripped))
    if release.held_because is not None:
        return NextMove(Move.WAIT, release.held_because)
    if not release.steps:
        return NextMove(Move.WAIT, "The rollout has no steps: a person moves it on, the gates only guard it.")
    due = (release.step_at or release.started_at) + timedelta(seconds=_present(release).hold_s)
    if now < due:
        return NextMove(Move.WAIT, f"This step lasts until {due:%Y-%m-%d %H:%M:%S} UTC.")
    if undecided := [one.because for one in read if one.reading is not Reading.PASS]:
        return NextMove(Move.WAIT, " ".join(undecided))
    passed = " ".join(one.because for one in read)
    larger = [step.percent for step in release.steps if step.percent > release.percent]
    return NextMove(Move.PROMOTE, passed, larger[0]) if larger else NextMove(Move.ACTIVATE, passed)


def _present(release: Release) -> CanaryStep:
    """The step that the present share stands for: the largest that is no larger."""
    begun = [step for step in release.steps if step.percent <= release.percent]
    return begun[-1] if begun else CanaryStep(percent=release.percent or EVERYBODY, hold_s=0)


def _share(count: Count) -> Share:
    return clustered(count.hits, count.cases, count.clients, count.hits2, count.cases2, count.cross)
