"""The triage agent: what a message is about, how bad it is, and what policy may have to act on.

A model that speaks to the outside reads what strangers write and can be talked into anything. So a second model, which takes no
instructions, reads the message as well, and its alarm counts: a lie can raise dangers, it cannot silence them.
"""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field

from agents.residency import asked
from domain.case import THREAD_KEPT, TurnInput
from domain.facts import Fraction, Intent, Signal, Signed
from domain.model import ModelCall
from domain.ports import Model
from domain.triage import SecondOpinion, Triage
from prompts.loader import Prompt, load

SIGNALS = frozenset(Signal)
GRAVER_BY = 2  # grades of severity; one grade is a matter of taste


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

    def __init__(self, model: Model, second: Model | None = None, prompt: Prompt | None = None) -> None:
        """`second` reads along, unless it is the model itself. It must be fast and local: it shares the model's budget."""
        self._model = model
        self._second = second if second is not model else None
        self._prompt = prompt or load("triage")
        self._system = self._prompt.render(intents=", ".join(Intent), signals=", ".join(Signal))

    @property
    def model_name(self) -> str:
        """The model that speaks."""
        return self._model.name

    @property
    def model_region(self) -> str:
        """Where that model runs."""
        return self._model.region

    async def read(self, turn: TurnInput, budget_s: float, regions: tuple[str, ...] | None = None) -> Triage:
        """Label the turn's message. A language that the channel knows is kept.

        Raises ModelUnavailable, also when the model runs in none of `regions`; None is any.
        """
        call = ModelCall(
            task="triage",
            prompt_id=self._prompt.id,
            prompt_hash=self._prompt.hash,
            system=self._system,
            inputs={"message": turn.message.text, "thread": list(turn.thread[-THREAD_KEPT:])},
            budget_s=budget_s,
            regions=regions,
        )
        said = await asked(self._model, call, TriageAnswer)
        answer = said.value
        triage = Triage(
            intent=answer.intent,
            confidence=answer.confidence,
            severity=answer.severity,
            urgency=answer.urgency,
            sentiment=answer.sentiment,
            signals=tuple(sorted(set(answer.signals))),
            signal_confidence={name: chance for name, chance in answer.signal_confidence.items() if name in SIGNALS},
            language=_language(turn.message.language) or answer.language,
            model=said.model,
            prompt=self._prompt.label,
        )
        if self._second is None:
            return triage
        other = await self._second.ask(call, TriageAnswer)
        return with_second_opinion(triage, other.value, other.model)


def with_second_opinion(triage: Triage, other: TriageAnswer, model: str) -> Triage:
    """The signals of both, a severity that is not far below the other's, and no more trust in an intent than the other leaves."""
    raised = sorted(set(other.signals) - set(triage.signals))
    severity = other.severity if other.severity - triage.severity >= GRAVER_BY else triage.severity
    trust = triage.confidence if other.intent is triage.intent else min(triage.confidence, round(1.0 - other.confidence, 4))
    changes = {
        **{f"signal {signal}": True for signal in raised},
        f"severity {severity}": severity != triage.severity,
        "doubt of the intent": trust < triage.confidence,
    }
    second = SecondOpinion(
        model=model,
        intent=other.intent,
        intent_confidence=other.confidence,
        severity=other.severity,
        signals=tuple(sorted(other.signals)),
        added=tuple(change for change, made in changes.items() if made),
    )
    update = {"signals": tuple(sorted({*triage.signals, *raised})), "severity": severity, "confidence": trust, "second": second}
    return triage.model_copy(update=update)


def _language(said: str | None) -> str | None:
    """The ISO 639-1 part of what a channel says, such as `de` of `de-AT`; None when it says nothing usable."""
    code = re.split("[-_]", said or "", maxsplit=1)[0].lower()
    return code if re.fullmatch("[a-z]{2}", code) else None
