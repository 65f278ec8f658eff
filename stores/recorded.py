"""Recorded decisions in pages, newest first, as cheaply as they can be had: one range of an index, and the records unread."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from domain.simulation import Cursor, RecordedPage, Span
from policies.comparison.recorded import RecordedCase, case_of

if TYPE_CHECKING:
    from stores.postgres import Database

# Bounds are always given: a plan that is made for "no bound or this one" reads the index from its end for every page.
EARLIEST, LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
RANGE = "d.decided_at >= $1 and (d.decided_at, d.id) < ($2, $3)"
ORDER = "order by d.decided_at desc, d.id desc limit $4"
SEEN = "join cases c on c.id = d.case_id and ($5::text is null or c.region = $5) and ($6::text is null or c.client_id = $6)"
PAGE = f"select d.id, d.decided_at, d.record from decisions d where {RANGE} {ORDER}"  # noqa: S608 - built from the constants above only
PAGE_SEEN = f"select d.id, d.decided_at, d.record from decisions d {SEEN} where {RANGE} {ORDER}"  # noqa: S608 - as above
COUNT = f"select count(*)::int from (select 1 from decisions d where {RANGE} {ORDER}) counted"  # noqa: S608 - as above
COUNT_SEEN = f"select count(*)::int from (select 1 from decisions d {SEEN} where {RANGE} {ORDER}) counted"  # noqa: S608 - as above

CASES = "select id, case_id from decisions where id = any($1::text[])"


class PgRecordedDecisions:
    """Reads decisions from Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, span: Span) -> int:
        """How many decisions there are, at most the span's limit."""
        async with self._database.connection() as connection:
            return await connection.fetchval(*_statement(COUNT, COUNT_SEEN, span, None, span.limit))

    async def page(self, span: Span, after: Cursor | None, size: int) -> RecordedPage:
        """The next `size` decisions after a cursor, newest first; an empty page is the end."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(*_statement(PAGE, PAGE_SEEN, span, after, size))
        last = rows[-1] if rows else None
        return RecordedPage([(row["id"], row["record"]) for row in rows], (last["decided_at"], last["id"]) if last else None)

    async def cases(self, ids: list[str]) -> dict[str, str]:
        """The case of each of these decisions."""
        async with self._database.connection() as connection:
            return {row["id"]: row["case_id"] for row in await connection.fetch(CASES, ids)}

    async def newest(self, limit: int) -> list[RecordedCase]:
        """The newest decisions as cases; a record that these facts do not read is left out."""
        page = await self.page(Span(limit=limit), None, limit)
        return [case for row in page.rows if (case := case_of(*row)) is not None]


def _statement(all_of_them: str, seen: str, span: Span, after: Cursor | None, size: int) -> tuple[Any, ...]:
    before = after or (span.until or LATEST, "")
    bounds = (span.since or EARLIEST, *before, size)
    if span.region is None and span.client_id is None:
        return all_of_them, *bounds
    return seen, *bounds, span.region, span.client_id
