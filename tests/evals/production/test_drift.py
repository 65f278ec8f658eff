"""Drift is found when it is there, hardly ever when it is not, and never in too few decisions."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from domain.eval_window import WindowSample
from evals.production.distributions import chi_square_tail, kolmogorov_tail, numbers_apart, stability_index, words_apart
from evals.production.drift import drift

PAIRS = 100
LANGUAGES, INTENTS, TIERS = (
    ("en", "de", "fr", "es"),
    ("outage", "billing", "how_to", "defect", "refund"),
    ("strategic", "premium", "standard"),
)


def named(names: tuple[str, ...], which: Any) -> tuple[str, ...]:
    return tuple(names[int(one)] for one in which)


def window(
    seed: int,
    cases: int = 400,
    clients: int = 80,
    *,
    spanish: float = 0.1,
    overruled: float = 0.1,
    sure: float = 0.0,
    stake: float = 0.0,
) -> WindowSample:
    """Decisions of clients who each have a language, a tier and habits of their own."""
    draw = np.random.default_rng(seed)
    of_client = draw.integers(0, clients, cases)
    languages = np.where(draw.random(clients) < spanish, 3, draw.integers(0, 3, clients))[of_client]
    tiers = draw.choice(3, clients, p=(0.1, 0.3, 0.6))[of_client]
    habits = draw.dirichlet(np.full(5, 2.0), clients)
    intents = np.array([draw.choice(5, p=habits[client]) for client in of_client])
    worth = np.exp(draw.normal(stake, 1.0, clients))[of_client] * draw.uniform(0.9, 1.1, cases)
    confidence = np.clip(draw.beta(6, 3, cases) + draw.normal(0, 0.05, clients)[of_client], 0.01, 0.99)
    right = draw.random(cases) < np.clip(confidence - sure, 0, 1)
    ruled = draw.random(cases) < 0.6
    changed = draw.random(cases) < np.clip(overruled + draw.normal(0, 0.03, clients)[of_client], 0, 1)
    return WindowSample(
        clients=tuple(int(one) for one in of_client),
        words={
            "language": named(LANGUAGES, languages),
            "tier": named(TIERS, tiers),
            "intent": named(INTENTS, intents),
        },
        numbers={"at stake": tuple(map(float, worth)), "confidence": tuple(map(float, confidence))},
        overruled=tuple(map(bool, changed)),
        confidence=tuple(map(float, confidence)),
        kept=tuple(bool(one) if asked else None for one, asked in zip(right, ruled, strict=True)),
    )


def test_equal_windows_raise_no_more_false_alarms_than_promised() -> None:
    alarms = sum(bool(drift(window(2 * pair, 300, 100), window(2 * pair + 1, 300, 100)).drifted) for pair in range(PAIRS))
    assert alarms <= 0.05 * PAIRS


def test_the_tests_alone_keep_their_level_on_clients_who_repeat_themselves() -> None:
    chances = [
        [one.chance for one in drift(window(2 * pair, 400, 60), window(2 * pair + 1, 400, 60)).findings if one.chance is not None]
        for pair in range(1_000, 1_000 + PAIRS // 2)
    ]
    assert sum(min(found) <= 0.05 for found in chances) <= 0.05 * len(chances) + 2 * math.sqrt(0.05 * 0.95 * len(chances))


@pytest.mark.parametrize(
    ("planted", "found"),
    [
        ({"spanish": 0.45}, "language"),
        ({"overruled": 0.35}, "overruled"),
        ({"sure": 0.25}, "overconfidence"),
        ({"stake": 1.0}, "at stake"),
    ],
)
def test_a_planted_drift_is_found_named_and_stands_first(planted: dict[str, float], found: str) -> None:
    report = drift(window(1, 1_200, 300), window(2, 1_200, 300, **planted))
    assert found in [one.feature for one in report.drifted]
    assert all(one.drifted for one in report.findings[: len(report.drifted)])
    other = {"language", "overruled", "overconfidence", "at stake", "tier", "intent"} - {found}
    assert not other & {one.feature for one in report.drifted}


def test_what_changed_is_said_in_words() -> None:
    report = drift(window(1, 1_200, 300), window(2, 1_200, 300, spanish=0.45))
    [worst] = [one for one in report.drifted if one.feature == "language"]
    assert worst.says.startswith("language: es ")
    assert "→" in worst.says


@pytest.mark.parametrize(("cases", "clients"), [(50, 40), (400, 5)])
def test_too_few_decisions_or_clients_are_said_and_not_tested(cases: int, clients: int) -> None:
    report = drift(window(1), window(2, cases, clients, spanish=0.9))
    assert report.findings == ()
    assert "The new window has" in report.untested[0]


def test_few_rulings_leave_calibration_untested() -> None:
    quiet = window(2).model_copy(update={"kept": (None,) * 400})
    report = drift(window(1), quiet)
    assert "need 100 in each" in report.untested[0]
    assert "calibration error" not in {one.feature for one in report.findings}
    assert report.findings


@pytest.mark.parametrize(
    ("statistic", "freedom", "tail"), [(3.841459, 1, 0.05), (16.918978, 9, 0.05), (29.588298, 10, 0.001), (2.0, 4, 0.735759)]
)
def test_the_tail_of_chi_square_is_that_of_the_tables(statistic: float, freedom: int, tail: float) -> None:
    assert chi_square_tail(statistic, freedom) == pytest.approx(tail, rel=1e-5)


@pytest.mark.parametrize(("value", "tail"), [(1.3581, 0.05), (1.6276, 0.01), (0.1, 1.0)])
def test_the_tail_of_kolmogorov_is_that_of_the_tables(value: float, tail: float) -> None:
    assert kolmogorov_tail(value) == pytest.approx(tail, rel=2e-3)


def test_the_index_is_nothing_between_equals_and_symmetric() -> None:
    assert stability_index([10, 20, 30], [10, 20, 30]) == 0
    assert stability_index([100, 200], [200, 100]) == pytest.approx(stability_index([200, 100], [100, 200]))
    assert stability_index([500, 500], [900, 100]) > 0.25


def test_samples_without_any_variety_are_not_apart() -> None:
    clients = list(range(50))
    assert words_apart(["en"] * 50, ["en"] * 50, clients, clients)[0].chance == 1
    assert numbers_apart(np.ones(50), np.ones(50), clients, clients).chance == 1


def piled(seed: int, cases: int, *, low: float = 0.0) -> Any:
    """Nineteen of twenty are nought, the others a half; a share of all is far below instead."""
    draw = np.random.default_rng(seed)
    usual = np.where(draw.random(cases) < 0.05, 0.5, 0.0)
    return np.where(draw.random(cases) < low, -0.8, usual)


def test_a_number_that_leaves_the_value_at_which_most_of_them_stood_has_drifted() -> None:
    equal = window(1), window(1)
    before, after = (
        one.model_copy(update={"numbers": {"sentiment": tuple(map(float, piled(at, 400, low=low)))}})
        for at, (one, low) in enumerate(zip(equal, (0.0, 0.6), strict=True))
    )
    assert [one.feature for one in drift(before, after).drifted] == ["sentiment"]
    assert drift(before, after).drifted[0].apart > 0.25


@pytest.mark.parametrize("cases", [200, 1_200])
def test_numbers_that_stand_at_one_value_as_before_are_steady(cases: int) -> None:
    found = [numbers_apart(piled(at, 1_200), piled(at + 100, cases), range(1_200), range(cases)) for at in range(20)]
    assert max(one.index for one in found) < 0.1


def test_a_sample_that_stands_at_one_value_alone_is_far_from_one_that_left_it() -> None:
    clients = list(range(50))
    assert numbers_apart(np.zeros(50), np.full(50, -1.0), clients, clients).index > 0.25
    assert numbers_apart(np.zeros(50), np.full(50, 1.0), clients, clients).index > 0.25
