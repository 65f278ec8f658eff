"""Puts the embedded model together: one function per task, behind the same seam as every other model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from agents.embedded.classifier import TriageClassifier
from agents.embedded.router import propose_route
from agents.embedded.training import ensure_trained
from agents.embedded.writer import write_handover, write_reply
from agents.model import EmbeddedModel


def embedded_model(folder: Path) -> EmbeddedModel:
    """The embedded model with weights from `folder`, trained now when there are none for these sources."""
    classifier = TriageClassifier(ensure_trained(folder))

    def triage(inputs: dict[str, Any]) -> dict[str, Any]:
        reading = classifier.read(inputs["message"])
        return {
            "intent": reading.intent,
            "confidence": reading.intent_confidence,
            "severity": reading.severity,
            "urgency": reading.urgency,
            "sentiment": reading.sentiment,
            "signals": reading.raised,
            "signal_confidence": reading.signals,
            "language": reading.language,
        }

    tasks = {"triage": triage, "route": propose_route, "reply": write_reply, "handover": write_handover}
    return EmbeddedModel(classifier.name, tasks)
