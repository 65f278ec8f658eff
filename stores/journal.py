"""The journal: ledger entries and events, written together in the transaction of what they tell."""

from __future__ import annotations

from typing import Any

from domain.canonical import digest
from domain.events import Happening
from domain.ledger import Entry

ENTRIES = """
insert into ledger_entries (id, kind, case_id, actor, at, request_id, body, digest)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::bytea[], $8::text[])
on conflict (id) do nothing
"""
EVENTS = """
insert into events (event_id, kind, case_id, region, client_id, at, data)
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::jsonb[])
on conflict (event_id) do nothing
"""


class PgJournal:
    """Ledger and outbox in Postgres."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def write(self, *happenings: Happening) -> None:
        """Append; a happening whose id is there already is left alone."""
        entries = [_entry(happening) for happening in happenings]
        bodies = [entry.body() for entry in entries]
        told = [happening for happening in happenings if happening.event is not None]
        await self._connection.execute(
            ENTRIES,
            [entry.id for entry in entries],
            [entry.kind for entry in entries],
            [entry.case_id for entry in entries],
            [entry.actor for entry in entries],
            [entry.at for entry in entries],
            [entry.request_id for entry in entries],
            bodies,
            [digest(body) for body in bodies],
        )
        await self._connection.execute(
            EVENTS,
            ["evt" + happening.id.removeprefix("ent") for happening in told],
            [happening.kind for happening in told],
            [happening.case_id for happening in told],
            [happening.region for happening in told],
            [happening.client_id for happening in told],
            [happening.at for happening in told],
            [happening.event for happening in told],
        )


def _entry(happening: Happening) -> Entry:
    return Entry(
        id=happening.id,
        kind=happening.kind,
        case_id=happening.case_id,
        actor=happening.actor,
        at=happening.at,
        request_id=happening.request_id,
        data=happening.entry,
    )
