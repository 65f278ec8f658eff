"""Turns: where each run of the graph stands, and which of them a worker can take up."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from domain.case import THREAD_KEPT, Identity, InboundMessage, PendingTurn, Sender, TurnInput, TurnStatus
from domain.review import LaterMessage, Ruling

if TYPE_CHECKING:
    from stores.postgres import Database

MESSAGE = f"""
       t.case_id, t.turn, t.request_id, m.id as message_id, m.external_id, m.author, m.body, m.language, m.attachments, m.metadata,
       m.sent_at, m.received_at, c.channel, c.conversation_id, c.region, c.client_id, c.open_signals,
       array(
         select body from (
           select p.turn, p.body from messages p where p.case_id = t.case_id and p.turn < t.turn and p.inbound and p.id <> m.id
           order by p.turn desc limit {THREAD_KEPT}
         ) last order by turn
       ) as thread
"""  # noqa: S608 - built from the constant above only
NEXT = f"""
select t.status, t.policy_digest, t.ruling, coalesce(t.record, convert_from(d.record, 'UTF8')::jsonb) as record, d.body as decision,
       {MESSAGE}
from turns t
join messages m on m.id = t.message_id
join cases c on c.id = t.case_id
left join decisions d on d.case_id = t.case_id and d.turn = t.turn
where t.case_id = $1 and t.status <> 'done'
order by t.turn limit 1
"""  # noqa: S608 - built from the constants above only
WAITING_BEHIND = """
from reviews r
join turns w on w.case_id = r.case_id and w.turn = r.turn
join turns t on t.case_id = r.case_id and t.turn > r.turn and t.status = 'pending'
where r.status in ('open', 'claimed') and not exists (select 1 from amendments a where a.case_id = t.case_id and a.turn = t.turn)
"""
LATER = f"""
with later as (
  select r.id as review_id, w.record, w.policy_digest, t.case_id, t.turn, t.request_id, t.message_id {WAITING_BEHIND} and r.case_id = $1
)
select t.review_id, t.policy_digest, t.record, {MESSAGE}
from later t
join messages m on m.id = t.message_id
join cases c on c.id = t.case_id
order by t.turn
"""  # noqa: S608 - built from the constants above only

STRANDED = f"""
(select t.case_id from turns t
where t.status <> 'done' and not (t.status = 'waiting' and t.ruling is null)
  and t.updated_at < clock_timestamp() - make_interval(secs => $1)
  and not exists (select 1 from turns e where e.case_id = t.case_id and e.turn < t.turn and e.status <> 'done')
order by t.updated_at limit $2)
union
(select t.case_id {WAITING_BEHIND} and t.updated_at < clock_timestamp() - make_interval(secs => $1) limit $2)
"""  # noqa: S608 - built from the constants above only


STATUS = """
select case when t.status = 'pending' and exists (
    select 1 from turns e where e.case_id = t.case_id and e.turn < t.turn and e.status = 'waiting' and e.ruling is null
) then 'waiting' else t.status end
from turns t where t.case_id = $1 and t.turn = $2
"""


END = """
update turns set status = 'done', ended_by = $2, updated_at = clock_timestamp()
where case_id = $1 and status in ('pending', 'waiting') returning turn
"""
REPEAT = """
with ended as (
    select message_id from turns where case_id = $1 and turn = $2 and ended_by is not null
), moved as (
    update cases set last_turn = last_turn + 1 from ended where id = $1 returning last_turn
)
insert into turns (case_id, turn, message_id, status, policy_digest, request_id, created_at, updated_at)
select $1, moved.last_turn, ended.message_id, 'pending', $3, $4, $5, $5 from ended, moved returning turn
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

    async def end(self, case_id: str, actor: str) -> list[int]:
        """End every turn that has no decision yet, for good, and say which."""
        return [row[0] for row in await self._connection.fetch(END, case_id, actor)]

    async def repeat(self, case_id: str, turn: int, policy_digest: str, request_id: str, at: datetime) -> int | None:
        """Begin a new turn for the message of a turn that was ended without a decision; None when the turn was not."""
        return await self._connection.fetchval(REPEAT, case_id, turn, policy_digest, request_id, at)


class PgTurnQueue:
    """Turns that wait for a worker, and messages that wait behind a review."""

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

    async def later_messages(self, case_id: str) -> list[LaterMessage]:
        """What is not in the case's open review yet, oldest first."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(LATER, case_id)
        return [
            LaterMessage(review_id=row["review_id"], turn=_input(row), policy_digest=row["policy_digest"], record=row["record"])
            for row in rows
        ]

    async def stranded(self, older_than_s: float, limit: int = 100) -> list[str]:
        """Cases with a runnable turn that nobody moved for that long, or with a message that still has to be appended to a review."""
        async with self._database.connection() as connection:
            return [row[0] for row in await connection.fetch(STRANDED, older_than_s, limit)]

    async def hand_back(self, case_ids: list[str]) -> None:
        """Nobody works these cases any more: their turns are stranded from now on."""
        if case_ids:
            async with self._database.connection() as connection:
                await connection.execute("update turns set updated_at = 'epoch' where case_id = any($1) and status <> 'done'", case_ids)

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
        region=row["region"],
        client_id=row["client_id"],
        request_id=row["request_id"],
        unidentified=author.get("unidentified", ""),
        thread=tuple(row["thread"]),
        earlier_signals=tuple(row["open_signals"]),
    )
