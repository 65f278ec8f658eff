"""The journal: ledger entries and events, written together in the transaction of what they tell."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from domain.canonical import digest
from domain.events import Happening
from domain.ledger import Entry

WATCHED = "review."
ENTRY_COLUMNS = "id, kind, case_id, actor, at, request_id, body, digest"
EVENT_COLUMNS = "event_id, kind, case_id, region, client_id, at, data"
ENTRIES_ONCE = f"""
insert into ledger_entries ({ENTRY_COLUMNS})
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::bytea[], $8::text[])
"""  # noqa: S608 - built from the constants above only
ENTRIES = f"{ENTRIES_ONCE} on conflict (id) do nothing"
EVENTS = f"""
insert into events ({EVENT_COLUMNS})
select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::jsonb[])
on conflict (event_id) do nothing
"""  # noqa: S608 - built from the constants above only


class PgJournal:
    """Ledger and outbox in Postgres."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self.is_watched = False
        """People at a screen wait for what was written: it is numbered at once, and not with the next batch."""

    async def write(self, *happenings: Happening) -> None:
        """Append; a happening whose id is there already is left alone."""
        await self._write(ENTRIES, happenings)

    async def write_once(self, *happenings: Happening) -> None:
        """Append; the transaction fails with AlreadyWritten when one of them is there already."""
        await self._write(ENTRIES_ONCE, happenings)

    async def _write(self, entries: str, happenings: Sequence[Happening]) -> None:
        if happenings:
            await self._connection.execute(entries, *_columns(entry_row(happening) for happening in happenings))
        if told := [event_row(happening) for happening in happenings if happening.event is not None]:
            await self._connection.execute(EVENTS, *_columns(told))
            self.is_watched |= any(happening.kind.startswith(WATCHED) for happening in happenings)


def entry_row(happening: Happening) -> tuple[Any, ...]:
    """The values of the ledger's columns, in the order of `ENTRY_COLUMNS`."""
    entry = Entry(
        id=happening.id,
        kind=happening.kind,
        case_id=happening.case_id,
        actor=happening.actor,
        at=happening.at,
        request_id=happening.request_id,
        data=happening.entry,
    )
    body = entry.body()
    return entry.id, entry.kind, entry.case_id, entry.actor, entry.at, entry.request_id, body, digest(body)


def event_row(happening: Happening) -> tuple[Any, ...]:
    """The values of the events' columns, in the order of `EVENT_COLUMNS`."""
    event_id = "evt" + happening.id.removeprefix("ent")
    return event_id, happening.kind, happening.case_id, happening.region, happening.client_id, happening.at, happening.event


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
