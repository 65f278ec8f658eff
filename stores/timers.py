"""Durable timers: rows that are taken, and gone, in the transaction that does what they ask for."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.views import Timer
from stores.cases import ENDS

CANCEL = """
delete from timers where id in (
    select id from timers where case_id = $1 and kind = $2 and ($3::text is null or data ->> 'promise' = $3) for update skip locked
)
"""
CANCEL_ANSWERED = f"""
delete from timers where id in (
    select t.id from timers t join cases c on c.id = t.case_id where t.case_id = $1 and t.kind = $2 and {ENDS} for update of t skip locked
)
"""  # noqa: S608 - a constant
TAKE = """
delete from timers where id in (
    select id from timers where due_at <= $1 order by due_at limit $2 for update skip locked
) returning id, case_id, kind, due_at, data
"""


class PgTimers:
    """Timers in Postgres."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def schedule(self, *timers: Timer) -> None:
        """Add timers; one whose id is there already is left alone."""
        if not timers:
            return
        await self._connection.execute(
            "insert into timers (id, case_id, kind, due_at, data) "
            "select * from unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[], $5::jsonb[]) on conflict (id) do nothing",
            [timer.id for timer in timers],
            [timer.case_id for timer in timers],
            [timer.kind for timer in timers],
            [timer.due_at for timer in timers],
            [timer.data for timer in timers],
        )

    async def cancel(self, case_id: str, kind: str, promise: str | None = None) -> None:
        """Remove the timers of one kind of a case, or only those of one promise.

        One that is being taken right now is left alone: whoever took it waits for the case's lock, and then finds nothing to do.
        """
        await self._connection.execute(CANCEL, case_id, kind, promise)

    async def cancel_answered(self, case_id: str, kind: str) -> None:
        """Remove the timers of one kind of a case that an answer of this moment ends."""
        await self._connection.execute(CANCEL_ANSWERED, case_id, kind)

    async def take_due(self, now: datetime, limit: int = 50) -> list[Timer]:
        """Take the due timers that no other worker holds; they are gone when the transaction commits."""
        rows = await self._connection.fetch(TAKE, now, limit)
        return sorted((Timer.model_validate(dict(row)) for row in rows), key=lambda timer: (timer.due_at, timer.id))
