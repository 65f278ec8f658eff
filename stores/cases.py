"""Cases and messages, as one transaction writes them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import asyncpg

from domain.case import CaseStanding, InboundMessage
from domain.context import Reply
from domain.events import Happening
from domain.identifiers import derived_id
from domain.views import Accepted, CaseChange, CaseOpening
from stores.journal import ENTRY_COLUMNS, EVENT_COLUMNS, entry_row, event_row

OPEN = f"""
with opened as (
    insert into cases (id, channel, conversation_id, region, client_id, identity, status, last_turn, created_at, updated_at)
    select $4, $1, $5, $6, $7, $8, 'received', 1, $9, $9
    where not exists (select from deliveries where channel = $1 and external_id = $2)
    on conflict (channel, conversation_id) where status <> 'closed' do nothing returning id
), delivery as (
    insert into deliveries (channel, external_id, message_id) select $1, $2, $3 from opened
), message as (
    insert into messages (id, case_id, turn, inbound, external_id, author, body, language, attachments, metadata, sent_at, received_at)
    select $3, id, 1, true, $2, $10, $11, $12, $13, $14, $15, $9 from opened
), turn as (
    insert into turns (case_id, turn, message_id, status, policy_digest, request_id, created_at, updated_at)
    select id, 1, $3, 'pending', $16, $17, $9, $9 from opened
), entry as (
    insert into ledger_entries ({ENTRY_COLUMNS}) select $18, $19, $20, $21, $22, $23, $24, $25 from opened
), event as (
    insert into events ({EVENT_COLUMNS}) select $26, $27, $28, $29, $30, $31, $32 from opened
)
select id from opened
"""  # noqa: S608 - built from the constants of the journal only
ACCEPT = """
with delivery as (
    insert into deliveries (channel, external_id, message_id) values ($1, $2, $3)
    on conflict do nothing returning message_id
), opened as (
    insert into cases (id, channel, conversation_id, region, client_id, identity, status, last_turn, created_at, updated_at)
    select $4, $1, $5, $6, $7, $8, 'received', 1, $9, $9 from delivery
    on conflict (channel, conversation_id) where status <> 'closed' do update set
        last_turn = cases.last_turn + 1,
        revision = cases.revision + 1,
        updated_at = excluded.updated_at,
        resolved_at = null,
        outcome = null,
        answered_at = null,
        since_turn = case when cases.status = 'resolved' then cases.last_turn + 1 else cases.since_turn end,
        acknowledged_at = case when cases.status = 'resolved' then null else cases.acknowledged_at end,
        ack_due_at = case when cases.status not in ('resolved', 'answered') then cases.ack_due_at end,
        resolve_due_at = case when cases.status not in ('resolved', 'answered') then cases.resolve_due_at end,
        open_signals = case when cases.status = 'resolved' then '{}' else cases.open_signals end,
        region = case when cases.client_id is null and excluded.client_id is not null then excluded.region else cases.region end,
        client_id = coalesce(cases.client_id, excluded.client_id),
        identity = coalesce(cases.identity, excluded.identity),
        status = case when cases.status in ('awaiting_review', 'routing') then cases.status else 'received' end
    returning id, last_turn, region, client_id
), amended as (
    update reviews set revision = reviews.revision + 1 from opened
    where opened.last_turn > 1 and reviews.case_id = opened.id and reviews.status in ('open', 'claimed')
), message as (
    insert into messages (id, case_id, turn, inbound, external_id, author, body, language, attachments, metadata, sent_at, received_at)
    select $3, id, last_turn, true, $2, $10, $11, $12, $13, $14, $15, $9 from opened
), turn as (
    insert into turns (case_id, turn, message_id, status, policy_digest, request_id, created_at, updated_at)
    select id, last_turn, $3, 'pending', $16, $17, $9, $9 from opened
)
select id as case_id, last_turn as turn, region, client_id from opened
"""

KNOWN = """
select m.case_id, m.turn, m.id as message_id, c.region, c.client_id
from deliveries d join messages m on m.id = d.message_id join cases c on c.id = m.case_id
where d.channel = $1 and d.external_id = $2
"""

ENDS = """
not exists (select 1 from turns t where t.case_id = c.id and t.status in ('pending', 'waiting'))
    and not exists (select 1 from decisions d where d.case_id = c.id and d.turn >= c.since_turn and d.mode <> 'ai')
    and not exists (select 1 from assignments a where a.case_id = c.id and a.ended_at is null)
"""
"""Whether an answer ends a case: the AI alone has worked it since it began or was resolved, and no message waits."""
SETTLE = f"""
update cases c set
    status = case when $2 = 'answered' and status in ('resolved', 'closed') then status else coalesce($2, status) end,
    tier = coalesce($3, tier), pool = coalesce($4, pool), priority = coalesce($5, priority),
    assignee = case when $6 then $7 else assignee end, value = coalesce($8, value), decision_id = coalesce($9, decision_id),
    review_id = coalesce($10, review_id), reply = coalesce($11, reply), handover = coalesce($12, handover),
    ack_due_at = least($13, ack_due_at), resolve_due_at = least($14, resolve_due_at),
    acknowledged_at = coalesce($15, acknowledged_at), resolved_at = coalesce($16, resolved_at), outcome = coalesce($17, outcome),
    route = case when $9 is null then coalesce($19, route) end,
    open_signals = case when $20::text[] is null then open_signals
        else array(select distinct signal from unnest(open_signals || $20) signal order by signal) end,
    heard_at = coalesce(heard_at, $15, case when $2 = 'answered' then $18::timestamptz end),
    answered_at = case when $2 = 'answered' and {ENDS} then $18 else answered_at end,
    revision = revision + 1, updated_at = $18
where id = $1
"""  # noqa: S608 - a constant

STANDING = """id, region, client_id, status, last_turn, priority, pool, assignee, decision_id, review_id, ack_due_at, resolve_due_at,
    acknowledged_at, outcome, route, revision, updated_at, answered_at"""
LOCKED = f"select {STANDING} from cases where id = any($1) order by id for no key update"  # noqa: S608 - a constant
QUIET = f"""
select {STANDING} from cases c where status in ('answered', 'resolved') and (status = 'resolved' or answered_at is not null)
    and updated_at <= $1
    and not exists (select 1 from turns t where t.case_id = c.id and t.status <> 'done')
    and not exists (select 1 from policy_recalls r where r.case_id = c.id and r.seen_at is null)
order by updated_at limit $2 for no key update skip locked
"""  # noqa: S608 - a constant
REOPEN = """
update cases set status = 'received', answered_at = null, acknowledged_at = null, resolved_at = null, outcome = null,
    ack_due_at = null, resolve_due_at = null
where id = $1
"""

ANSWER = """
insert into messages (id, case_id, turn, inbound, author, body, language, sent_at, received_at)
values ($1, $2, $3, false, $4, $5, $6, $7, $7) on conflict (id) do nothing
"""


def _values(message: InboundMessage, opening: CaseOpening) -> tuple[Any, ...]:
    identity = opening.identity.model_dump(mode="json") if opening.identity else None
    return (
        message.channel,
        message.external_id,
        opening.message_id,
        opening.case_id,
        message.conversation_id,
        opening.region,
        opening.identity.client_id if opening.identity else None,
        identity,
        opening.at,
        {"sender": message.sender.model_dump(mode="json"), "identity": identity, "unidentified": opening.unidentified},
        message.text,
        message.language,
        list(message.attachments),
        message.metadata,
        message.sent_at,
        opening.policy_digest,
        opening.request_id,
    )


class PgCases:
    """Cases and their messages in Postgres."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def open(self, message: InboundMessage, opening: CaseOpening, received: Happening) -> Accepted | None:
        """Store the message that opens a case, and the journal of it; None, and nothing is stored, when its conversation has a case.

        It is one statement and a transaction by itself, for most messages come so.
        """
        try:
            row = await self._connection.fetchrow_alone(OPEN, *_values(message, opening), *entry_row(received), *event_row(received))
        except asyncpg.UniqueViolationError:  # the same message came at once in another conversation
            return None
        return Accepted.as_first(opening) if row else None

    async def accept(self, message: InboundMessage, opening: CaseOpening) -> Accepted:
        """Store an inbound message with its case and turn, or find the ones that it already has."""
        row = await self._connection.fetchrow(ACCEPT, *_values(message, opening))
        if row is None:
            known = await self._connection.fetchrow(KNOWN, message.channel, message.external_id)
            return Accepted(**known, repeated=True)
        return Accepted(**row, message_id=opening.message_id, repeated=False, opened=row["case_id"] == opening.case_id)

    async def settle(self, case_id: str, change: CaseChange) -> None:
        """Apply a change to a case and move its revision on; an assignee is replaced whenever a pool is set.

        A promise only comes nearer: further messages postpone none until the client was answered or the case resolved.
        """
        await self._connection.execute(
            SETTLE,
            case_id,
            change.status,
            change.tier,
            change.pool,
            change.priority,
            change.pool is not None,
            change.assignee,
            change.value,
            change.decision_id,
            change.review_id,
            change.reply,
            change.handover,
            change.ack_due_at,
            change.resolve_due_at,
            change.acknowledged_at,
            change.resolved_at,
            change.outcome,
            change.at,
            change.route.model_dump(mode="json") if change.route else None,
            change.signals,
        )

    async def locked(self, *case_ids: str) -> dict[str, CaseStanding]:
        """Where cases stand, locked until the transaction ends, in the order of their ids so that no two wait for each other."""
        rows = await self._connection.fetch(LOCKED, list(case_ids))
        return {row["id"]: CaseStanding.model_validate(dict(row)) for row in rows}

    async def quiet(self, since: datetime, limit: int) -> list[CaseStanding]:
        """Cases at their end, silent since then, that no lead still has to look at; locked, the quietest first."""
        return [CaseStanding.model_validate(dict(row)) for row in await self._connection.fetch(QUIET, since, limit)]

    async def reopen(self, case_id: str) -> None:
        """Forget how and when the case was resolved; its promises begin again."""
        await self._connection.execute(REOPEN, case_id)

    async def answer(self, case_id: str, turn: int, reply: Reply, at: datetime) -> None:
        """Add our reply to the conversation."""
        await self._connection.execute(
            ANSWER, derived_id("msg", case_id, turn, "reply"), case_id, turn, {"model": reply.model}, reply.text, reply.language, at
        )
