"""Our own labelled messages: `train` is learnt from; `heldback` and `blind` never are."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from domain.facts import Intent, Signal

LANGUAGES = ("en", "de", "fr", "es")
UNLEARNT = ("heldback", "blind")
"""Splits that measure; `blind` is by authors who had read no other text, and nobody looks at what the model misses in it."""
URGENCY = {"l": 0.1, "m": 0.5, "h": 0.9}
FIELDS = 6


@dataclass(frozen=True)
class Labelled:
    """One message and what is true of it."""

    language: str
    intent: Intent
    severity: int
    urgency: str
    sentiment: int
    signals: frozenset[Signal]
    text: str


def labelled(split: str) -> list[Labelled]:
    """Every message of a split. Raises ValueError naming the line of a bad label."""
    found: list[Labelled] = []
    folder = files("agents.embedded") / "texts"
    for language in LANGUAGES:
        for number, line in enumerate((folder / f"{split}.{language}.psv").read_text(encoding="utf-8").splitlines(), 1):
            if line.strip():
                found.append(_parsed(line, language, f"{split}.{language}.psv:{number}"))
    return found


def _parsed(line: str, language: str, place: str) -> Labelled:
    parts = line.split("|", FIELDS - 1)
    try:
        intent, severity, urgency, sentiment, signals, text = parts
        if urgency not in URGENCY or not 1 <= int(severity) <= 5 or not -2 <= int(sentiment) <= 2:
            raise ValueError("label out of range")
        named = frozenset(Signal(signal) for signal in signals.split(",") if signal)
        return Labelled(language, Intent(intent), int(severity), urgency, int(sentiment), named, text)
    except ValueError as error:
        raise ValueError(f"{place}: {error}") from error
