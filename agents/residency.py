"""Which models may see a case: those of the regions that policy allows, and the one on this machine."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel

from domain.errors import ModelUnavailable
from domain.model import LOCAL, ModelAnswer, ModelCall
from domain.ports import Model

Answer = TypeVar("Answer", bound=BaseModel)


class ForeignModel(ModelUnavailable):
    """The model runs where the case may not go, so it was not asked."""


async def asked(model: Model, call: ModelCall, answer: type[Answer]) -> ModelAnswer[Answer]:
    """The model's answer, when it may see the call. Raises ModelUnavailable, and as such ForeignModel before anything leaves."""
    if call.regions is not None and model.region != LOCAL and model.region not in call.regions:
        raise ForeignModel(f"model of region {model.region} may not see this case", model=model.name)
    return await model.ask(call, answer)
