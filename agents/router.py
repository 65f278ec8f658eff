"""The router agent: a structured proposal, chosen only from what the first policy pass allows."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from agents.citations import with_known_ids
from agents.residency import asked
from domain.context import Context
from domain.decision import Frozen, Proposal, Verdict
from domain.errors import ModelUnavailable
from domain.facts import Action, Facts, Fraction, Mode
from domain.model import ModelCall
from domain.ports import Model
from prompts.loader import Prompt, load

LONGEST_RATIONALE = 600
WITH_AMOUNT = (Action.REFUND, Action.CREDIT)


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


@lru_cache(maxsize=256)
def answer_within(modes: tuple[Mode, ...], pools: tuple[str, ...], actions: tuple[Action, ...]) -> type[RouterAnswer]:
    """An answer that can say only what is offered, so that the schema already tells a model and the repair try names the fault."""
    within: dict[str, Any] = {
        "mode": (Literal[modes], ...),
        "pool": (Literal[pools], ...),
        "action": (Literal[actions], Action.REPLY if Action.REPLY in actions else actions[0]),
    }
    return create_model("RouterAnswer", __base__=RouterAnswer, **within)


class RouterAgent:
    """Proposes routes."""

    def __init__(self, model: Model, prompt: Prompt | None = None) -> None:
        self._model = model
        self._prompt = prompt or load("router")

    @property
    def model_name(self) -> str:
        """The model that speaks."""
        return self._model.name

    async def propose(self, facts: Facts, frame: Verdict, context: Context, offer: Offer, budget_s: float) -> Proposal:
        """A proposal inside the offer. Raises ModelUnavailable, also when the model insists on something that was not offered.

        ForeignModel when policy lets no model of its region see the case.
        """
        if not offer.modes or not offer.pools or not offer.actions:
            raise ModelUnavailable("nothing to offer")
        call = ModelCall(
            task="route",
            prompt_id=self._prompt.id,
            prompt_hash=self._prompt.hash,
            system=self._prompt.render(
                modes=", ".join(offer.modes), pools=", ".join(pool.id for pool in offer.pools), actions=", ".join(offer.actions)
            ),
            inputs=router_inputs(facts, frame, context, offer),
            budget_s=budget_s,
            regions=frame.envelope.model_regions,
        )
        said = await asked(self._model, call, answer_within(offer.modes, tuple(sorted(pool.id for pool in offer.pools)), offer.actions))
        answer = said.value
        known = {fact.id for fact in context.facts}
        return Proposal(
            mode=answer.mode,
            pool=answer.pool,
            skills=tuple(sorted(set(answer.skills) & _skills_of(offer))),
            action=answer.action,
            amount=answer.amount if answer.action in WITH_AMOUNT else 0.0,
            confidence=answer.confidence,
            rationale=with_known_ids(answer.rationale, known)[:LONGEST_RATIONALE],
            evidence=tuple(one for one in dict.fromkeys(answer.evidence) if one in known),
            model=said.model,
            model_region=said.model_region,
            prompt=self._prompt.label,
        )


def _skills_of(offer: Offer) -> set[str]:
    """Skills that somebody has or that policy asks for; others are words of the model's own."""
    return {skill for pool in offer.pools for skill in pool.skills} | set(offer.required_skills)


def router_inputs(facts: Facts, frame: Verdict, context: Context, offer: Offer) -> dict[str, Any]:
    """What a model is shown: the facts that matter for a route, and the offer. The client's words are not among them."""
    return {
        "tier": frame.tier.id,
        "message": facts.plain["message"],
        "client": facts.plain["client"],
        "value": facts.plain["value"],
        "context": facts.plain["context"],
        "facts": [{"id": fact.id, "text": fact.text, "age_s": fact.age_s} for fact in context.facts],
        "offer": offer.model_dump(mode="json"),
    }
