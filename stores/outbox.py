"""The outbox: events get their public sequence from one sequencer at a time, in batches, after their transaction.

A sequence drawn inside the writing transaction would let a reader see 7 before 6 and never look back; here
only committed rows are numbered, so a reader that has seen `n` will never miss a smaller one.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from domain.events import Event
from stores.listening import Listener

if TYPE_CHECKING:
    from stores.postgres import Database

SEQUENCER_LOCK = 0x6D7365710001
CHANNEL = "maitred_events"
TRIES, TRY_AGAIN_S = 5, 0.005

NUMBER = """
with waiting as (
    select id, row_number() over (order by id) as place from (select id from events where sequence is null order by id limit $1) first
), numbered as (
    update events e set sequence = (select coalesce(max(sequence), 0) from events) + w.place from waiting w where e.id = w.id
    returning kind, case when kind = 'case.decided' then data #>> '{route,mode}' end as mode, data ->> 'tier' as tier
)
select kind, mode, case when mode is not null then tier end as tier, count(*)::int as events, pg_notify('maitred_events', '')
from numbered group by 1, 2, 3
"""
AFTER = """
select e.sequence, e.event_id as id, e.kind, e.case_id, e.region, e.at, coalesce(l.request_id, '') as request_id, e.data
from events e left join ledger_entries l on l.id = 'ent' || substr(e.event_id, 4)
where e.sequence > $1 and ($2::text is null or e.case_id = $2) and ($3::text is null or e.region = $3)
  and ($4::text is null or e.client_id = $4)
order by e.sequence limit $5
"""


@dataclass(frozen=True)
class Numbered:
    """How many events of a kind were given their place at once; of decisions, of each mode and tier."""

    kind: str
    mode: str | None
    tier: str | None
    events: int


class PgOutbox:
    """Gives events their sequence."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sequence(self, limit: int = 500) -> list[Numbered]:
        """Number the committed events that have no sequence, and say what they were; nothing when another process stays at it."""
        for _ in range(TRIES):
            numbered = await self._number(limit)
            if numbered is not None:
                return numbered
            await asyncio.sleep(TRY_AGAIN_S)
        return []

    async def _number(self, limit: int) -> list[Numbered] | None:
        """None when another process is at it: it may have looked before our events were there."""
        async with self._database.connection() as connection, connection.transaction():
            if not await connection.fetchval("select pg_try_advisory_xact_lock($1)", SEQUENCER_LOCK):
                return None
            rows = await connection.fetch(NUMBER, limit)
        return [Numbered(row["kind"], row["mode"], row["tier"], row["events"]) for row in rows]


class PgEventLog:
    """Reads the event stream; a notification only wakes, the table is the truth."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._listener = Listener(database, CHANNEL)

    async def after(
        self, sequence: int, *, case_id: str | None = None, region: str | None = None, client_id: str | None = None, limit: int = 200
    ) -> list[Event]:
        """Events past `sequence`."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(AFTER, sequence, case_id, region, client_id, limit)
        return [Event.model_validate(dict(row)) for row in rows]

    async def newest(self) -> int:
        """The last sequence given out."""
        async with self._database.connection() as connection:
            return await connection.fetchval("select coalesce(max(sequence), 0) from events")

    @property
    def heard(self) -> int:
        """How often there was word of something new."""
        return self._listener.heard

    async def wait(self, timeout_s: float, heard: int | None = None) -> None:
        """Return when there may be something new, or after the timeout; at once when there was more word than `heard` already."""
        await self._listener.wait(timeout_s, heard)

    async def close(self) -> None:
        """Stop listening."""
        await self._listener.close()
