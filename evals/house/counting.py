"""A model that is counted: calls, tokens and money of whatever ran inside a tally."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import BaseModel

from agents.spending import Spent, price, spending
from domain.errors import ModelUnavailable
from domain.model import ModelAnswer, ModelCall
from domain.ports import Model
from evals.usage import Usage

Answer = TypeVar("Answer", bound=BaseModel)
LOCAL = "local"


@dataclass
class Tally:
    """What was asked of models so far."""

    usage: Usage = field(default_factory=Usage)
    models: set[str] = field(default_factory=set[str])
    failures: list[str] = field(default_factory=list[str])

    def add(self, model: str, usage: Usage) -> None:
        """Count one answer."""
        self.usage = self.usage + usage
        self.models.add(model)


OPEN: ContextVar[tuple[Tally, ...]] = ContextVar("open_tallies", default=())


@contextmanager
def tallied() -> Generator[Tally, None, None]:
    """Count all that is asked inside, also by tasks that begin there; tallies may stand inside each other."""
    tally = Tally()
    token = OPEN.set((*OPEN.get(), tally))
    try:
        yield tally
    finally:
        OPEN.reset(token)


class CountedModel:
    """Asks another model and counts. `patience_s` replaces every call's budget: what is judged is the answer, not the machine."""

    def __init__(self, model: Model, patience_s: float | None) -> None:
        self._model = model
        self._patience_s = patience_s
        self.unpriced = False
        """The provider has no price list entry for this model: costs count as 0."""

    @property
    def name(self) -> str:
        """The model that speaks."""
        return self._model.name

    @property
    def region(self) -> str:
        """Where it runs."""
        return self._model.region

    async def ask(self, call: ModelCall, answer: type[Answer]) -> ModelAnswer[Answer]:
        """The model's answer. Raises ModelUnavailable; a failed call counts as a call, with the tokens that it took."""
        if self._patience_s is not None:
            call = call.model_copy(update={"budget_s": self._patience_s})
        with spending() as spent:
            try:
                said = await self._model.ask(call, answer)
            except ModelUnavailable as error:
                usage = self._paid(spent)
                for tally in OPEN.get():
                    tally.add(self.name, usage)
                    tally.failures.append(f"{call.task}: {error.message}")
                raise
        usage = Usage(calls=1) if said.model_region == LOCAL and not said.usage else self._usage(said.usage)
        for tally in OPEN.get():
            tally.add(said.model, usage)
        return said

    def _paid(self, spent: Spent) -> Usage:
        """A failed call: what the provider answered is paid for, usable or not."""
        self.unpriced = self.unpriced or spent.cost_usd is None
        return Usage(
            calls=1, prompt_tokens=spent.prompt_tokens, completion_tokens=spent.completion_tokens, cost=round(spent.cost_usd or 0.0, 8)
        )

    def _usage(self, used: dict[str, int]) -> Usage:
        prompt, completion = used.get("prompt_tokens", 0), used.get("completion_tokens", 0)
        cost = price(self.name, prompt, completion)
        self.unpriced = self.unpriced or cost is None
        return Usage(calls=1, prompt_tokens=prompt, completion_tokens=completion, cost=round(cost or 0.0, 8))
