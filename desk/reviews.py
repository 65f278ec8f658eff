"""Reviews: claimed under a short lease, ruled once, and the graph goes on with the ruling."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from desk.floor import Floor
from desk.overrides import refuse_forbidden, seconded
from desk.rulers import refuse_others
from domain.access import ApiKey
from domain.case import CaseStanding, CaseStatus
from domain.decision import Route
from domain.errors import Conflict, InvalidInput, NotFound, PreconditionRequired, StaleObject, StoreUnavailable
from domain.events import Happening, Kind
from domain.facts import Facts, MessageFacts
from domain.failpoints import failpoint
from domain.identifiers import derived_id
from domain.ports import Clock, Views
from domain.review import OVER, REVIEW_EXPIRY, Closing, Review, ReviewStatus, Ruling, RulingAction
from domain.triage import Triage, worst
from domain.unit_of_work import Store, Tx
from domain.views import CaseChange, ReviewRow
from policies.engine import CompiledPolicy
from policies.shelf import PolicyShelf

CLAIM_S = 300
Hold = Callable[[Tx, CaseStanding, Review, Ruling], Awaitable[bool]]
"""Keeps a ruling that would take effect for later; False when it does not."""
RESUME_LIMIT_S = 25.0


@dataclass(frozen=True)
class Reviews:
    """What a lead does with a review."""

    store: Store
    views: Views
    policies: PolicyShelf
    clock: Clock
    floor: Floor

    async def claim(self, review_id: str, key: ApiKey, request_id: str = "") -> None:
        """Take a lease of five minutes, or renew it. Raises Conflict naming the holder, Forbidden for whom policy does not let rule."""
        row = await self.visible(review_id, key)
        refuse_others(await self._policy(row), row, key)
        now = self.clock.now()
        until = now + timedelta(seconds=CLAIM_S)
        async with self.store.transaction() as tx:
            case, review = await _open(tx, row)
            if _holder_but_for_others(review, key, now) is not None:
                await tx.reviews.renew(review_id, until)
                return
            claimed = {"status": ReviewStatus.CLAIMED, "claimed_by": key.actor, "claim_expires_at": until}
            await tx.reviews.save(review.model_copy(update=claimed))
            told = happening(case, review, Kind.REVIEW_CLAIMED, key.actor, now, {})
            await tx.journal.write(told.model_copy(update={"request_id": request_id}))

    async def release(self, review_id: str, key: ApiKey, request_id: str = "") -> None:
        """Give the lease back; nothing happens when nobody holds it. Raises Conflict when somebody else does."""
        row = await self.visible(review_id, key)
        now = self.clock.now()
        async with self.store.transaction() as tx:
            case, review = await _open(tx, row)
            if _holder_but_for_others(review, key, now) is None:
                return
            await tx.reviews.save(review.model_copy(update={"status": ReviewStatus.OPEN, "claimed_by": None, "claim_expires_at": None}))
            told = happening(case, review, Kind.REVIEW_RELEASED, key.actor, now, {})
            await tx.journal.write(told.model_copy(update={"request_id": request_id}))

    async def rule(
        self, review_id: str, ruling: Ruling, key: ApiKey, revision: int | None, request_id: str, hold: Hold | None = None
    ) -> str | None:
        """Store a ruling durably, resume the graph with it, and wait for the outcome.

        Returns the case's id; None when the ruling suspends a guard and waits for a second person, or when `hold` keeps it for later, which
        it may do with what would take effect. A claim that ran out takes nothing from
        a lead who read the review as it still is. Raises PreconditionRequired, StaleObject, Conflict (over already, or claimed by another:
        then that is said first), ForbiddenByPolicy, Forbidden for somebody without a role that the review or an override wants.
        """
        row = await self.visible(review_id, key)
        _refuse_over(row.review["status"], row.review["ruling"], row.review["closing"])
        if revision is None:
            raise PreconditionRequired("A ruling needs If-Match with the review's ETag.")
        policy = await self._policy(row)
        refuse_others(policy, row, key)
        asked = _judged(policy, row, ruling, key)
        async with self.store.transaction() as tx:
            case, review = await _open(tx, row)
            _holder_but_for_others(review, key, self.clock.now())
            if review.revision != revision:
                raise StaleObject.said("The review changed since you read it.")
            if asked.route and asked.route.assignee and not await tx.assignments.works_in(asked.route.assignee, asked.route.pool):
                fault = ("/route/assignee", f"works not in {asked.route.pool}")
                raise InvalidInput.said("Nobody of this name works in the pool.", errors=[fault])
            standing = await seconded(tx, policy, review, asked)
            if standing is None:
                await _wait_for_a_second(tx, case, review, asked, request_id)
                return None
            if hold is not None and await hold(tx, case, review, standing):
                return None
            await store_ruling(tx, case, review, standing, request_id)
        failpoint("ruling-stored")
        await self.carry_on(review.case_id, review.turn)
        return review.case_id

    async def _policy(self, row: ReviewRow) -> CompiledPolicy:
        """The policy that the case waits under."""
        return await self.policies.have(row.record["routing"]["verdict"]["policy"]["digest"])

    async def carry_on(self, case_id: str, turn: int) -> None:
        """Resume the run and wait until its outcome is stored; what takes longer, or a store that is away, goes on in the background."""
        self.floor.start(case_id)
        with suppress(StoreUnavailable):
            await self.floor.decided(case_id, turn, RESUME_LIMIT_S)

    async def visible(self, review_id: str, key: ApiKey) -> ReviewRow:
        """A review that exists for the key. Raises NotFound."""
        row = await self.views.review(review_id)
        if row is None or not key.sees(row.case["region"], row.case["client_id"]):
            raise NotFound.said("There is no review %(id)s.", {"id": review_id})
        return row


def _judged(policy: CompiledPolicy, row: ReviewRow, ruling: Ruling, key: ApiKey) -> Ruling:
    """The ruling with its route completed. Raises ForbiddenByPolicy for what a guard forbids and the ruling does not suspend."""
    if ruling.action is RulingAction.ASK and not ruling.question.strip():
        raise InvalidInput.said("Asking the client needs a question.", errors=[("/question", "must not be empty")])
    if ruling.action not in (RulingAction.EDIT, RulingAction.REASSIGN):
        if ruling.overrides:
            raise InvalidInput(
                "Guards are suspended for a route.", [("/overrides", f"go with edit and reassign, not with {ruling.action}")]
            )
        if ruling.action is RulingAction.APPROVE and row.amendments:
            standing = Route.model_validate(row.record["routing"]["verdict"]["route"])
            refuse_forbidden(policy, [_amended_facts(row)], ruling, standing, key)
        return ruling.model_copy(update={"route": None})
    if ruling.route is None:
        raise InvalidInput(f"The action {ruling.action} needs a route.", [("/route", "is missing")])
    if ruling.route.pool not in policy.pools:
        known = ", ".join(sorted(policy.pools))
        raise InvalidInput.said("The policy knows no such pool.", errors=[("/route/pool", f"must be one of {known}")])
    refuse_forbidden(policy, [Facts.model_validate(row.record["facts"]), _amended_facts(row)], ruling, ruling.route, key)
    return ruling


def claimed_by(review: Review, now: datetime) -> str | None:
    """Who holds the review; a claim that ran out holds nothing."""
    live = review.claim_expires_at is not None and review.claim_expires_at > now
    return review.claimed_by if live else None


def _holder_but_for_others(review: Review, key: ApiKey, now: datetime) -> str | None:
    """The caller when it holds the review, None when nobody does. Raises Conflict naming anybody else who does."""
    holder = claimed_by(review, now)
    if holder not in (None, key.actor):
        told = {"holder": holder, "until": review.claim_expires_at}
        raise Conflict.said("%(holder)s holds this review until %(until)s.", told, holder=holder)
    return holder


async def _open(tx: Tx, row: ReviewRow) -> tuple[CaseStanding, Review]:
    """The review and its case, locked. Raises Conflict, with the outcome, when nobody rules on it any more."""
    case_id = row.case["id"]
    case = (await tx.cases.locked(case_id))[case_id]
    review = await tx.reviews.locked(row.review["id"])
    if review is None:
        raise NotFound.said("There is no review %(id)s.", {"id": row.review["id"]})
    over = review.model_dump(mode="json", include={"ruling", "closing"})
    _refuse_over(review.status, over["ruling"], over["closing"])
    if review.held and review.held.waits:
        who, until = review.held.ruling.actor, review.held.until
        told = {"who": who, "until": until}
        raise Conflict.said("%(who)s ruled on this review; it takes effect at %(until)s unless they take it back.", told, holder=who)
    return case, review


def _refuse_over(status: str, ruling: dict[str, Any] | None, closing: dict[str, Any] | None) -> None:
    if status not in OVER:
        return
    if closing:
        told = {"who": closing["actor"], "because": closing["because"]}
        raise Conflict.said("%(who)s ended this review: %(because)s", told, closing=closing)
    if status == ReviewStatus.EXPIRED:
        raise Conflict.said("Nobody ruled on this review in time, so policy's safe default stands.", ruling=ruling)
    if not ruling:
        raise Conflict.said("Somebody ruled on this review already.")
    raise Conflict.said("%(who)s ruled on this review already.", {"who": ruling["actor"]}, ruling=ruling)


def _amended_facts(row: ReviewRow) -> Facts:
    """The facts of the turn, with its message as bad as it and all that the client wrote since."""
    recorded = row.record["facts"]
    later = [Triage.model_validate(amendment["triage"]) for amendment in row.amendments]
    message = worst(MessageFacts.model_validate(recorded["message"]), later)
    return Facts.model_validate({**recorded, "message": message.model_dump(mode="json")})


async def _wait_for_a_second(tx: Tx, case: CaseStanding, review: Review, ruling: Ruling, request_id: str) -> None:
    """The ruling waits on the review, which anybody may claim again, for whoever seconds it."""
    await tx.reviews.save(
        review.model_copy(update={"status": ReviewStatus.OPEN, "override": ruling, "claimed_by": None, "claim_expires_at": None})
    )
    asked = happening(case, review, Kind.REVIEW_OVERRIDE_ASKED, ruling.actor, ruling.ruled_at, _told(ruling))
    await tx.journal.write(asked.model_copy(update={"request_id": request_id}))


def _told(ruling: Ruling) -> dict[str, Any]:
    told: dict[str, Any] = {"action": ruling.action, "route": ruling.route.model_dump(mode="json") if ruling.route else None}
    if ruling.overrides:
        told |= {"overrides": list(ruling.overrides), "seconded_by": ruling.seconded_by}
    return {**told, "reason": ruling.reason}


async def store_ruling(tx: Tx, case: CaseStanding, review: Review, ruling: Ruling, request_id: str) -> None:
    """The ruling, the turn that it sets free, the timer that it ends, and the journal. The case waits no more, so its revision moves."""
    expired = ruling.actor == "policy"
    status = ReviewStatus.EXPIRED if expired else ReviewStatus.RULED
    over = {"status": status, "ruling": ruling, "override": None, "held": None, "claimed_by": None, "claim_expires_at": None}
    await tx.reviews.save(review.model_copy(update=over))
    await tx.turns.rule(review.case_id, review.turn, ruling)
    await tx.cases.settle(case.id, CaseChange(status=CaseStatus.ROUTING, at=ruling.ruled_at))
    await tx.timers.cancel(review.case_id, REVIEW_EXPIRY)
    kind = Kind.REVIEW_EXPIRED if expired else Kind.REVIEW_RULED
    happened = happening(case, review, kind, ruling.actor, ruling.ruled_at, _told(ruling))
    ruled = happened.model_copy(update={"id": derived_id("ent", review.case_id, review.turn, "ruled"), "request_id": request_id})
    suspended = happening(case, review, Kind.GUARDS_OVERRIDDEN, ruling.actor, ruling.ruled_at, _told(ruling))
    await tx.journal.write(ruled, *([suspended.model_copy(update={"request_id": request_id})] if ruling.overrides else []))


async def close_review(tx: Tx, case: CaseStanding, review: Review, closing: Closing, request_id: str) -> None:
    """The case ended elsewhere: the claim is dropped, the timer ends, and nobody rules any more."""
    nobody: dict[str, None] = dict.fromkeys(("override", "held", "claimed_by", "claim_expires_at"))
    closed = {"status": ReviewStatus.CLOSED, "closing": closing, **nobody}
    await tx.reviews.save(review.model_copy(update=closed))
    await tx.timers.cancel(case.id, REVIEW_EXPIRY)
    told = {"because": closing.because, "claimed_by": claimed_by(review, closing.at)}
    happened = happening(case, review, Kind.REVIEW_CLOSED, closing.actor, closing.at, told)
    await tx.journal.write(happened.model_copy(update={"request_id": request_id}))


def route_from(record: dict[str, Any], wanted: dict[str, Any]) -> Route:
    """A lead's wanted route laid over the one on the table: what the lead does not name stays."""
    standing: dict[str, Any] = record["routing"]["verdict"]["route"]
    return Route.model_validate({**standing, "assignee": None, **{name: value for name, value in wanted.items() if value is not None}})


def happening(case: CaseStanding, review: Review, kind: Kind, actor: str, at: datetime, more: dict[str, Any]) -> Happening:
    """Something that happened to a review at its present revision."""
    facts = {"review_id": review.id, "turn": review.turn, **more}
    return Happening(
        id=derived_id("ent", review.case_id, review.turn, f"{kind}-{review.revision}"),
        kind=kind,
        case_id=review.case_id,
        region=case.region,
        client_id=case.client_id,
        actor=actor,
        at=at,
        entry=facts,
        event={**facts, "actor": actor},
    )
