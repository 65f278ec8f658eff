"""Drafts of rulings: one row for each review that waits; it goes when the review is over (`stores.reviews`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain.draft import Draft, Kept

if TYPE_CHECKING:
    from stores.postgres import Database

KEEP = """
with live as (
    select id from reviews
    where id = $1 and status in ('open', 'claimed') and (claimed_by is null or claimed_by = $4 or claim_expires_at <= $5)
    for share
), before as (
    select revision, by, at from review_drafts where review_id = $1
), kept as (
    insert into review_drafts as d (review_id, fields, revision, by, at)
    select id, jsonb_build_object($2::text, $3::jsonb), 1, $4, $5 from live where octet_length($3::jsonb::text) <= $6
    on conflict (review_id) do update
        set fields = d.fields || excluded.fields, revision = d.revision + 1, by = excluded.by, at = excluded.at
        where octet_length((d.fields || excluded.fields)::text) <= $6
    returning revision
)
select kept.revision, before.revision as revision_before, before.by as by_before, before.at as at_before from kept left join before on true
"""
"""The review is held while the draft is written, so none is left behind by one that ends at the same moment."""


class PgDrafts:
    """Drafts in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, review_id: str, form: str, fields: Mapping[str, Any], by: str, at: datetime, most: int) -> Kept | None:
        """Lay one form over the draft. None, and nothing is stored, when nobody may write there now or it would pass `most` bytes."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(KEEP, review_id, form, dict(fields), by, at, most)
        if row is None:
            return None
        if row["revision_before"] is None:
            return Kept(revision=row["revision"])
        before = Draft(fields={}, revision=row["revision_before"], by=row["by_before"], at=row["at_before"])
        return Kept(revision=row["revision"], before=before)

    async def of(self, review_id: str) -> Draft | None:
        """The draft of a review."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow("select fields, revision, by, at from review_drafts where review_id = $1", review_id)
        return Draft.model_validate(dict(row)) if row else None

    async def discard(self, review_id: str) -> None:
        """Forget it."""
        async with self._database.connection() as connection:
            await connection.execute("delete from review_drafts where review_id = $1", review_id)
