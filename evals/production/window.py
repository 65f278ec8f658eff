"""A span of decisions as columns that drift compares: what came in, what was proposed, what people made of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from domain.eval_window import WindowSample, WindowSpan
from domain.review import RulingAction
from domain.seen_decision import SeenDecision, SeenDecisions
from domain.simulation import Span
from domain.views import part
from evals.production.seen import seen_in

MOST = 20_000
"""Decisions of a window, the newest."""
WORDS = ("language", "channel", "intent", "tier", "severity", "signals", "sender", "proposed mode", "proposed pool", "review")
NUMBERS = ("value score", "at stake", "urgency", "sentiment", "knowledge score", "confidence")


async def window_of(decisions: SeenDecisions, span: WindowSpan, most: int = MOST) -> WindowSample:
    """The newest decisions of a span, at most so many."""
    return sample_of(await seen_in(decisions, Span(since=span.since, until=span.until, region=span.region, limit=most)))


def sample_of(seen: Iterable[SeenDecision]) -> WindowSample:
    """Decisions as columns; clients become numbers in the order in which they come, a case without one stands for itself."""
    rows = list(seen)
    numbers: dict[str, int] = {}
    words = [_words(one) for one in rows]
    figures = [_numbers(one) for one in rows]
    return WindowSample(
        clients=tuple(numbers.setdefault(one.client_id or one.case_id, len(numbers)) for one in rows),
        words={name: tuple(row[name] for row in words) for name in WORDS},
        numbers={name: tuple(row[name] for row in figures) for name in NUMBERS},
        overruled=tuple(one.overruled for one in rows),
        confidence=tuple(row["confidence"] for row in figures),
        kept=tuple(kept(one) for one in rows),
    )


def kept(one: SeenDecision) -> bool | None:
    """Whether a person who ruled left the proposal as it was; None when nobody ruled on it, or policy had changed it before."""
    if one.proposal is None or one.ruling is None or one.ruling == RulingAction.ASK:
        return None
    if one.ruling == RulingAction.APPROVE:
        return None if one.overruled else True
    return False


def _words(one: SeenDecision) -> dict[str, str | None]:
    message, proposal = part(one.facts, "message"), one.proposal or {}
    return {
        "language": message.get("language"),
        "channel": message.get("channel"),
        "intent": message.get("intent"),
        "tier": part(one.verdict, "tier").get("id"),
        "severity": str(message["severity"]) if "severity" in message else None,
        "signals": " + ".join(sorted(message.get("signals") or ())) or "none",
        "sender": part(message, "sender").get("role"),
        "proposed mode": proposal.get("mode", "nothing"),
        "proposed pool": proposal.get("pool", "nothing"),
        "review": "asked for" if one.verdict.get("review") else "not asked for",
    }


def _numbers(one: SeenDecision) -> dict[str, float | None]:
    value, message = part(one.facts, "value"), part(one.facts, "message")
    given: dict[str, Any] = {
        "value score": value.get("score"),
        "at stake": value.get("at_stake"),
        "urgency": message.get("urgency"),
        "sentiment": message.get("sentiment"),
        "knowledge score": part(one.facts, "context").get("knowledge_score"),
        "confidence": (one.proposal or {}).get("confidence"),
    }
    return {name: float(found) if isinstance(found, int | float) else None for name, found in given.items()}
