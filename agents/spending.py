"""What models took while something ran: tokens, and money where the provider's price is known."""

from __future__ import annotations

import importlib
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any


@dataclass
class Spent:
    """Calls that a provider answered, usable or not."""

    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: float | None = 0.0
    """None: a model without a known price was among them."""

    def add(self, prompt_tokens: int, completion_tokens: int, cost_usd: float | None) -> None:
        """Count one call."""
        self.calls += 1
        self.prompt_tokens += prompt_tokens
        self.completion_tokens += completion_tokens
        self.cost_usd = None if self.cost_usd is None or cost_usd is None else self.cost_usd + cost_usd

    @property
    def recorded(self) -> dict[str, Any]:
        """As a decision's record keeps it: nothing when no provider was called."""
        if not self.calls:
            return {}
        cost = None if self.cost_usd is None else round(self.cost_usd, 8)
        tokens = {"prompt_tokens": self.prompt_tokens, "completion_tokens": self.completion_tokens}
        return {"usage": {"calls": self.calls, **tokens, "cost_usd": cost}}


OPEN: ContextVar[tuple[Spent, ...]] = ContextVar("open_spending", default=())


@contextmanager
def spending() -> Generator[Spent, None, None]:
    """Count all that is asked of providers inside, also by tasks that begin there; such counts may stand inside each other."""
    spent = Spent()
    token = OPEN.set((*OPEN.get(), spent))
    try:
        yield spent
    finally:
        OPEN.reset(token)


def spend(model: str, used: dict[str, int]) -> None:
    """Count one call where somebody counts."""
    if counts := OPEN.get():
        prompt, completion = used.get("prompt_tokens", 0), used.get("completion_tokens", 0)
        cost = price(model, prompt, completion)
        for spent in counts:
            spent.add(prompt, completion, cost)


def price(model: str, prompt_tokens: int, completion_tokens: int) -> float | None:
    """USD for these tokens by the price list that litellm ships; None for a model that is not on it."""
    litellm: Any = importlib.import_module("litellm")
    try:
        prices: tuple[float, float] = litellm.cost_per_token(model=model, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens)
    except Exception:  # litellm raises bare Exceptions for a model that it does not know
        return None
    return prices[0] + prices[1]
