"""Confidence against truth."""

from __future__ import annotations

import numpy as np
import pytest

from evals.statistics.calibration import automation, calibration, calibration_error, calibration_of, error_by_chance
from evals.statistics.intervals import Floats
from tests.evals.statistics.made import result


def drawn(seed: int, of: int, honesty: float = 1.0) -> tuple[Floats, Floats]:
    """Confidences, and truths that follow them (honesty 1), or less so."""
    chance = np.random.default_rng(seed)
    sure = chance.uniform(0.3, 1.0, of)
    return sure, (chance.random(of) < sure * honesty).astype(float)


def test_the_calibration_error_by_hand() -> None:
    """Two bins of two: |0.25 - 0.5| and |0.85 - 1| by half each."""
    assert calibration_error(np.asarray([0.2, 0.3, 0.8, 0.9]), np.asarray([0.0, 1.0, 1.0, 1.0]), 2) == pytest.approx(0.2)


def test_answers_of_one_confidence_may_come_in_any_order() -> None:
    sure = np.asarray([0.5] * 6)
    assert (
        calibration_error(sure, np.asarray([1.0, 1, 1, 0, 0, 0]), 3) == calibration_error(sure, np.asarray([0.0, 1, 0, 1, 0, 1]), 3) == 0.0
    )


def test_fewer_answers_than_bins_are_a_bin_each() -> None:
    assert calibration_error(np.asarray([0.5, 1.0]), np.asarray([1.0, 1.0]), 5) == pytest.approx(0.25)


def test_the_brier_score_by_hand() -> None:
    found = calibration([0.9, 0.6, 0.2], [True, False, False], ["a", "b", "c"])
    assert found.brier.value == pytest.approx((0.01 + 0.36 + 0.04) / 3)


def test_bins_are_of_equal_size() -> None:
    sure, right = drawn(1, 400)
    found = calibration(sure.tolist(), (right > 0).tolist(), [str(at) for at in range(400)])
    assert [one.right.n for one in found.bins] == [40] * 10
    assert found.error.low <= found.error.value <= found.error.high
    assert found.honest


def test_an_honest_confidence_is_called_so_about_19_times_of_20_and_a_boastful_one_is_not() -> None:
    def honest(honesty: float) -> float:
        said = [drawn(seed, 200, honesty) for seed in range(20)]
        return sum(calibration_error(sure, right, 10) <= error_by_chance(sure, 10) for sure, right in said) / 20

    assert honest(1.0) >= 0.8
    assert honest(0.8) <= 0.1


def test_what_is_right_often_enough_can_be_automated() -> None:
    """The surer half is right 99 times of 100, the rest is a coin."""
    chance = np.random.default_rng(3)
    sure = np.sort(chance.uniform(0, 1, 600))
    rights = (chance.random(600) < np.where(sure > 0.5, 0.995, 0.5)).tolist()
    found = automation(sure.tolist(), rights, [str(at) for at in range(600)])
    assert 0.35 <= found.share <= 0.55
    assert found.threshold == pytest.approx(sure[600 - round(found.share * 600)])
    assert found.precision
    assert found.precision.value >= 0.95


def test_a_handful_of_right_answers_proves_no_precision() -> None:
    """59 right ones in a row would be needed for one question alone."""
    found = automation([0.9] * 40, [True] * 40, [str(at) for at in range(40)])
    assert (found.share, found.threshold, found.precision) == (0.0, None, None)


def test_copies_prove_no_more_than_the_originals() -> None:
    copied = automation([0.9] * 400, [True] * 400, [str(at % 40) for at in range(400)])
    assert copied.share == 0.0
    assert automation([0.9] * 400, [True] * 400, [str(at) for at in range(400)]).share == 1.0


def test_what_is_called_automatable_seldom_is_not() -> None:
    """A model right 94 times of 100 whatever it says: any share is too much, and is granted at most once in twenty."""
    granted = 0
    for seed in range(100):
        chance = np.random.default_rng(seed)
        rights = (chance.random(300) < 0.94).tolist()
        granted += automation(chance.random(300).tolist(), rights, [str(at) for at in range(300)]).share > 0
    assert granted <= 9


def test_silent_answers_are_left_out() -> None:
    assert calibration_of([result("a"), result("b", confidence=0.5)]) is None
    spoken = calibration_of([result("a", confidence=0.5, was_right=True), result("b")])
    assert spoken
    assert spoken.right.n == 1
