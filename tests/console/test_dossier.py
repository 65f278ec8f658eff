"""What stands beside a review: cases that were about the same, or else the client's last ones."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from console.dossier import past_of
from domain.similar import SimilarCase

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
HISTORY = {"subject": "Key renewed", "intent": "integration", "opened_at": "2026-11-01T08:00:00Z", "pool": "eu-core"}


def case(name: str, intent: str, *signals: str) -> SimilarCase:
    return SimilarCase(id=name, subject=name, intent=intent, signals=signals, opened_at=NOW, mode="human", pool="eu-core")


def record(intent: str, *signals: str, history: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    return {"triage": {"read": {"intent": intent, "signals": list(signals)}}, "context": {"found": {"past_cases": list(history)}}}


def test_only_cases_that_were_about_the_same_are_called_similar() -> None:
    own = (case("down", "outage", "outage"), case("key", "integration"), case("slow", "performance", "outage"))
    found = past_of(record("outage", "outage", history=(HISTORY,)), own)
    assert [(one.id, one.same) for one in found] == [("down", True), ("slow", True)]
    found = past_of(record("integration", history=(HISTORY,)), own)
    assert [(one.id, one.subject) for one in found] == [("key", "key"), (None, "Key renewed")]


def test_without_any_the_last_cases_stand_there_and_are_not_called_similar() -> None:
    found = past_of(record("billing", history=(HISTORY,)), (case("down", "outage"),))
    assert [(one.id, one.same) for one in found] == [("down", False), (None, False)]
    assert past_of(record("billing"), ()) == []
