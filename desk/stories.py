"""A case as it went: its ledger entries, and what each turn's agents, tools and policy took."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.ports import Views
from domain.views import LedgerQuery, part

MOST_ENTRIES = 200
MOST_TURNS = 50
"""Of one case; who needs the rest has the ledger, and each turn's own record."""


@dataclass(frozen=True)
class Story:
    """The first entries of a case, and its last turns by number."""

    entries: list[dict[str, Any]]
    more: bool
    turns: dict[int, dict[str, Any]]


@dataclass(frozen=True)
class Stories:
    """Reads how cases went. Whether somebody may see the case is asked before."""

    views: Views

    async def of(self, case_id: str) -> Story:
        """The story of a case."""
        entries = await self.views.entries(LedgerQuery(case_id=case_id, limit=MOST_ENTRIES + 1))
        turns = await self.views.turns(case_id, MOST_TURNS)
        return Story(entries[:MOST_ENTRIES], len(entries) > MOST_ENTRIES, {one["turn"]: _turn(one) for one in turns})


def work_of(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The parts of a turn's work in their order: what each took, who did it, and what it had to do without."""
    value, context, triage, routing = (part(record, name) for name in ("value", "context", "triage", "routing"))
    proposal = part(record, "proposal")
    parts = [
        _part("value", value, value.get("ms"), part(value, "estimate")),
        _part("context", context, context.get("ms"), {}) | {"tools": part(context, "found").get("runs", [])},
        _part("triage", triage, triage.get("ms"), part(triage, "read")),
        _part("route", routing, routing.get("model_ms"), proposal),
        _part("policy", {}, routing.get("policy_ms"), {}),
    ]
    return [one for one in parts if one["ms"] is not None]


def _part(name: str, step: Mapping[str, Any], ms: float | None, said: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "part": name,
        "ms": ms,
        "model": said.get("model") or None,
        "prompt": said.get("prompt") or None,
        "usage": step.get("usage"),
        "degraded": list(step.get("degraded", [])),
    }


def _turn(row: Mapping[str, Any]) -> dict[str, Any]:
    decision = part(row, "decision")
    return {
        "turn": row["turn"],
        "status": row["status"],
        "failures": row["failures"],
        "source": part(decision, "verdict").get("source"),
        "total_ms": part(decision, "latency_ms").get("total") or part(row, "record", "routing").get("total_ms"),
        "work": work_of(part(row, "record")),
    }
