"""Off-policy estimates on worlds whose truth is known: unbiased where decisions were tried, refused where they were not."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from evals.production.off_policy import Estimate, Logged, OffPolicy, off_policy

WORLDS = 200
COVERED = 0.93
CLIENTS, SHARE = 150, 0.3
METHODS = ("direct method", "inverse propensity", "self-normalised", "doubly robust")


def outcomes(severity: np.ndarray, other: np.ndarray, curved: bool) -> np.ndarray:
    """The chance of a bad end: graver cases end worse, and the candidate's way is better for grave ones alone."""
    chance = 0.25 + 0.08 * severity - other * (0.02 + 0.09 * severity)
    return np.clip(chance + (0.06 * (severity**2 - 1) if curved else 0.0), 0.02, 0.98)


def world(seed: int, *, share: float = SHARE, untried: float = 0.0, curved: bool = False) -> Logged:
    """A canary for a share of the clients; the target is the candidate."""
    draw = np.random.default_rng(seed)
    habit = draw.normal(0, 0.4, CLIENTS)
    clients = np.repeat(np.arange(CLIENTS), 1 + draw.poisson(3, CLIENTS))
    severity = np.clip(draw.normal(0, 1, len(clients)) + habit[clients], -2.2, 2.2)
    differs = severity > -0.4
    candidate = (draw.random(CLIENTS) < share)[clients]
    never = draw.random(len(clients)) < untried
    followed = (~differs | candidate) & ~never
    other = (differs & candidate).astype(float)
    outcome = (draw.random(len(clients)) < outcomes(severity, other, curved)).astype(float)
    chance = np.where(never, 0.0, np.where(differs, share, 1.0))
    return Logged(
        clients, np.stack([severity, severity * differs, differs.astype(float)], axis=1), outcome, chance, followed, differs | never
    )


@cache
def truth(curved: bool) -> float:
    """The expected outcome under the candidate, from a million decisions of many clients."""
    draw = np.random.default_rng(0)
    severity = np.clip(draw.normal(0, 1, 2_000_000) + draw.normal(0, 0.4, 2_000_000), -2.2, 2.2)
    return float(outcomes(severity, (severity > -0.4).astype(float), curved).mean())


@cache
def estimated(curved: bool) -> list[OffPolicy]:
    return [off_policy("overruled", world(seed, curved=curved)) for seed in range(WORLDS // 2 if curved else WORLDS)]


def by_method(found: OffPolicy) -> dict[str, Estimate]:
    return {one.method: one for one in found.estimates}


@pytest.mark.parametrize("method", METHODS)
def test_the_truth_lies_in_the_interval_in_most_worlds(method: str) -> None:
    held = [by_method(one)[method].low <= truth(False) <= by_method(one)[method].high for one in estimated(False)]
    assert sum(held) >= COVERED * WORLDS


@pytest.mark.parametrize("method", METHODS)
def test_no_estimator_leans_to_one_side(method: str) -> None:
    errors = np.array([by_method(one)[method].value - truth(False) for one in estimated(False)])
    assert abs(errors.mean()) <= 3 * errors.std() / np.sqrt(WORLDS) + 0.005


@pytest.mark.parametrize("method", METHODS[1:])
def test_known_propensities_save_a_model_that_is_wrong(method: str) -> None:
    held = [by_method(one)[method].low <= truth(True) <= by_method(one)[method].high for one in estimated(True)]
    assert sum(held) >= COVERED * len(held)


def test_the_doubly_robust_estimate_is_the_surest_of_those_that_lean_on_propensities() -> None:
    widths = {method: np.mean([by_method(one)[method].high - by_method(one)[method].low for one in estimated(False)]) for method in METHODS}
    assert widths["doubly robust"] < widths["inverse propensity"]


def test_the_bounds_hold_the_truth_and_the_estimate() -> None:
    for one in estimated(False)[:50]:
        assert one.low <= by_method(one)["doubly robust"].value <= one.high


def test_without_overlap_no_point_is_estimated_and_the_bounds_are_wide() -> None:
    logged = world(1, share=0.0)
    found = off_policy("overruled", logged)
    assert (found.estimates, found.effect, found.tried) == ((), None, 0.0)
    assert found.says.startswith("No overlap")
    assert found.low <= truth(False) <= found.high
    assert found.high - found.low > found.changed


def test_a_canary_of_a_handful_of_clients_is_refused_too() -> None:
    found = off_policy("overruled", world(3, share=0.02))
    assert found.estimates == ()
    assert found.says.startswith("No overlap to speak of")


def test_half_an_overlap_says_of_which_decisions_the_estimates_speak() -> None:
    found = off_policy("overruled", world(4, untried=0.5))
    assert found.estimates
    assert 0.2 < found.tried < 0.8
    assert "Only" in found.says
    assert found.high - found.low > 0.4


def test_a_target_that_changes_nothing_comes_to_what_happened() -> None:
    logged = world(5)
    same = Logged(
        logged.clients,
        logged.features,
        logged.outcome,
        np.ones(len(logged.outcome)),
        np.ones(len(logged.outcome), bool),
        np.zeros(len(logged.outcome), bool),
    )
    found = off_policy("overruled", same)
    assert found.changed == 0
    assert by_method(found)["inverse propensity"].value == pytest.approx(found.happened)
    assert found.effect is not None
    assert found.effect.value == pytest.approx(0)


def test_an_outcome_that_never_happened_is_not_certain() -> None:
    logged = world(7)
    found = off_policy("overruled", replace(logged, outcome=np.zeros(len(logged.outcome))))
    for one in found.estimates:
        assert (one.value, one.low) == (pytest.approx(0), pytest.approx(0))
        assert one.high > 0.02
    assert found.effect is not None
    assert found.effect.low < 0 < found.effect.high


def test_a_few_clients_tell_nothing() -> None:
    logged = world(8)
    found = off_policy("overruled", logged.taken(logged.clients < 5))
    assert (found.estimates, found.low, found.high) == ((), 0.0, 1.0)
    assert "nothing can be said below 10" in found.says


def test_no_decision_with_a_known_outcome_says_so() -> None:
    logged = world(6)
    found = off_policy("csat", logged.taken(np.zeros(len(logged.outcome), bool)), 1.0, 5.0)
    assert (found.cases, found.low, found.high) == (0, 1.0, 5.0)
    assert "Of no decision" in found.says
