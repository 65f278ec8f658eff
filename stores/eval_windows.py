"""Accepted windows in Postgres."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.eval_window import AcceptedWindow, WindowSample, WindowSpan

if TYPE_CHECKING:
    from stores.postgres import Database

PUT = """
insert into eval_windows (id, began_at, ended_at, region, cases, sample, accepted_by, reason, at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing
"""
GET = """
select * from eval_windows
where ($1::text is null or id = $1) and ($1::text is not null or region is not distinct from $2) order by at desc, id desc limit 1
"""


class PgWindowViews:
    """The windows that were accepted."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accepted(self, window_id: str | None = None, region: str | None = None) -> AcceptedWindow | None:
        """A window by its id, or the last one of the region."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(GET, window_id, region)
        if row is None:
            return None
        return AcceptedWindow(
            id=row["id"],
            span=WindowSpan(since=row["began_at"], until=row["ended_at"], region=row["region"]),
            sample=WindowSample.model_validate(row["sample"]),
            accepted_by=row["accepted_by"],
            reason=row["reason"],
            at=row["at"],
        )


class PgWindows:
    """Accepted windows inside a transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def put(self, window: AcceptedWindow) -> None:
        """Keep one."""
        one, span, sample = window, window.span, window.sample.model_dump(mode="json")
        await self._connection.execute(
            PUT, one.id, span.since, span.until, span.region, one.sample.cases, sample, one.accepted_by, one.reason, one.at
        )
