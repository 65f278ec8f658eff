"""Clocks: durable timers that fall due. A review that nobody ruled on ends as policy says; SLA steps are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.grace import take_effect
from desk.overflow import REASSIGN, Overflow
from desk.reviews import Reviews, store_ruling
from desk.unasked import unasked
from domain.case import CaseStanding, CaseStatus
from domain.decision import OnExpiry
from domain.events import Happening, Kind
from domain.ports import Clock
from domain.review import OVER, REVIEW_EXPIRY, RULING_GRACE, Ruling, RulingAction
from domain.unit_of_work import Store, Tx
from domain.views import CaseChange, Timer

ESCALATED_PRIORITY = 20
MAX_PRIORITY = 200
SLA_OVER = {CaseStatus.RESOLVED, CaseStatus.CLOSED}


@dataclass(frozen=True)
class Clocks:
    """Does what due timers ask for."""

    store: Store
    clock: Clock
    reviews: Reviews
    overflow: Overflow

    async def tick(self) -> int:
        """Fire every due timer and return how many there were. The taking and the doing are one transaction."""
        now = self.clock.now()
        freed: list[str] = []
        async with self.store.transaction() as tx:
            timers = await tx.timers.take_due(now)
            cases = await tx.cases.locked(*{timer.case_id for timer in timers}) if timers else {}
            for timer in timers:
                case = cases.get(timer.case_id)
                if case is None:
                    continue
                if timer.kind == RULING_GRACE:
                    if await take_effect(tx, await tx.reviews.locked(timer.data["review_id"]), case, now):
                        freed.append(case.id)
                elif timer.kind != REVIEW_EXPIRY:
                    cases[case.id] = await self._tell(tx, timer, case, now)
                else:
                    if await self._expire(tx, timer, case, now):
                        freed.append(case.id)
                    cases |= await tx.cases.locked(case.id)
        for case_id in freed:
            self.reviews.floor.start(case_id)
        return len(timers)

    async def _expire(self, tx: Tx, timer: Timer, case: CaseStanding, now: datetime) -> bool:
        """Whether the review ended, so that its case goes on. One that got another deadline meanwhile has another timer."""
        review = await tx.reviews.locked(timer.data["review_id"])
        if review is None or review.status in OVER or review.due_at > now:
            return False
        if await take_effect(tx, review, case, now):  # it was given in time, and nobody looked at its own timer until now
            return True
        review = review.model_copy(update={"held": None})
        if review.gate.on_expiry is OnExpiry.ESCALATE and review.escalations == 0:
            due = now + timedelta(seconds=review.gate.within_s)
            await tx.reviews.save(review.model_copy(update={"escalations": 1, "due_at": due}))
            await tx.cases.settle(case.id, CaseChange(priority=min(MAX_PRIORITY, case.priority + ESCALATED_PRIORITY), at=now))
            await tx.timers.schedule(timer.model_copy(update={"id": f"{timer.id}-2", "due_at": due}))
            told: dict[str, object] = {"review_id": review.id, "due_at": due.isoformat()}
            await tx.journal.write(_rung(timer, case, Kind.REVIEW_ESCALATED, now, told))
            return False
        ruling = Ruling(action=RulingAction.REJECT, actor="policy", reason="Nobody ruled in time; the safe default stands.", ruled_at=now)
        await store_ruling(tx, case, review, ruling, "")
        return True

    async def _tell(self, tx: Tx, timer: Timer, case: CaseStanding, now: datetime) -> CaseStanding:
        heard = case.acknowledged_at or case.status is CaseStatus.ANSWERED
        if case.status in SLA_OVER or case.answered_at or (timer.data.get("promise") == "ack" and heard):
            return case
        raised = case.priority
        if by := timer.data.get("raise"):
            raised = min(MAX_PRIORITY, case.priority + by)
            await tx.cases.settle(timer.case_id, CaseChange(priority=raised, at=now))
        moved = timer.data.get("do") == REASSIGN and await self.overflow.reassign(tx, timer, case, now)
        await tx.journal.write(_rung(timer, case, Kind.SLA_STEP_DUE, now, dict(timer.data)))
        return (await tx.cases.locked(case.id))[case.id] if moved else case.model_copy(update={"priority": raised})


def _rung(timer: Timer, case: CaseStanding, kind: Kind, now: datetime, told: dict[str, object]) -> Happening:
    return unasked(case, kind, f"{timer.id}-{kind}", "policy", now, told)
