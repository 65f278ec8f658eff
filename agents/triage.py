"""The triage agent: what a message is about, how bad it is, and what policy may have to act on."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field

from domain.case import TurnInput
from domain.facts import Fraction, Intent, Signal, Signed
from domain.model import ModelCall
from domain.ports import Model
from domain.triage import Triage
from prompts.loader import load

THREAD_KEPT = 3


class TriageAnswer(BaseModel):
    """What the model is asked for."""

    model_config = ConfigDict(extra="ignore")

    intent: Intent
    confidence: Fraction = 0.5
    severity: int = Field(ge=1, le=5)
    urgency: Fraction = 0.3
    sentiment: Signed = 0.0
    signals: tuple[Signal, ...] = ()
    signal_confidence: dict[str, Fraction] = Field(default_factory=dict[str, float])
    language: str = Field(pattern="^[a-z]{2,3}$")


class TriageAgent:
    """Reads messages."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._prompt = load("triage")

    @property
    def model_name(self) -> str:
        """The model that speaks."""
        return self._model.name

    async def read(self, turn: TurnInput, budget_s: float) -> Triage:
        """Label the turn's message. Raises ModelUnavailable. A language that the channel knows is kept."""
        call = ModelCall(
            task="triage",
            prompt_id=self._prompt.id,
            prompt_hash=self._prompt.hash,
            system=self._prompt.render(intents=", ".join(Intent), signals=", ".join(Signal)),
            inputs={"message": turn.message.text, "thread": list(turn.thread[-THREAD_KEPT:])},
            budget_s=budget_s,
        )
        said = await self._model.ask(call, TriageAnswer)
        answer = said.value
        return Triage(
            intent=answer.intent,
            confidence=answer.confidence,
            severity=answer.severity,
            urgency=answer.urgency,
            sentiment=answer.sentiment,
            signals=tuple(sorted(set(answer.signals))),
            signal_confidence=answer.signal_confidence,
            language=_language(turn.message.language) or answer.language,
            model=said.model,
            prompt=self._prompt.label,
        )


def _language(said: str | None) -> str | None:
    """The ISO 639-1 part of what a channel says, such as `de` of `de-AT`; None when it says nothing usable."""
    code = re.split("[-_]", said or "", maxsplit=1)[0].lower()
    return code if re.fullmatch("[a-z]{2}", code) else None
