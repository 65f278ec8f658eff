"""Reviews: claimed under a short lease, ruled once, and the graph goes on with the ruling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from desk.floor import Floor
from domain.access import ApiKey
from domain.decision import Route
from domain.errors import Conflict, ForbiddenByPolicy, InvalidInput, NotFound, PreconditionRequired, StaleObject
from domain.events import Happening, Kind
from domain.facts import Facts
from domain.identifiers import derived_id
from domain.ports import Clock, Views
from domain.review import Review, ReviewStatus, Ruling, RulingAction
from domain.unit_of_work import Store, Tx
from domain.views import ReviewRow
from policies.shelf import PolicyShelf

CLAIM_S = 300
RESUME_LIMIT_S = 25.0


@dataclass(frozen=True)
class Reviews:
    """What a lead does with a review."""

    store: Store
    views: Views
    policies: PolicyShelf
    clock: Clock
    floor: Floor

    async def claim(self, review_id: str, key: ApiKey) -> None:
        """Take a lease of five minutes, or renew it. Raises Conflict naming the holder."""
        row = await self._visible(review_id, key)
        now = self.clock.now()
        async with self.store.transaction() as tx:
            review = await _open(tx, review_id)
            holder = claimed_by(review, now)
            if holder not in (None, key.actor):
                raise Conflict(f"{holder} holds this review until {review.claim_expires_at:%H:%M:%S} UTC.", holder=holder)
            claimed = {"status": ReviewStatus.CLAIMED, "claimed_by": key.actor, "claim_expires_at": now + timedelta(seconds=CLAIM_S)}
            await tx.reviews.save(review.model_copy(update=claimed))
            if holder is None:
                await tx.journal.write(_happening(row, review, Kind.REVIEW_CLAIMED, key.actor, now, {}))

    async def release(self, review_id: str, key: ApiKey) -> None:
        """Give the lease back. Raises Conflict when somebody else holds it."""
        row = await self._visible(review_id, key)
        now = self.clock.now()
        async with self.store.transaction() as tx:
            review = await _open(tx, review_id)
            holder = claimed_by(review, now)
            if holder not in (None, key.actor):
                raise Conflict(f"{holder} holds this review.", holder=holder)
            await tx.reviews.save(review.model_copy(update={"status": ReviewStatus.OPEN, "claimed_by": None, "claim_expires_at": None}))
            if holder is not None:
                await tx.journal.write(_happening(row, review, Kind.REVIEW_RELEASED, key.actor, now, {}))

    async def rule(self, review_id: str, ruling: Ruling, key: ApiKey, revision: int | None, request_id: str) -> str:
        """Store a ruling durably, resume the graph with it, and wait for the outcome. Returns the case's id.

        Raises PreconditionRequired, StaleObject, Conflict (ruled already, or claimed by another), ForbiddenByPolicy.
        """
        row = await self._visible(review_id, key)
        if row.review["status"] in (ReviewStatus.RULED, ReviewStatus.EXPIRED):
            raise Conflict("This review was ruled on already.", ruling=row.review["ruling"])
        if revision is None:
            raise PreconditionRequired("A ruling needs If-Match with the review's ETag.")
        ruling = self._judged(row, ruling)
        async with self.store.transaction() as tx:
            review = await _open(tx, review_id)
            if review.revision != revision:
                raise StaleObject("The review changed since you read it.")
            holder = claimed_by(review, self.clock.now())
            if holder not in (None, key.actor):
                raise Conflict(f"{holder} holds this review.", holder=holder)
            await store_ruling(tx, row, review, ruling, request_id)
        await self.carry_on(review.case_id, review.turn)
        return review.case_id

    async def carry_on(self, case_id: str, turn: int) -> None:
        """Resume the run and wait until its outcome is stored; what takes longer goes on in the background."""
        self.floor.start(case_id)
        await self.floor.decided(case_id, turn, RESUME_LIMIT_S)

    def _judged(self, row: ReviewRow, ruling: Ruling) -> Ruling:
        """The ruling with its route completed. Raises ForbiddenByPolicy for what a guard forbids."""
        if ruling.action is RulingAction.ASK and not ruling.question.strip():
            raise InvalidInput("Asking the client needs a question.", [("/question", "must not be empty")])
        if ruling.action not in (RulingAction.EDIT, RulingAction.REASSIGN):
            return ruling.model_copy(update={"route": None})
        if ruling.route is None:
            raise InvalidInput(f"The action {ruling.action} needs a route.", [("/route", "is missing")])
        policy = self.policies.pinned(row.record["routing"]["verdict"]["policy"]["digest"])
        if ruling.route.pool not in policy.pools:
            known = ", ".join(sorted(policy.pools))
            raise InvalidInput("The policy knows no such pool.", [("/route/pool", f"must be one of {known}")])
        facts = Facts.model_validate(row.record["facts"])
        verdict = policy.judge(facts, ruling.route)
        if refusals := verdict.refusals(ruling.route):
            raise ForbiddenByPolicy(f"Policy forbids this route: {' '.join(refusal['because'] for refusal in refusals)}", refusals)
        return ruling

    async def _visible(self, review_id: str, key: ApiKey) -> ReviewRow:
        row = await self.views.review(review_id)
        if row is None or not key.sees(row.case["region"], row.case["client_id"]):
            raise NotFound(f"There is no review {review_id}.")
        return row


def claimed_by(review: Review, now: datetime) -> str | None:
    """Who holds the review; a claim that ran out holds nothing."""
    live = review.claim_expires_at is not None and review.claim_expires_at > now
    return review.claimed_by if live else None


async def _open(tx: Tx, review_id: str) -> Review:
    review = await tx.reviews.locked(review_id)
    if review is None:
        raise NotFound(f"There is no review {review_id}.")
    if review.status in (ReviewStatus.RULED, ReviewStatus.EXPIRED):
        raise Conflict("This review was ruled on already.", ruling=review.ruling.model_dump(mode="json") if review.ruling else None)
    return review


async def store_ruling(tx: Tx, row: ReviewRow, review: Review, ruling: Ruling, request_id: str) -> None:
    """The ruling, the turn that it sets free, the timer that it ends, and the journal."""
    expired = ruling.actor == "policy"
    status = ReviewStatus.EXPIRED if expired else ReviewStatus.RULED
    await tx.reviews.save(review.model_copy(update={"status": status, "ruling": ruling, "claimed_by": None, "claim_expires_at": None}))
    await tx.turns.rule(review.case_id, review.turn, ruling)
    await tx.timers.cancel(review.case_id, "review-expiry")
    told: dict[str, Any] = {"action": ruling.action, "route": ruling.route.model_dump(mode="json") if ruling.route else None}
    kind = Kind.REVIEW_EXPIRED if expired else Kind.REVIEW_RULED
    happened = _happening(row, review, kind, ruling.actor, ruling.ruled_at, {**told, "reason": ruling.reason})
    await tx.journal.write(
        happened.model_copy(update={"id": derived_id("ent", review.case_id, review.turn, "ruled"), "request_id": request_id})
    )


def route_from(record: dict[str, Any], wanted: dict[str, Any]) -> Route:
    """A lead's wanted route laid over the one on the table: what the lead does not name stays."""
    standing: dict[str, Any] = record["routing"]["verdict"]["route"]
    return Route.model_validate({**standing, "assignee": None, **{name: value for name, value in wanted.items() if value is not None}})


def _happening(row: ReviewRow, review: Review, kind: Kind, actor: str, at: datetime, more: dict[str, Any]) -> Happening:
    facts = {"review_id": review.id, "turn": review.turn, **more}
    return Happening(
        id=derived_id("ent", review.case_id, review.turn, f"{kind}-{review.revision}"),
        kind=kind,
        case_id=review.case_id,
        region=row.case["region"],
        client_id=row.case["client_id"],
        actor=actor,
        at=at,
        entry=facts,
        event={**facts, "actor": actor},
    )
