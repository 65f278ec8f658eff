"""Counts what models answer and where they fail, between the agents and the models that they speak to."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from agents.embedded.model import embedded_model
from agents.model import LiteLlmModel, ModelSettings
from domain.errors import ModelUnavailable
from domain.model import ModelAnswer, ModelCall
from domain.ports import Clock, Model
from domain.worker_report import Failing, ModelState
from runtime.metrics import MODEL_S
from runtime.settings import Settings

Answer = TypeVar("Answer", bound=BaseModel)


class WatchedModel:
    """A model that remembers how its calls went."""

    def __init__(self, model: Model, clock: Clock, *, configured: bool) -> None:
        self._model, self._clock = model, clock
        self._state = ModelState(name=model.name, configured=configured, region=model.region, priced=not configured)

    @property
    def name(self) -> str:
        """The model's own."""
        return self._model.name

    @property
    def region(self) -> str:
        """The model's own."""
        return self._model.region

    async def ask(self, call: ModelCall, answer: type[Answer]) -> ModelAnswer[Answer]:
        """The model's answer. Raises ModelUnavailable, as it does."""
        began = time.perf_counter()
        try:
            given = await self._model.ask(call, answer)
        except ModelUnavailable as error:
            MODEL_S.labels(self.name, "failed").observe(time.perf_counter() - began)
            self._count(failures=self._state.failures + 1, failing=Failing(reason=error.message, at=self._clock.now()))
            raise
        MODEL_S.labels(self.name, "answered").observe(time.perf_counter() - began)
        self._count(answers=self._state.answers + 1, answered_at=self._clock.now())
        return given

    def state(self) -> ModelState:
        """How it does."""
        litellm: Any = sys.modules.get("litellm")
        table: dict[str, Any] = getattr(litellm, "model_cost", {})
        return self._state.model_copy(update={"priced": not self._state.configured or is_priced(self.name, table)})

    def _count(self, **changes: Any) -> None:
        self._state = self._state.model_copy(update=changes)


@dataclass(frozen=True)
class WatchedModels:
    """The model that speaks, and the embedded one that stands in; both are one without a configured model."""

    speaking: WatchedModel
    stand_in: WatchedModel

    def states(self) -> tuple[ModelState, ...]:
        """How each does."""
        return tuple(one.state() for one in dict.fromkeys((self.speaking, self.stand_in)))


def is_priced(model: str, table: dict[str, Any]) -> bool:
    """Whether litellm's table of costs, of which it has its own and asks no network for, says what a call of the model costs."""
    return any(table.get(name, {}).get("input_cost_per_token") is not None for name in (model, model.partition("/")[2]))


def open_models(settings: Settings, clock: Clock) -> WatchedModels:
    """The model that the settings name, and the embedded one beside it; without a named one, that alone."""
    llm = settings.llm
    embedded = WatchedModel(embedded_model(settings.models_folder), clock, configured=False)
    if not llm.model:
        return WatchedModels(embedded, embedded)
    key = llm.api_key.get_secret_value() if llm.api_key else None
    named = LiteLlmModel(ModelSettings(llm.model, llm.api_base, key, llm.region, llm.timeout_s))
    return WatchedModels(WatchedModel(named, clock, configured=True), embedded)
