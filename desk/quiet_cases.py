"""Quiet cases: one that was resolved, or that the AI answered, is closed when nothing more has happened in it for long."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.unasked import unasked
from domain.case import CaseStanding, CaseStatus, Outcome, Resolution
from domain.events import Kind
from domain.ports import Clock
from domain.unit_of_work import Store, Tx
from domain.views import CaseChange

AT_A_TIME = 50
ACTOR = "maitred:clock"


@dataclass(frozen=True)
class QuietCases:
    """Closes cases; a new message of such a conversation opens another case."""

    store: Store
    clock: Clock
    closes_after: timedelta

    async def close(self) -> bool:
        """Close the quietest; whether there may be more of them. None is ever closed when `closes_after` is nothing."""
        if not self.closes_after:
            return False
        now = self.clock.now()
        async with self.store.transaction() as tx:
            quiet = await tx.cases.quiet(now - self.closes_after, AT_A_TIME)
            for case in quiet:
                await self._close(tx, case, now)
        return len(quiet) == AT_A_TIME

    async def _close(self, tx: Tx, case: CaseStanding, now: datetime) -> None:
        ended = case.outcome or Resolution(outcome=Outcome.ANSWERED, by=ACTOR, at=case.answered_at or case.updated_at)
        change = CaseChange(status=CaseStatus.CLOSED, resolved_at=ended.at, outcome=ended.model_dump(mode="json"), at=now)
        await tx.cases.settle(case.id, change)
        told = {"outcome": ended.outcome, "quiet_since": case.updated_at.isoformat()}
        await tx.journal.write(unasked(case, Kind.CASE_CLOSED, Kind.CASE_CLOSED, ACTOR, now, told, case.last_turn))
