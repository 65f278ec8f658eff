"""Amendments: what a client writes while the case waits for a person is appended to the review, read at once, and can only raise it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agents.triage import TriageAgent
from desk.floor import Worker
from desk.reviews import happening
from domain.case import CaseStanding, PendingTurn
from domain.decision import Proposal, Verdict
from domain.errors import ModelUnavailable
from domain.events import Happening, Kind
from domain.facts import Facts, MessageFacts
from domain.failpoints import failpoint
from domain.identifiers import derived_id
from domain.ports import Clock, LaterMessages
from domain.review import OVER, REVIEW_EXPIRY, Amendment, LaterMessage, Review
from domain.triage import Triage, worse_in, worst
from domain.unit_of_work import Store, Tx
from domain.views import CaseChange, Timer
from graphs.nodes.budget import TRIAGE_SHARE, smallest_budget_s
from policies.shelf import PolicyShelf


@dataclass(frozen=True)
class Amendments:
    """Appends later messages to reviews. Ids are derived from case and turn, so whoever comes second changes nothing."""

    store: Store
    queue: LaterMessages
    policies: PolicyShelf
    triage: TriageAgent
    stand_in: TriageAgent
    clock: Clock

    async def append(self, case_id: str) -> None:
        """Append what came in since the case stopped for a person."""
        for later in await self.queue.later_messages(case_id):
            read, degraded = await self._read(later)
            failpoint("amendment-read")
            async with self.store.transaction() as tx:
                await self._append(tx, later, read, degraded)

    async def _read(self, later: LaterMessage) -> tuple[Triage, tuple[str, ...]]:
        """What the message says; the embedded model stands in when the configured one fails, or runs where the case may not go."""
        allowed = later.record["routing"]["verdict"]["envelope"].get("model_regions")
        budget_s = smallest_budget_s(await self.policies.have(later.policy_digest)) * TRIAGE_SHARE
        try:
            return await self.triage.read(later.turn, budget_s, None if allowed is None else tuple(allowed)), ()
        except ModelUnavailable as error:
            return await self.stand_in.read(later.turn, budget_s), (f"triage: {error.message}",)

    async def _append(self, tx: Tx, later: LaterMessage, read: Triage, degraded: tuple[str, ...]) -> None:
        turn, now = later.turn, self.clock.now()
        case = (await tx.cases.locked(turn.case_id))[turn.case_id]
        review = await tx.reviews.locked(later.review_id)
        if review is None or review.status in OVER:
            return
        earlier = await tx.reviews.amendments(review.id)
        before = worst(MessageFacts.model_validate(later.record["facts"]["message"]), [one.triage for one in earlier])
        worse = worse_in(read, before)
        verdict = self._judged(later, worst(before, [read])) if worse else None
        change, due_at = raised(case, review, verdict, now)
        amendment = Amendment(
            id=derived_id("amd", case.id, turn.turn, "amend"),
            review_id=review.id,
            case_id=case.id,
            turn=turn.turn,
            message_id=turn.message_id,
            triage=read,
            degraded=degraded,
            worse=worse,
            guards=_new_guards(later.record, earlier, verdict),
            at=now,
        )
        if await tx.reviews.amend(amendment, due_at, change.ack_due_at or due_at):
            await tx.cases.settle(case.id, change)
            if due_at < review.due_at:
                await _expire_earlier(tx, amendment, due_at)
            await tx.journal.write(_amended(case, review, amendment, change, due_at))

    def _judged(self, later: LaterMessage, message: MessageFacts) -> Verdict:
        """What the pinned policy says of the recorded facts with the worst that was read in them, as of the later message."""
        recorded = later.record
        proposal = Proposal.model_validate(recorded["proposal"]) if recorded.get("proposal") else None
        facts = {**recorded["facts"], "message": message.model_dump(mode="json"), "now": later.turn.received_at.isoformat()}
        return self.policies.pinned(later.policy_digest).evaluate(Facts.model_validate(facts), proposal)


@dataclass(frozen=True)
class AmendingWorker:
    """Works a case's turns, then appends to its review what the client wrote meanwhile."""

    worker: Worker
    amendments: Amendments

    async def work(self, case_id: str, first: PendingTurn | None = None) -> bool:
        """False when another worker holds the case. A case that was just opened has no later message: whoever brings one asks again."""
        taken = await self.worker.work(case_id, first)
        if taken and first is None:
            await self.amendments.append(case_id)
        return taken


def raised(case: CaseStanding, review: Review, verdict: Verdict | None, at: datetime) -> tuple[CaseChange, datetime]:
    """The case's priority and promises and the review's deadline under a verdict: each as it is, or more urgent."""
    if verdict is None:
        return CaseChange(ack_due_at=case.ack_due_at, at=at), review.due_at
    change = CaseChange(
        priority=max(case.priority, verdict.priority),
        ack_due_at=min(case.ack_due_at or verdict.sla.ack_due_at, verdict.sla.ack_due_at),
        resolve_due_at=min(case.resolve_due_at or verdict.sla.resolve_due_at, verdict.sla.resolve_due_at),
        at=at,
    )
    return change, min(review.due_at, at + timedelta(seconds=verdict.review.within_s)) if verdict.review else review.due_at


def _new_guards(record: dict[str, Any], earlier: Sequence[Amendment], verdict: Verdict | None) -> tuple[str, ...]:
    known = {guard["id"] for guard in record["routing"]["verdict"]["guards"]} | {name for one in earlier for name in one.guards}
    return tuple(guard.id for guard in verdict.guards if guard.id not in known) if verdict else ()


async def _expire_earlier(tx: Tx, amendment: Amendment, due_at: datetime) -> None:
    await tx.timers.cancel(amendment.case_id, REVIEW_EXPIRY)
    timer = Timer(
        id=derived_id("tmr", amendment.case_id, amendment.turn, f"{REVIEW_EXPIRY}-amended"),
        case_id=amendment.case_id,
        kind=REVIEW_EXPIRY,
        due_at=due_at,
        data={"review_id": amendment.review_id},
    )
    await tx.timers.schedule(timer)


def _amended(case: CaseStanding, review: Review, amendment: Amendment, change: CaseChange, due_at: datetime) -> Happening:
    read = amendment.triage
    told: dict[str, Any] = {
        "amended_by": amendment.turn,
        "message_id": amendment.message_id,
        "severity": read.severity,
        "urgency": read.urgency,
        "signals": list(read.signals),
        "worse": list(amendment.worse),
        "guards": list(amendment.guards),
        "priority": change.priority or case.priority,
        "due_at": due_at.isoformat(),
    }
    happened = happening(case, review, Kind.REVIEW_AMENDED, "maitred:model", amendment.at, told)
    return happened.model_copy(update={"id": derived_id("ent", case.id, amendment.turn, "amend")})
