"""Decisions, and the whole record behind each."""

from __future__ import annotations

from typing import Any

import orjson

from domain.decision import Decision

PUT = """
insert into decisions (id, case_id, turn, facts_digest, policy_digest, tier, mode, pool, body, record, decided_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
on conflict (case_id, turn) do nothing returning id
"""


class PgDecisions:
    """Decisions in Postgres."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def put(self, decision: Decision, record: dict[str, Any]) -> Decision | None:
        """Store a decision; None when it is new, else the one that this turn already has."""
        verdict = decision.verdict
        new = await self._connection.fetchval(
            PUT,
            decision.id,
            decision.case_id,
            decision.turn,
            verdict.facts_digest,
            verdict.policy.digest,
            verdict.tier.id,
            decision.route.mode,
            decision.route.pool,
            orjson.dumps(decision.model_dump(mode="json")),
            orjson.dumps(record),
            decision.decided_at,
        )
        if new:
            return None
        body = await self._connection.fetchval(
            "select body from decisions where case_id = $1 and turn = $2", decision.case_id, decision.turn
        )
        return Decision.model_validate_json(body)
