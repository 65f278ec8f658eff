"""The router agent: a structured proposal, chosen only from what the first policy pass allows."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.context import Context
from domain.decision import Frozen, Proposal, Verdict
from domain.errors import ModelUnavailable
from domain.facts import Action, Facts, Fraction, Mode
from domain.model import ModelCall
from domain.ports import Model
from prompts.loader import load

LONGEST_RATIONALE = 600


class OfferedPool(Frozen):
    """A pool of the envelope; `available` is None when its load is not known."""

    id: str
    region: str
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    available: int | None


class Offer(Frozen):
    """What the router may choose from."""

    modes: tuple[Mode, ...]
    pools: tuple[OfferedPool, ...]
    actions: tuple[Action, ...]
    required_skills: tuple[str, ...] = ()


class RouterAnswer(BaseModel):
    """What the model is asked for."""

    model_config = ConfigDict(extra="ignore")

    mode: Mode
    pool: str = Field(max_length=64)
    skills: tuple[str, ...] = ()
    action: Action = Action.REPLY
    amount: float = Field(default=0.0, ge=0, le=1e15, allow_inf_nan=False)
    confidence: Fraction
    rationale: str
    evidence: tuple[str, ...] = ()


class RouterAgent:
    """Proposes routes."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._prompt = load("router")

    @property
    def model_name(self) -> str:
        """The model that speaks."""
        return self._model.name

    async def propose(self, facts: Facts, frame: Verdict, context: Context, offer: Offer, budget_s: float) -> Proposal:
        """A proposal inside the offer. Raises ModelUnavailable, also when the model insists on something that was not offered."""
        if not offer.modes or not offer.pools:
            raise ModelUnavailable("nothing to offer")
        call = ModelCall(
            task="route",
            prompt_id=self._prompt.id,
            prompt_hash=self._prompt.hash,
            system=self._prompt.render(
                modes=", ".join(offer.modes), pools=", ".join(pool.id for pool in offer.pools), actions=", ".join(offer.actions)
            ),
            inputs=_inputs(facts, frame, context, offer),
            budget_s=budget_s,
        )
        said = await self._model.ask(call, RouterAnswer)
        answer = said.value
        if answer.mode not in offer.modes or answer.pool not in {pool.id for pool in offer.pools} or answer.action not in offer.actions:
            raise ModelUnavailable("answered outside the offer")
        known = {fact.id for fact in context.facts}
        return Proposal(
            mode=answer.mode,
            pool=answer.pool,
            skills=tuple(sorted(set(answer.skills)))[:16],
            action=answer.action,
            amount=answer.amount,
            confidence=answer.confidence,
            rationale=answer.rationale[:LONGEST_RATIONALE],
            evidence=tuple(one for one in dict.fromkeys(answer.evidence) if one in known),
            model=said.model,
            model_region=said.model_region,
            prompt=self._prompt.label,
        )


def _inputs(facts: Facts, frame: Verdict, context: Context, offer: Offer) -> dict[str, Any]:
    return {
        "tier": frame.tier.id,
        "message": facts.plain["message"],
        "client": facts.plain["client"],
        "value": facts.plain["value"],
        "context": facts.plain["context"],
        "facts": [{"id": fact.id, "text": fact.text, "age_s": fact.age_s} for fact in context.facts],
        "offer": offer.model_dump(mode="json"),
    }
