"""What triage reads in a message."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from domain.decision import Frozen
from domain.facts import Fraction, Intent, MessageFacts, Signal, Signed


class SecondOpinion(Frozen):
    """What another model read in the same message, and what that changed: it can raise the alarm, never lower it."""

    model: str
    intent: Intent
    intent_confidence: Fraction
    severity: int = Field(ge=1, le=5)
    signals: tuple[Signal, ...] = ()
    added: tuple[str, ...] = Field(
        default=(), description="What counts because of it: `signal legal`, `severity 4`, `doubt of the intent`."
    )


class Triage(Frozen):
    """The triage agent's answer for one message."""

    intent: Intent
    confidence: Fraction = Field(description="How sure the intent is.")
    severity: int = Field(ge=1, le=5, description="1: nothing is broken … 5: production down, breach or danger.")
    urgency: Fraction
    sentiment: Signed
    signals: tuple[Signal, ...] = ()
    signal_confidence: dict[str, Fraction] = Field(default_factory=dict, description="Signal to probability, of all that were weighed.")
    language: str = Field(min_length=2, max_length=8, description="ISO 639-1.")
    model: str = ""
    prompt: str = Field(default="", description="Id, version and hash of the prompt, such as `triage@1#5f2c9a`.")
    second: SecondOpinion | None = Field(default=None, description="The embedded model's reading, when another model speaks.")


def worst(message: MessageFacts, reads: Sequence[Triage]) -> MessageFacts:
    """A message as bad as it and all later ones together."""
    signals = {*message.signals, *(signal for read in reads for signal in read.signals)}
    return message.model_copy(
        update={
            "severity": max([message.severity, *(read.severity for read in reads)]),
            "urgency": max([message.urgency, *(read.urgency for read in reads)]),
            "signals": tuple(sorted(signals)),
        }
    )


def worse_in(read: Triage, before: MessageFacts) -> tuple[str, ...]:
    """In what a message is worse than all that was read before."""
    grown = {
        "severity": read.severity > before.severity,
        "urgency": read.urgency > before.urgency,
        "signals": not set(read.signals) <= set(before.signals),
    }
    return tuple(name for name, is_worse in grown.items() if is_worse)
