"""Turns: where each run of the graph stands, and which of them a worker can take up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from domain.case import Identity, InboundMessage, PendingTurn, Sender, TurnInput, TurnStatus
from domain.review import Ruling

if TYPE_CHECKING:
    from stores.postgres import Database

NEXT = """
select t.case_id, t.turn, t.status, t.policy_digest, t.ruling, t.request_id,
       coalesce(t.record, convert_from(d.record, 'UTF8')::jsonb) as record,
       m.id as message_id, m.external_id, m.author, m.body, m.language, m.attachments, m.metadata, m.sent_at, m.received_at,
       c.channel, c.conversation_id, d.body as decision,
       array(select p.body from messages p where p.case_id = t.case_id and p.turn < t.turn and p.inbound order by p.turn) as thread
from turns t
join messages m on m.id = t.message_id
join cases c on c.id = t.case_id
left join decisions d on d.case_id = t.case_id and d.turn = t.turn
where t.case_id = $1 and t.status <> 'done'
order by t.turn limit 1
"""

STRANDED = """
select t.case_id from turns t
where t.status <> 'done' and not (t.status = 'waiting' and t.ruling is null)
  and t.updated_at < clock_timestamp() - make_interval(secs => $1)
  and not exists (select 1 from turns e where e.case_id = t.case_id and e.turn < t.turn and e.status <> 'done')
order by t.updated_at limit $2
"""


STATUS = """
select case when t.status = 'pending' and exists (
    select 1 from turns e where e.case_id = t.case_id and e.turn < t.turn and e.status = 'waiting' and e.ruling is null
) then 'waiting' else t.status end
from turns t where t.case_id = $1 and t.turn = $2
"""


class PgTurns:
    """Runs of the graph, inside a transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def move(self, case_id: str, turn: int, status: TurnStatus, record: dict[str, Any] | None = None) -> None:
        """Set where a turn stands; a turn that is done stays done."""
        await self._connection.execute(
            "update turns set status = $3, record = coalesce($4, record), updated_at = clock_timestamp() "
            "where case_id = $1 and turn = $2 and status <> 'done'",
            case_id,
            turn,
            status,
            record,
        )

    async def rule(self, case_id: str, turn: int, ruling: Ruling) -> None:
        """Keep the ruling that the turn will resume with."""
        await self._connection.execute(
            "update turns set ruling = $3, updated_at = clock_timestamp() where case_id = $1 and turn = $2",
            case_id,
            turn,
            ruling.model_dump(mode="json"),
        )


class PgTurnQueue:
    """Turns that wait for a worker."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def next_turn(self, case_id: str) -> PendingTurn | None:
        """The oldest unfinished turn of a case, or None when there is none or it waits for a person."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(NEXT, case_id)
        if row is None or (row["status"] == TurnStatus.WAITING and row["ruling"] is None):
            return None
        return PendingTurn(
            input=_input(row),
            policy_digest=row["policy_digest"],
            status=TurnStatus(row["status"]),
            record=row["record"],
            ruling=row["ruling"],
            decision=orjson.loads(row["decision"]) if row["decision"] else None,
        )

    async def stranded(self, older_than_s: float, limit: int = 100) -> list[str]:
        """Cases with a runnable turn that nobody moved for that long."""
        async with self._database.connection() as connection:
            return [row[0] for row in await connection.fetch(STRANDED, older_than_s, limit)]

    async def status(self, case_id: str, turn: int) -> TurnStatus | None:
        """Where a turn stands; behind a turn that waits for a person it waits too."""
        async with self._database.connection() as connection:
            status = await connection.fetchval(STATUS, case_id, turn)
        return TurnStatus(status) if status else None

    async def fail(self, case_id: str, turn: int) -> int:
        """Count a failed run of a turn and return how many there were."""
        async with self._database.connection() as connection:
            return await connection.fetchval(
                "update turns set failures = failures + 1, updated_at = clock_timestamp() "
                "where case_id = $1 and turn = $2 returning failures",
                case_id,
                turn,
            )


def _input(row: Any) -> TurnInput:
    author = row["author"]
    return TurnInput(
        case_id=row["case_id"],
        turn=row["turn"],
        message_id=row["message_id"],
        message=InboundMessage(
            channel=row["channel"],
            external_id=row["external_id"],
            conversation_id=row["conversation_id"],
            sender=Sender(**author["sender"]),
            text=row["body"],
            sent_at=row["sent_at"],
            language=row["language"],
            attachments=tuple(row["attachments"]),
            metadata=row["metadata"],
        ),
        identity=Identity(**author["identity"]) if author["identity"] else None,
        received_at=row["received_at"],
        request_id=row["request_id"],
        thread=tuple(row["thread"]),
    )
