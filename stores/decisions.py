"""Decisions, and the whole record behind each."""

from __future__ import annotations

from typing import Any

import orjson

from domain.decision import Decision
from domain.errors import TurnEnded
from domain.views import part

PUT = """
insert into decisions (id, case_id, turn, facts_digest, policy_digest, tier, mode, pool, body, record, decided_at, faulty,
                       overruled)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""
COUNT = """
insert into decision_figures
select $1, $2, c.region, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18 from cases c where c.id = $3
on conflict (decision_id) do nothing
"""
STAGES = ("total", "context", "value", "model", "policy")
MOST_US = 2**31 - 1


class PgDecisions:
    """Decisions in Postgres."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def put(self, decision: Decision, record: dict[str, Any]) -> None:
        """Store a decision; the transaction fails with AlreadyDecided when its turn has one."""
        verdict = decision.verdict
        await self._connection.execute(
            PUT,
            decision.id,
            decision.case_id,
            decision.turn,
            verdict.facts_digest,
            verdict.policy.digest,
            verdict.tier.id,
            decision.route.mode,
            decision.route.pool,
            decision.model_dump_json().encode(),
            orjson.dumps(record),
            decision.decided_at,
            bool(verdict.errors),
            decision.overruled,
        )
        await self._connection.execute(COUNT, *_figures(decision, record))

    async def of(self, case_id: str, turn: int) -> Decision:
        """The decision of a turn that has one. Raises TurnEnded for a turn that was ended without."""
        body = await self._connection.fetchval("select body from decisions where case_id = $1 and turn = $2", case_id, turn)
        if body is None:
            raise TurnEnded("This turn was ended without a decision.")
        return Decision.model_validate_json(body)


def _figures(decision: Decision, record: dict[str, Any]) -> tuple[Any, ...]:
    """What is counted of a decision, in the order of `COUNT`."""
    verdict, used = decision.verdict, [part(record, step, "usage") for step in ("triage", "routing")]
    tokens = [sum(one.get(name, 0) for one in used) for name in ("prompt_tokens", "completion_tokens")]
    prices = [one.get("cost_usd", 0.0) for one in used]
    return (
        decision.id,
        decision.decided_at,
        decision.case_id,
        verdict.tier.id,
        decision.route.mode,
        verdict.policy.digest,
        decision.proposal is not None,
        decision.overruled,
        bool(decision.degraded),
        " ".join(guard.id for guard in verdict.guards),
        *(min(MOST_US, round(decision.latency_ms.get(stage, 0.0) * 1000)) for stage in STAGES),
        *tokens,
        None if None in prices else sum(prices),
    )
