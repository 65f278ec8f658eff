"""The router's confidence on routes whose texts it was never calibrated on."""

from __future__ import annotations

import statistics

import pytest

from agents.embedded import router
from agents.embedded.router import confidence_of
from evals.embedded_model.labelled_routes import LabelledRoute, labelled_routes
from evals.embedded_model.router_report import calibration_error, fitted, reliability, render
from tests.service import MODELS

ERROR_AT_MOST, REFIT_APART_AT_MOST = 0.08, 0.03


@pytest.fixture(scope="module")
def fitted_on() -> list[LabelledRoute]:
    """The half that the constants come from."""
    return labelled_routes(MODELS, held_back=False)


@pytest.fixture(scope="module")
def held_back() -> list[LabelledRoute]:
    """The other half."""
    return labelled_routes(MODELS, held_back=True)


def test_no_text_is_in_both_halves(fitted_on: list[LabelledRoute], held_back: list[LabelledRoute]) -> None:
    assert not {route.text for route in fitted_on} & {route.text for route in held_back}
    assert min(len(fitted_on), len(held_back)) >= 300


def test_confidence_means_what_it_says(held_back: list[LabelledRoute]) -> None:
    found = reliability(held_back)
    assert found.calibration_error <= ERROR_AT_MOST
    assert found.interval[0] <= found.calibration_error <= found.interval[1] + 0.01
    assert found.routes == len(held_back)


def test_a_confidence_that_is_always_one_or_always_even_is_further_off(held_back: list[LabelledRoute]) -> None:
    for lie in (1.0, 0.5):
        lying = [LabelledRoute(route.text, route.certainty, lie, route.right) for route in held_back]
        assert calibration_error(lying) > calibration_error(held_back)


def test_the_constants_are_those_that_the_fitted_half_gives(fitted_on: list[LabelledRoute], monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = [confidence_of(route.certainty) for route in fitted_on]
    for name, value in zip(("CONSTANT", "PER_LOG_ODDS"), fitted(fitted_on), strict=True):
        monkeypatch.setattr(router, name, value)
    anew = [confidence_of(route.certainty) for route in fitted_on]
    assert statistics.fmean(abs(one - other) for one, other in zip(shipped, anew, strict=True)) <= REFIT_APART_AT_MOST


def test_a_surer_intent_is_trusted_more() -> None:
    assert 0.0 < confidence_of(-3.0) < confidence_of(0.0) < confidence_of(3.0) < 1.0


def test_the_report_has_its_table_and_its_sentence(held_back: list[LabelledRoute]) -> None:
    table, words = render(reliability(held_back))
    assert not isinstance(table, str)
    assert table.row_count == 5
    assert "Calibration error" in str(words)
