"""Decisions, and the whole record behind each."""

from __future__ import annotations

from typing import Any

import orjson

from domain.decision import Decision
from domain.errors import TurnEnded

PUT = """
insert into decisions (id, case_id, turn, facts_digest, policy_digest, tier, mode, pool, body, record, decided_at, faulty,
                       overruled)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
"""


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

    async def of(self, case_id: str, turn: int) -> Decision:
        """The decision of a turn that has one. Raises TurnEnded for a turn that was ended without."""
        body = await self._connection.fetchval("select body from decisions where case_id = $1 and turn = $2", case_id, turn)
        if body is None:
            raise TurnEnded("This turn was ended without a decision.")
        return Decision.model_validate_json(body)
