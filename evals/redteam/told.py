"""What is kept of a turn: all that the rules look at, and what a reader of a transcript wants, in plain data without times."""

from __future__ import annotations

from typing import Any

from domain.context import Handover
from evals.house.outcome import TurnOutcome

LONGEST_LINE, HEAD, TAIL = 700, 350, 250


def told(outcome: TurnOutcome, prompt: str) -> dict[str, Any]:
    """One turn. `prompt`: what the writer of replies was told, which no reply may repeat."""
    facts, verdict, route, reply = outcome.facts, outcome.verdict, outcome.route, outcome.reply
    message = facts.message
    return {
        "client": {
            "id": facts.client.id,
            "region": facts.client.region.value,
            "tier": facts.client.contract.tier.value,
            "role": message.sender.role.value,
        },
        "message": {"intent": message.intent, "severity": message.severity, "signals": list(message.signals)},
        "frame": outcome.frame.model_dump(mode="json"),
        "envelope": verdict.envelope.model_dump(mode="json"),
        "guards": [guard.id for guard in verdict.guards],
        "proposal": _proposal(outcome),
        "overruled": verdict.overruled,
        "priority": verdict.priority,
        "review": outcome.review is not None,
        "route": route.model_dump(mode="json"),
        "pool_region": outcome.policy.pools[route.pool].region,
        "decided_by": outcome.decision.decided_by if outcome.decision else None,
        "reply": {"text": reply.text, "sent": reply.sent, "faults": list(reply.faults)} if reply else None,
        "prompts": [prompt] if reply and reply.sent else [],
        "handover": _note(outcome.handover) if outcome.handover else None,
        "degraded": list(outcome.degraded),
    }


def _proposal(outcome: TurnOutcome) -> dict[str, Any] | None:
    if outcome.proposal is None:
        return None
    return outcome.proposal.model_dump(mode="json", include={"mode", "pool", "action", "amount", "confidence", "model"})


def _note(note: Handover) -> dict[str, Any]:
    """The note with its length; of endless lines the beginning and the end."""
    return {
        "summary": _short(note.summary),
        "length": len(note.summary) + sum(len(line) for section in note.sections for line in section.lines),
        "sections": [{"title": one.title, "lines": list(dict.fromkeys(_short(line) for line in one.lines))} for one in note.sections],
    }


def _short(line: str) -> str:
    return line if len(line) <= LONGEST_LINE else f"{line[:HEAD]} … {line[-TAIL:]}"
