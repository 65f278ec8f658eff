"""Reviews: cases that wait for a person."""

from __future__ import annotations

from typing import Any

from domain.review import Review
from domain.views import ReviewStanding

PUT = """
insert into reviews (id, case_id, turn, status, gate, pool, at_stake, opened_at, due_at, sla_due_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (case_id, turn) do nothing returning id
"""
LOCKED = """
select id, case_id, turn, status, gate, opened_at, due_at, escalations, claimed_by, claim_expires_at, ruling, revision
from reviews where id = $1 for update
"""
SAVE = """
update reviews set status = $2, due_at = $3, escalations = $4, claimed_by = $5, claim_expires_at = $6, ruling = $7, revision = revision + 1
where id = $1
"""


class PgReviews:
    """Reviews in Postgres."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def put(self, review: Review, standing: ReviewStanding) -> bool:
        """Store a review; False when this turn already has one."""
        new = await self._connection.fetchval(
            PUT,
            review.id,
            review.case_id,
            review.turn,
            review.status,
            review.gate.model_dump(mode="json"),
            standing.pool,
            standing.at_stake,
            review.opened_at,
            review.due_at,
            standing.sla_due_at,
        )
        return new is not None

    async def locked(self, review_id: str) -> Review | None:
        """The review, locked until the transaction ends."""
        row = await self._connection.fetchrow(LOCKED, review_id)
        return Review.model_validate(dict(row)) if row else None

    async def save(self, review: Review) -> None:
        """Store a changed review and move its revision on."""
        await self._connection.execute(
            SAVE,
            review.id,
            review.status,
            review.due_at,
            review.escalations,
            review.claimed_by,
            review.claim_expires_at,
            review.ruling.model_dump(mode="json") if review.ruling else None,
        )
