"""Clocks: durable timers that fall due. A review that nobody ruled on ends as policy says; SLA steps are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.reviews import Reviews, store_ruling
from domain.case import CaseStatus
from domain.decision import OnExpiry
from domain.events import Happening, Kind
from domain.identifiers import derived_id
from domain.ports import Clock, Views
from domain.review import ReviewStatus, Ruling, RulingAction
from domain.unit_of_work import Store, Tx
from domain.views import CaseChange, Timer

ESCALATED_PRIORITY = 20
MAX_PRIORITY = 200
SLA_OVER = {CaseStatus.RESOLVED, CaseStatus.CLOSED}


@dataclass(frozen=True)
class Clocks:
    """Does what due timers ask for."""

    store: Store
    views: Views
    clock: Clock
    reviews: Reviews

    async def tick(self) -> int:
        """Fire every due timer and return how many there were. The taking and the doing are one transaction."""
        now = self.clock.now()
        freed: list[tuple[str, int]] = []
        async with self.store.transaction() as tx:
            timers = await tx.timers.take_due(now)
            for timer in timers:
                if timer.kind == "review-expiry":
                    freed += await self._expire(tx, timer, now)
                else:
                    await self._tell(tx, timer, now)
        for case_id, _ in freed:
            self.reviews.floor.start(case_id)
        return len(timers)

    async def _expire(self, tx: Tx, timer: Timer, now: datetime) -> list[tuple[str, int]]:
        review_id = timer.data["review_id"]
        row, review = await self.views.review(review_id), await tx.reviews.locked(review_id)
        if row is None or review is None or review.status in (ReviewStatus.RULED, ReviewStatus.EXPIRED):
            return []
        if review.gate.on_expiry is OnExpiry.ESCALATE and review.escalations == 0:
            due = now + timedelta(seconds=review.gate.within_s)
            await tx.reviews.save(review.model_copy(update={"escalations": 1, "due_at": due}))
            await tx.cases.settle(review.case_id, CaseChange(priority=min(MAX_PRIORITY, row.case["priority"] + ESCALATED_PRIORITY), at=now))
            await tx.timers.schedule(timer.model_copy(update={"id": f"{timer.id}-2", "due_at": due}))
            await tx.journal.write(
                self._happening(timer, row.case, Kind.REVIEW_ESCALATED, now, {"review_id": review_id, "due_at": due.isoformat()})
            )
            return []
        ruling = Ruling(action=RulingAction.REJECT, actor="policy", reason="Nobody ruled in time; the safe default stands.", ruled_at=now)
        await store_ruling(tx, row, review, ruling, "")
        return [(review.case_id, review.turn)]

    async def _tell(self, tx: Tx, timer: Timer, now: datetime) -> None:
        row = await self.views.case(timer.case_id)
        if row is None or row.case["status"] in SLA_OVER:
            return
        if timer.data.get("promise") == "ack" and row.case["acknowledged_at"]:
            return
        if raised := timer.data.get("raise"):
            await tx.cases.settle(timer.case_id, CaseChange(priority=min(MAX_PRIORITY, row.case["priority"] + raised), at=now))
        await tx.journal.write(self._happening(timer, row.case, Kind.SLA_STEP_DUE, now, dict(timer.data)))

    def _happening(self, timer: Timer, case: dict[str, object], kind: Kind, now: datetime, told: dict[str, object]) -> Happening:
        return Happening(
            id=derived_id("ent", timer.case_id, 0, f"{timer.id}-{kind}"),
            kind=kind,
            case_id=timer.case_id,
            region=str(case["region"]),
            client_id=str(case["client_id"]) if case["client_id"] else None,
            actor="policy",
            at=now,
            entry=told,
            event=told,
        )
