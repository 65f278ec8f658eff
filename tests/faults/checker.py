"""Holds what the source was told against what the stores hold, and names every broken promise.

It reads the tables directly: an API that hides a second decision would hide it from a black-box test as well.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import asyncpg

from tests.faults.source import History

driver: Any = asyncpg  # its annotations are partial

UNSETTLED = """
select count(*) from turns t where t.status <> 'done' and not (t.status = 'waiting' and t.ruling is null)
  and not exists (select 1 from turns e where e.case_id = t.case_id and e.turn < t.turn and e.status = 'waiting' and e.ruling is null)
"""
TWICE = {
    "a message is stored twice": """
        select external_id from messages where inbound group by external_id having count(*) > 1""",
    "a message has not exactly one turn": """
        select m.external_id from messages m left join turns t on t.message_id = m.id where m.inbound group by m.id having count(t) <> 1""",
    "a turn is decided twice": """
        select case_id || '/' || turn from decisions group by case_id, turn having count(*) > 1""",
    "something stands twice in the ledger": """
        select kind || ' of ' || case_id || '/' || (convert_from(body, 'UTF8')::jsonb -> 'data' ->> 'turn') from ledger_entries
        where kind in ('message.received', 'case.decided', 'review.opened', 'review.ruled', 'case.replied', 'case.handed_over')
        group by case_id, kind, convert_from(body, 'UTF8')::jsonb -> 'data' ->> 'turn' having count(*) > 1""",
    "a case is assigned twice": """
        select case_id from assignments where ended_at is null group by case_id having count(*) > 1""",
    "a person's load is counted wrong": """
        select p.id || ': ' || p.open || ' counted, ' || count(a) || ' assigned' from people p
        left join assignments a on a.person_id = p.id and a.ended_at is null group by p.id having p.open <> count(a)""",
    "an answer went out twice": """
        select case_id || '/' || turn from messages where not inbound group by case_id, turn having count(*) > 1""",
    "two events share a sequence": "select sequence::text from events group by sequence having count(*) > 1",
}
LOST = {
    "a turn that is done has no decision": """
        select t.case_id || '/' || t.turn from turns t where t.status = 'done'
        and not exists (select 1 from decisions d where d.case_id = t.case_id and d.turn = t.turn)""",
    "a turn that waits has no review that is open": """
        select t.case_id || '/' || t.turn from turns t where t.status = 'waiting' and t.ruling is null
        and not exists (select 1 from reviews r where r.case_id = t.case_id and r.turn = t.turn and r.status in ('open', 'claimed'))""",
    "a decision is missing in the ledger": """
        select d.case_id || '/' || d.turn from decisions d where not exists (select 1 from ledger_entries l where l.case_id = d.case_id
        and l.kind = 'case.decided' and (convert_from(l.body, 'UTF8')::jsonb -> 'data' ->> 'turn')::int = d.turn)""",
    "a ledger entry has no event": """
        select l.id from ledger_entries l where l.kind in ('message.received', 'case.decided', 'review.opened')
        and not exists (select 1 from events e where e.event_id = 'evt' || substr(l.id, 4))""",
    "an event has no sequence": "select event_id from events where sequence is null",
    "a decision for people names somebody to whom it is not assigned": """
        select d.case_id || '/' || d.turn from decisions d where convert_from(d.body, 'UTF8')::jsonb #>> '{route,assignee}' is not null
        and not exists (select 1 from assignments a where a.case_id = d.case_id
                        and a.person_id = convert_from(d.body, 'UTF8')::jsonb #>> '{route,assignee}')""",
    "a ruling was stored and not obeyed": """
        select r.id from reviews r where r.status = 'ruled' and not exists (select 1 from decisions d where d.case_id = r.case_id
        and d.turn = r.turn and convert_from(d.body, 'UTF8')::jsonb ->> 'decided_by' = r.ruling ->> 'actor')""",
}


@dataclass(frozen=True)
class Findings:
    """Broken promises, a sentence each."""

    lost: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()

    @property
    def none(self) -> bool:
        """Every promise was kept."""
        return not self.lost and not self.twice


class Checker:
    """Looks into one database."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def unsettled(self) -> int:
        """Turns that should move on by themselves and have not ended yet."""
        return await self._connection.fetchval(UNSETTLED)

    async def findings(self, history: History) -> Findings:
        """Every broken promise, once all has settled."""
        lost = [*await self._broken(LOST), *await self._missing(history), *await self._altered()]
        return Findings(tuple(lost), tuple(await self._broken(TWICE)))

    async def _broken(self, promises: dict[str, str]) -> list[str]:
        return [f"{promise}: {row[0]}" for promise, query in promises.items() for row in await self._connection.fetch(query)]

    async def _missing(self, history: History) -> list[str]:
        stored = dict(await self._connection.fetch("select external_id, case_id from messages where inbound"))
        missing: list[str] = []
        for told in history.messages.values():
            named = {case_id for _, case_id in told.answers if case_id}
            if told.accepted_at is None:
                missing.append(f"a message was never taken: {told.external_id}")
            elif named != {stored.get(told.external_id)}:
                missing.append(
                    f"a message is not where the answers said: {told.external_id} in {stored.get(told.external_id)}, not {named}"
                )
        return missing

    async def _altered(self) -> list[str]:
        rows = await self._connection.fetch("select index, body, digest from ledger_entries")
        return [f"a ledger entry is not what its digest says: {row[0]}" for row in rows if _digest(row[1]) != row[2]]


async def checker_of(database_url: str) -> Checker:
    """A checker with a connection of its own."""
    return Checker(await driver.connect(database_url))


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
