"""Watched models: answers and failures are counted, what a call costs is known or not, and nothing of a failure is swallowed."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import orjson
import pytest
from pydantic import BaseModel

from agents.model import EmbeddedModel
from domain.errors import ModelUnavailable
from domain.model import ModelCall
from domain.worker_report import Failing
from runtime.model_watch import WatchedModel, WatchedModels, is_priced

NOW = datetime(2026, 11, 26, 8, 0, tzinfo=UTC)


class StoppedClock:
    """Always the same moment."""

    def now(self) -> datetime:
        """Eight o'clock."""
        return NOW


class Sum(BaseModel):
    """What is asked for."""

    value: int


def watched(*, configured: bool = False) -> WatchedModel:
    """A model that doubles numbers and knows no other task."""
    model = EmbeddedModel("embedded/double", {"double": lambda given: {"value": 2 * given["number"]}})
    return WatchedModel(model, StoppedClock(), configured=configured)


def call(task: str) -> ModelCall:
    """A question."""
    return ModelCall(task=task, prompt_id="p", prompt_hash="h", system="", inputs={"number": 4}, budget_s=1.0)


async def test_answers_and_failures_are_counted() -> None:
    model = watched()
    assert (await model.ask(call("double"), Sum)).value.value == 8
    with pytest.raises(ModelUnavailable):
        await model.ask(call("halve"), Sum)
    state = model.state()
    assert (state.answers, state.failures, state.answered_at) == (1, 1, NOW)
    assert state.failing == Failing(reason="off schema", at=NOW)
    assert state.priced


def test_one_model_that_speaks_and_stands_in_is_told_of_once() -> None:
    model, other = watched(), watched(configured=True)
    assert len(WatchedModels(model, model).states()) == 1
    assert [one.configured for one in WatchedModels(other, model).states()] == [True, False]


def test_costs_are_known_by_the_table_that_litellm_ships() -> None:
    library = find_spec("litellm")
    assert library is not None
    table = orjson.loads(Path(str(library.origin)).with_name("model_prices_and_context_window_backup.json").read_bytes())
    assert is_priced("openai/gpt-4o", table)
    assert not is_priced("openai/made-by-nobody", table)


def test_a_configured_model_that_no_table_knows_has_unknown_costs() -> None:
    assert not watched(configured=True).state().priced
