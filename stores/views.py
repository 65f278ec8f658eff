"""What is read outside of a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from domain.views import CaseQuery, CaseRow, LedgerQuery, ReviewQuery, ReviewRow

if TYPE_CHECKING:
    from stores.postgres import Database

MESSAGES = """
coalesce((select jsonb_agg(jsonb_build_object(
    'id', m.id, 'turn', m.turn, 'direction', case when m.inbound then 'inbound' else 'outbound' end, 'external_id', m.external_id,
    'text', m.body, 'language', m.language, 'sender', case when m.inbound then m.author->'sender' end,
    'attachments', m.attachments, 'metadata', m.metadata, 'sent_at', m.sent_at) order by m.turn, m.received_at, m.inbound desc)
    from messages m where m.case_id = c.id), '[]'::jsonb)
"""
AMENDMENTS = """
coalesce((select jsonb_agg(to_jsonb(a) || jsonb_build_object('text', m.body, 'external_id', m.external_id, 'sent_at', m.sent_at)
    order by a.turn) from amendments a join messages m on m.id = a.message_id where a.review_id = r.id), '[]'::jsonb)
"""
ASSIGNMENT = """
(select jsonb_build_object('person', a.person_id, 'pool', a.pool, 'at', a.at, 'accepted_at', a.accepted_at)
    from assignments a where a.case_id = c.id and a.ended_at is null limit 1)
"""
REVIEW = "(select to_jsonb(r) - 'words' from reviews r where r.id = c.review_id)"
CASE = f"""
select to_jsonb(c) as data, d.body as decision, {REVIEW} as review, {ASSIGNMENT} as assignment, {MESSAGES} as messages
from cases c left join decisions d on d.id = c.decision_id
where c.id = $1
"""  # noqa: S608 - built from the constants above only
ASKS = "coalesce((select left(m.body, 640) from messages m where m.case_id = c.id and m.inbound order by m.turn limit 1), '')"
CASES = f"""
select to_jsonb(c) as data, d.body as decision, {REVIEW} as review, {ASSIGNMENT} as assignment, {ASKS} as asks
from cases c left join decisions d on d.id = c.decision_id
where ($1::text is null or c.status = $1) and ($2::text is null or c.tier = $2) and ($3::text is null or c.client_id = $3)
  and ($4::text is null or c.pool = $4) and ($5::text is null or c.region = $5)
  and ($6::timestamptz is null or (c.created_at, c.id) < ($6, $7)) and ($8::timestamptz is null or (c.created_at, c.id) > ($8, $9))
  and ($10::text[] = '{{}}'
       or concat_ws(' ', c.identity->>'client_name', c.client_id, c.tier, c.pool, c.channel, c.conversation_id, c.id) ilike all ($10))
"""  # noqa: S608 - built from the constants above only
NEWEST_CASES = f"{CASES} order by c.created_at desc, c.id desc limit $11"
NEWER_CASES = f"{CASES} order by c.created_at, c.id limit $11"
REVIEWS = """
select to_jsonb(r) - 'words' as review, to_jsonb(c) as data, t.record, m.body as asks
from reviews r join cases c on c.id = r.case_id join turns t on t.case_id = r.case_id and t.turn = r.turn
left join lateral (
    select body from messages where case_id = r.case_id and turn = r.turn and inbound limit 1
) m on true
where ($1::text is null or ($1 = 'waiting' and r.status in ('open', 'claimed'))
       or $1 = case when r.status = 'claimed' and r.claim_expires_at <= clock_timestamp() then 'open' else r.status end)
  and ($2::text is null or r.pool = $2) and ($3::text is null or c.region = $3) and ($4::text is null or c.client_id = $4)
  and ($5::timestamptz is null or (r.sla_due_at, -r.at_stake, r.id) > ($5, -$6::double precision, $7))
order by r.sla_due_at, r.at_stake desc, r.id limit $8
"""
ONE_REVIEW = f"""
select to_jsonb(r) - 'words' as review, to_jsonb(c) as data, t.record, {MESSAGES} as messages, {AMENDMENTS} as amendments
from reviews r join cases c on c.id = r.case_id join turns t on t.case_id = r.case_id and t.turn = r.turn
where r.id = $1
"""  # noqa: S608 - built from the constants above only
TURNS = """
select t.turn, t.status, t.failures, d.body as decision, coalesce(convert_from(d.record, 'UTF8')::jsonb, t.record) as record
from turns t left join decisions d on d.case_id = t.case_id and d.turn = t.turn
where t.case_id = $1 order by t.turn desc limit $2
"""
ENTRIES = """
select index, id, kind, case_id, actor, at, request_id, digest, convert_from(body, 'UTF8')::jsonb -> 'data' as data
from ledger_entries
where index > $1 and ($2::text is null or case_id = $2) and ($3::text[] is null or actor = any($3)) and ($4::text is null or kind = $4)
  and ($5::timestamptz is null or at >= $5) and ($6::timestamptz is null or at < $6)
  and ($7::text is null or case_id is null and kind !~ '^(account|key)[.]'
       or exists (select from cases c where c.id = case_id and c.region = $7))
  and ($8::text is null or exists (select from cases c where c.id = case_id and c.client_id = $8))
  and ($9::bigint is null or index < $9)
"""
MATCHES = "select array(select entry from ledger_leaves where words @@ websearch_to_tsquery('simple', $1) limit $2)"
"""By words: an entry has them some seconds after it was written, with its seal."""
FEW = 5_000
"""Matches up to which an index names them all; more stand so densely that looking along the ledger finds a page of them at once."""
AMONG = " and index = any($11::bigint[])"
DENSE = " and exists (select from ledger_leaves l where l.entry = index and l.words @@ websearch_to_tsquery('simple', $11))"
ORDERS = {False: " order by index limit $10", True: " order by index desc limit $10"}


class PgViews:
    """Reads from Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def case(self, case_id: str) -> CaseRow | None:
        """A case with its last decision, review and messages."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(CASE, case_id)
        return _case(row, tuple(row["messages"])) if row else None

    async def cases(self, query: CaseQuery) -> list[CaseRow]:
        """Cases, newest first."""
        before, after = query.before or (None, None), query.after or (None, None)
        filters = (query.status, query.tier, query.client_id, query.pool, query.region)
        words = [_holding(word) for word in query.words]
        statement = NEWER_CASES if query.after else NEWEST_CASES
        async with self._database.connection() as connection:
            rows = await connection.fetch(statement, *filters, *before, *after, words, query.limit)
        return [_case(row, (), row["asks"]) for row in (reversed(rows) if query.after else rows)]

    async def review(self, review_id: str) -> ReviewRow | None:
        """A review with what stands beside it."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(ONE_REVIEW, review_id)
        return _review(row, tuple(row["messages"]), tuple(row["amendments"])) if row else None

    async def reviews(self, query: ReviewQuery) -> list[ReviewRow]:
        """Reviews, most urgent first."""
        after = query.after or (None, None, None)
        async with self._database.connection() as connection:
            rows = await connection.fetch(REVIEWS, query.status, query.pool, query.region, query.client_id, *after, query.limit)
        return [_review(row, (), ()).model_copy(update={"asks": row["asks"] or ""}) for row in rows]

    async def record(self, case_id: str, turn: int | None = None) -> dict[str, Any] | None:
        """The whole decision record of a turn (the last by default)."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(
                "select body, record from decisions where case_id = $1 and ($2::int is null or turn = $2) order by turn desc limit 1",
                case_id,
                turn,
            )
        return {"decision": orjson.loads(row["body"]), **orjson.loads(row["record"])} if row else None

    async def entry(self, entry_id: str) -> dict[str, Any] | None:
        """Where an entry stands in the ledger, and its digest."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow("select index, id, kind, digest from ledger_entries where id = $1", entry_id)
        return dict(row) if row else None

    async def turns(self, case_id: str, limit: int) -> list[dict[str, Any]]:
        """The last turns of a case, each with its record and decision as far as it has them; the latest first."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(TURNS, case_id, limit)
        return [dict(row) | {"decision": orjson.loads(row["decision"]) if row["decision"] else None} for row in rows]

    async def entries(self, query: LedgerQuery) -> list[dict[str, Any]]:
        """Ledger entries in the order of their index, or the newest first."""
        async with self._database.connection() as connection:
            found, words = "", ()
            if query.q is not None:
                matches = await connection.fetchval(MATCHES, query.q, FEW + 1)
                found, words = (AMONG, (matches,)) if len(matches) <= FEW else (DENSE, (query.q,))
            rows = await connection.fetch(
                ENTRIES + found + ORDERS[query.newest_first],
                query.after,
                query.case_id,
                _actors(query.actor),
                query.kind,
                query.since,
                query.until,
                query.region,
                query.client_id,
                query.before,
                query.limit,
                *words,
            )
        return [dict(row) for row in rows]


def _actors(name: str | None) -> list[str] | None:
    """Whoever a name may mean: `grace` is the person or the machine's key that the ledger writes with what they are."""
    return None if name is None else [name] if ":" in name else [name, f"person:{name}", f"key:{name}"]


def _holding(word: str) -> str:
    """The pattern of texts that hold `word`."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _case(row: Any, messages: tuple[dict[str, Any], ...], asks: str = "") -> CaseRow:
    decision = orjson.loads(row["decision"]) if row["decision"] else None
    return CaseRow.model_construct(
        case=row["data"], decision=decision, review=row["review"], assignment=row["assignment"], messages=messages, asks=asks
    )


def _review(row: Any, messages: tuple[dict[str, Any], ...], amendments: tuple[dict[str, Any], ...]) -> ReviewRow:
    record: dict[str, Any] = row["record"] or {}
    return ReviewRow.model_construct(review=row["review"], case=row["data"], record=record, messages=messages, amendments=amendments)
