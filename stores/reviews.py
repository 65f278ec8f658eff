"""Reviews: cases that wait for a person, and what the client wrote meanwhile."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.review import OVER, Amendment, Review
from domain.views import ReviewStanding

WORDS_KEPT = 4_000
"""Characters of a review that a search looks through: its pool, case and client, and what was written."""
PUT = f"""
with mine as (
    select id, client_id, identity, case when acknowledged_at is null then ack_due_at end as promised
    from cases where id = $2 for no key update
), live as (
    select t.turn, mine.* from mine join turns t on t.case_id = mine.id where t.turn = $3 and t.ended_by is null for no key update of t
)
insert into reviews (id, case_id, turn, status, gate, pool, at_stake, opened_at, due_at, sla_due_at, words)
select $1, $2, $3, $4, $5, $6, $7, $8, $9, least($10, promised),
left(lower(concat_ws(' ', $6::text, $2::text, client_id, identity->>'client_name', (
    select string_agg(left(body, {WORDS_KEPT}), ' ') from messages where case_id = $2 and messages.turn = $3 and inbound
))), {WORDS_KEPT})
from live on conflict (case_id, turn) do nothing returning id
"""  # noqa: S608 - built from the constant above only
LOCKED = """
select id, case_id, turn, status, gate, opened_at, due_at, escalations, claimed_by, claim_expires_at, override, held, ruling, closing,
    revision
from reviews where id = $1 for update
"""
SAVE = """
update reviews set status = $2, due_at = $3, escalations = $4, claimed_by = $5, claim_expires_at = $6, ruling = $7, closing = $8,
    override = $9, held = $10, revision = revision + 1
where id = $1
"""
FORGET_DRAFT = "delete from review_drafts where review_id = $1"
RENEW = "update reviews set claim_expires_at = $2 where id = $1"
AMEND = """
insert into amendments (id, review_id, case_id, turn, message_id, triage, degraded, worse, guards, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing returning id
"""
RAISE = f"""
update reviews set due_at = least(due_at, $2), sla_due_at = least(sla_due_at, $3), override = null, revision = revision + 1,
    words = left(words || ' ' || lower(left((select body from messages where id = $4), {WORDS_KEPT})), {WORDS_KEPT})
where id = $1
"""  # noqa: S608 - built from the constant above only
AMENDMENTS = """
select id, review_id, case_id, turn, message_id, triage, degraded, worse, guards, at from amendments where review_id = $1 order by turn
"""


class PgReviews:
    """Reviews in Postgres."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def put(self, review: Review, standing: ReviewStanding) -> bool:
        """Store a review; False when this turn already has one, or was ended."""
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
        """The review, locked until the transaction ends. Who locks its case as well locks that first."""
        row = await self._connection.fetchrow(LOCKED, review_id)
        return Review.model_validate(dict(row)) if row else None

    async def save(self, review: Review) -> None:
        """Store a changed review and move its revision on. One that is over keeps no draft of a ruling."""
        if review.status in OVER:
            await self._connection.execute(FORGET_DRAFT, review.id)
        await self._connection.execute(
            SAVE,
            review.id,
            review.status,
            review.due_at,
            review.escalations,
            review.claimed_by,
            review.claim_expires_at,
            review.ruling.model_dump(mode="json") if review.ruling else None,
            review.closing.model_dump(mode="json") if review.closing else None,
            review.override.model_dump(mode="json") if review.override else None,
            review.held.model_dump(mode="json") if review.held else None,
        )

    async def renew(self, review_id: str, until: datetime) -> None:
        """Prolong a claim. The review stays as its holder read it, so its revision stays too."""
        await self._connection.execute(RENEW, review_id, until)

    async def amend(self, amendment: Amendment, due_at: datetime, sla_due_at: datetime) -> bool:
        """Append a later message and move the revision on; due times only come nearer. False when it was appended before.

        An override that waited was asked for without this message, so it waits no more.
        """
        plain = amendment.model_dump(mode="json", include={"triage", "degraded", "worse", "guards"})
        new = await self._connection.fetchval(
            AMEND,
            amendment.id,
            amendment.review_id,
            amendment.case_id,
            amendment.turn,
            amendment.message_id,
            plain["triage"],
            plain["degraded"],
            plain["worse"],
            plain["guards"],
            amendment.at,
        )
        if new is not None:
            await self._connection.execute(RAISE, amendment.review_id, due_at, sla_due_at, amendment.message_id)
        return new is not None

    async def amendments(self, review_id: str) -> list[Amendment]:
        """What was appended to a review, in order."""
        return [Amendment.model_validate(dict(row)) for row in await self._connection.fetch(AMENDMENTS, review_id)]
