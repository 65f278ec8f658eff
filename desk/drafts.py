"""Drafts: what leads write beside a review is kept as they type, for themselves and for whoever takes the review over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desk.reviews import claimed_by
from domain.access import ApiKey
from domain.draft import Draft, Drafts, Kept
from domain.errors import Conflict, InvalidInput, NotFound
from domain.ports import Clock, Views
from domain.review import OVER, Review, RulingAction
from domain.views import ReviewRow

MOST_BYTES = 32 * 1024
"""Of a whole draft: a page of text in every form, and some."""


@dataclass(frozen=True)
class DraftDesk:
    """Keeps, shows and forgets drafts."""

    drafts: Drafts
    views: Views
    clock: Clock

    async def keep(
        self, review_id: str, form: RulingAction, fields: Mapping[str, Any], key: ApiKey, seen: int | None
    ) -> tuple[Kept, str | None]:
        """Store one form's fields. Returns whose words, other than the caller's and newer than what they saw, stood there before.

        The last who writes wins. Raises Conflict while another holds the review or when it is over, InvalidInput for too much text.
        """
        row = await self._visible(review_id, key)
        kept = await self.drafts.keep(review_id, form.value, fields, key.actor, self.clock.now(), MOST_BYTES)
        if kept is None:
            raise self._refusal(await self._visible(row.review["id"], key), key)
        before = kept.before
        other = before.by if before and before.by != key.actor and before.revision != seen else None
        return kept, other

    async def discard(self, review_id: str, key: ApiKey) -> None:
        """Forget what is written there. Raises Conflict while another holds the review."""
        row = await self._visible(review_id, key)
        held = self._held_by_other(row, key)
        if held:
            raise held
        await self.drafts.discard(review_id)

    async def of(self, review_id: str) -> Draft | None:
        """The draft of a review that the caller has seen."""
        return await self.drafts.of(review_id)

    def _refusal(self, row: ReviewRow, key: ApiKey) -> Conflict | InvalidInput:
        if row.review["status"] in OVER:
            return Conflict.said("This review is over, so no draft is kept for it.")
        return self._held_by_other(row, key) or InvalidInput.said(
            "A draft holds at most %(most)s KB; shorten it to have it kept.", {"most": MOST_BYTES // 1024}
        )

    def _held_by_other(self, row: ReviewRow, key: ApiKey) -> Conflict | None:
        fields = {name: row.review[name] for name in Review.model_fields if name in row.review}
        holder = claimed_by(Review.model_validate(fields), self.clock.now())
        return Conflict.said("%(who)s holds this review now.", {"who": holder}, holder=holder) if holder not in (None, key.actor) else None

    async def _visible(self, review_id: str, key: ApiKey) -> ReviewRow:
        row = await self.views.review(review_id)
        if row is None or not key.sees(row.case["region"], row.case["client_id"]):
            raise NotFound.said("There is no review %(id)s.", {"id": review_id})
        return row
