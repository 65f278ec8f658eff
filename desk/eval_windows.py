"""Windows of decisions that somebody found good: what drift is told from."""

from __future__ import annotations

from dataclasses import dataclass

from desk.eval_candidates import actor_of
from domain.errors import InvalidInput
from domain.eval_window import AcceptedWindow, WindowSample, WindowSpan
from domain.events import Happening, Kind
from domain.identifiers import derived_id, new_id
from domain.ports import Clock
from domain.unit_of_work import Store


@dataclass(frozen=True)
class EvalWindows:
    """Accepting windows; each is one ledger entry, which names who did it."""

    store: Store
    clock: Clock
    home_region: str

    async def accept(self, span: WindowSpan, sample: WindowSample, by: str, reason: str) -> AcceptedWindow:
        """Keep a window. Raises InvalidInput for an empty one, and without a name and a reason."""
        if not by.strip() or not reason.strip():
            raise InvalidInput("Accepting a window needs a person's name and a reason: give --by and --reason.")
        if not sample.cases:
            raise InvalidInput("Nothing was decided in that span, so there is nothing to accept.")
        now = self.clock.now()
        window = AcceptedWindow(id=new_id("evw"), span=span, sample=sample, accepted_by=actor_of(by), reason=reason.strip(), at=now)
        told = {"window": window.id, "span": span.model_dump(mode="json"), "cases": sample.cases, "reason": window.reason}
        happening = Happening(
            id=derived_id("ent", window.id, 0, Kind.EVAL_WINDOW_ACCEPTED),
            kind=Kind.EVAL_WINDOW_ACCEPTED,
            case_id=None,
            region=span.region or self.home_region,
            actor=window.accepted_by,
            at=now,
            entry=told,
        )
        async with self.store.transaction() as tx:
            await tx.windows.put(window)
            await tx.journal.write(happening)
        return window
