"""Figures on pages about evals, in the visitor's language."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from console import eval_pictures, eval_words
from console.speech import SPOKEN, Speech
from domain.eval_history import Figure
from domain.eval_report import BinReport, CalibrationReport, MetricReport, SliceReport


@pytest.fixture
def german() -> Iterator[None]:
    token = SPOKEN.set(Speech("de"))
    yield
    SPOKEN.reset(token)


def metric(**changes: object) -> MetricReport:
    told = {
        "name": "cost",
        "says": "",
        "kind": "mean",
        "better": "lower",
        "unit": "EUR",
        "goal": 1234.5,
        "hard": False,
        "figure": None,
        "standing": "none",
        "misses": 0,
        "slices": (),
        "slices_left": 0,
    }
    return MetricReport.model_validate({**told, **changes})


def test_figures_have_their_unit_and_sign() -> None:
    assert eval_words.share(0.9166) == "91.7 %"
    assert eval_words.share(-0.05, signed=True) == "-5.0 %"
    assert eval_words.share(0.05, signed=True) == "+5.0 %"
    assert eval_words.amount(metric(), 1234567.8) == "1,234,568 EUR"
    assert eval_words.amount(metric(), 14.831) == "14.83 EUR"
    assert eval_words.goal(metric()) == "at most 1,234 EUR"
    assert (eval_words.chance(0.0123), eval_words.chance(0.0)) == ("0.012", "< 0.001")


@pytest.mark.usefixtures("german")
def test_a_german_reads_commas() -> None:
    assert eval_words.share(0.9166) == "91,7 %"
    assert eval_words.amount(metric(), 1234567.8) == "1.234.568 EUR"


def test_a_policy_is_shown_by_the_beginning_of_its_digest() -> None:
    assert eval_words.short(f"vip-support@sha256:{'a' * 64}") == f"vip-support@{'a' * 12}"
    assert eval_words.short("none") == "none"


def test_a_cell_is_as_dark_as_its_share_of_the_row_and_never_white_when_it_holds_something() -> None:
    assert [eval_words.shade(count, 100) for count in (0, 1, 50, 100)] == [0, 1, 2, 5]


def test_metrics_that_only_describe_stand_behind_those_that_must_hold() -> None:
    figure = Figure(value=0.5, low=0.4, high=0.6, cases=10)
    weak = SliceReport(dimension="tier", value="gold", figure=figure, rest=0.9, worse=True)
    plain, goal, hard, worse = metric(goal=None), metric(), metric(goal=None, hard=True), metric(goal=None, slices=(weak,))
    assert eval_words.without_goal([plain, goal, hard, worse]) == [plain]
    assert eval_words.without_goal([plain, plain]) == []


@pytest.mark.parametrize(("confidence", "low"), [(0.0, 0.0), (1.0, 1.0), (0.97, 0.9), (0.5, 0.0)])
def test_a_calibration_is_drawn_within_its_frame_wherever_its_bins_lie(confidence: float, low: float) -> None:
    figure = Figure(value=max(low, 0.95), low=low, high=1.0, cases=10)
    found = CalibrationReport(
        bins=(BinReport(confidence=confidence, right=figure),),
        error=figure,
        by_chance=0.1,
        brier=figure,
        automation=0.0,
        automation_from=None,
        automation_precision=None,
        wanted=0.95,
    )
    drawn = str(eval_pictures.calibration(found))
    places = [float(x) for x in re.findall(r'(?:cx|x1|x2)="([^"]+)"', drawn)]
    assert all(eval_pictures.LEFT <= x <= eval_pictures.LEFT + eval_pictures.SIDE for x in places)
    heights = [float(y) for y in re.findall(r'(?:cy|y1|y2)="([^"]+)"', drawn)]
    assert all(eval_pictures.TOP <= y <= eval_pictures.TOP + eval_pictures.SIDE for y in heights)
    assert "style=" not in drawn
