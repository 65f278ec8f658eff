"""What an agent asks of a model, and what comes back."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from pydantic import BaseModel, Field

from domain.decision import Frozen

Answer = TypeVar("Answer", bound=BaseModel)
LOCAL = "local"
"""The region of a model on this machine: what it sees goes nowhere, so it may see every case."""


class ModelCall(Frozen):
    """One request: a rendered prompt, and the same inputs as data."""

    task: str
    prompt_id: str
    prompt_hash: str
    system: str
    inputs: dict[str, Any]
    budget_s: float
    regions: tuple[str, ...] | None = Field(default=None, description="Regions whose models may see it; None: any.")


class ModelAnswer(BaseModel, Generic[Answer]):
    """A schema-checked answer and what it took."""

    value: Answer
    model: str
    model_region: str
    ms: float
    repaired: bool = False
    usage: dict[str, int] = {}
