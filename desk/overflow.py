"""Overflow: a case that nobody takes on in time goes to another pool of its policy, inside the envelope of its decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from desk.rerouting import Decided
from desk.unasked import unasked
from domain.case import CaseStanding, CaseStatus
from domain.decision import Route
from domain.events import Kind
from domain.ports import Views
from domain.unit_of_work import Tx
from domain.views import CaseChange, Timer
from policies.shelf import PolicyShelf

REASSIGN = "reassign overflow"
"""What a step of a promise may do; the others are told, and whoever relays events notifies people."""


@dataclass(frozen=True)
class Overflow:
    """Reassigns for policy's clock."""

    views: Views
    policies: PolicyShelf

    async def reassign(self, tx: Tx, timer: Timer, case: CaseStanding, now: datetime) -> bool:
        """Give the case to somebody free in an overflow pool; False, and nothing changes, when it was accepted or nobody is.

        The case is locked, so that what was decided of it stands meanwhile.
        """
        held = await tx.assignments.holder(case.id)
        if case.status is not CaseStatus.ASSIGNED or (held and held.accepted_at):
            return False
        record = await self.views.record(case.id)
        decided = await Decided.from_record(record, self.policies) if record else None
        for route in decided.overflow(case) if decided else ():
            if decided is not None and await tx.assignments.anyone_free(case.id, route.pool):
                turn, language = decided.decision.turn, decided.language
                person = await tx.assignments.move(f"overflow-{case.revision}", case.id, turn, route, language, now, "overflow")
                await self._settle(tx, timer, case, route.model_copy(update={"assignee": person}), now)
                return True
        return False

    async def _settle(self, tx: Tx, timer: Timer, case: CaseStanding, route: Route, now: datetime) -> None:
        await tx.cases.settle(case.id, CaseChange(pool=route.pool, assignee=route.assignee, route=route, at=now))
        told: dict[str, Any] = {
            "from": {"pool": case.pool, "person": case.assignee},
            "to": {"pool": route.pool, "person": route.assignee, "mode": route.mode},
            "promise": timer.data["promise"],
            "at_percent": timer.data["at_percent"],
        }
        step = f"{timer.id}-{Kind.CASE_REASSIGNED}"
        await tx.journal.write(unasked(case, Kind.CASE_REASSIGNED, step, "policy", now, told, case.last_turn))
