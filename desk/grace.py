"""Grace: where policy allows it, a ruling given in the console takes effect some seconds later, and until then its giver can take it back.

It is stored at once, with a durable timer: whoever looks at the timers lets it take effect, also when the worker that took it is gone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.reviews import Reviews, happening, store_ruling
from domain.access import ApiKey
from domain.case import CaseStanding
from domain.errors import Conflict, NotFound
from domain.events import Kind
from domain.failpoints import failpoint
from domain.identifiers import derived_id
from domain.review import OVER, RULING_GRACE, HeldRuling, Review, Ruling
from domain.unit_of_work import Tx
from domain.views import Timer

STALE = "The review changed before it took effect."


@dataclass(frozen=True)
class Grace:
    """Rulings that can be taken back."""

    reviews: Reviews

    async def rule(self, review_id: str, ruling: Ruling, key: ApiKey, revision: int | None, request_id: str) -> str | None:
        """`Reviews.rule`, held for as long as the review's policy says. Returns None as well while the ruling can be taken back."""
        row = await self.reviews.visible(review_id, key)
        policy = await self.reviews.policies.have(row.record["routing"]["verdict"]["policy"]["digest"])
        within = timedelta(seconds=policy.document.undo_within_s)

        async def hold(tx: Tx, case: CaseStanding, review: Review, standing: Ruling) -> bool:
            """Not beyond the review's own end: what was ruled in time is not lost to it."""
            until = self.reviews.clock.now() + within
            if not within or until >= review.due_at:
                return False
            await _hold(tx, case, review, HeldRuling(ruling=standing, until=until, revision=review.revision + 1, request_id=request_id))
            return True

        return await self.reviews.rule(review_id, ruling, key, revision, request_id, hold)

    async def undo(self, review_id: str, key: ApiKey, request_id: str) -> None:
        """Take one's own ruling back. Raises Conflict when none waits any more, or it is somebody else's."""
        row = await self.reviews.visible(review_id, key)
        now, case_id = self.reviews.clock.now(), row.case["id"]
        async with self.reviews.store.transaction() as tx:
            case = (await tx.cases.locked(case_id))[case_id]
            review = await tx.reviews.locked(review_id)
            if review is None:
                raise NotFound.said("There is no review %(id)s.", {"id": review_id})
            held = review.held
            if held is None or not held.waits or held.until <= now:
                raise Conflict.said("No ruling waits here any more, so there is none to take back.")
            if key.actor not in (held.ruling.actor, held.ruling.seconded_by):
                who = held.ruling.actor
                raise Conflict.said("%(who)s ruled here and alone can take it back.", {"who": who}, holder=who)
            await tx.timers.cancel(case_id, RULING_GRACE)
            left = None if held.ruling.seconded_by else review.override  # what was seconded was taken back, so it waits for nobody
            await tx.reviews.save(review.model_copy(update={"held": None, "override": left}))
            undone = happening(case, review, Kind.REVIEW_RULING_UNDONE, key.actor, now, {"action": held.ruling.action})
            await tx.journal.write(undone.model_copy(update={"request_id": request_id}))


async def take_effect(tx: Tx, review: Review | None, case: CaseStanding, now: datetime) -> bool:
    """Whether a held ruling took effect, so that its case goes on; one that a change of the review overtook is dropped, which is said.

    The timer of one that was taken back, or that an end of the review overtook, finds nothing to do.
    """
    if review is None or review.status in OVER or review.held is None or not review.held.waits:
        return False
    held = review.held
    if review.revision != held.revision:
        await tx.reviews.save(review.model_copy(update={"held": held.model_copy(update={"dropped": STALE})}))
        told = {"action": held.ruling.action, "because": STALE}
        await tx.journal.write(happening(case, review, Kind.REVIEW_RULING_DROPPED, held.ruling.actor, now, told))
        return False
    if held.until > now:
        return False
    await store_ruling(tx, case, review, held.ruling, held.request_id)
    failpoint("grace-in-transaction")
    return True


async def _hold(tx: Tx, case: CaseStanding, review: Review, held: HeldRuling) -> None:
    await tx.reviews.save(review.model_copy(update={"held": held}))
    timer = Timer(
        id=derived_id("tmr", review.case_id, review.turn, f"{RULING_GRACE}-{held.revision}"),
        case_id=review.case_id,
        kind=RULING_GRACE,
        due_at=held.until,
        data={"review_id": review.id},
    )
    await tx.timers.schedule(timer)
    told = {"action": held.ruling.action, "until": held.until.isoformat()}
    happened = happening(case, review, Kind.REVIEW_RULING_HELD, held.ruling.actor, held.ruling.ruled_at, told)
    await tx.journal.write(happened.model_copy(update={"request_id": held.request_id}))
