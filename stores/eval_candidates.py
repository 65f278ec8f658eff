"""Candidate cases in Postgres, and the rulings that they are made from."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from domain.case import TurnInput
from domain.decision import Decision
from domain.eval_candidate import Candidate, CandidateQuery, ChangedRuling, RulingPage
from domain.review import Ruling

if TYPE_CHECKING:
    from stores.postgres import Database

CHANGED = """
select r.id as review_id, c.region, r.ruling, d.body, d.record,
    (select count(*)::int from amendments a where a.review_id = r.id) as amendments
from reviews r
join decisions d on d.case_id = r.case_id and d.turn = r.turn
join cases c on c.id = r.case_id
left join eval_candidates e on e.case_id = r.case_id and e.turn = r.turn
where r.status = 'ruled'
  and (r.ruling ->> 'action' in ('edit', 'reject', 'reassign') or (r.ruling ->> 'action' = 'approve' and d.overruled))
"""
UNCOLLECTED = f"""
{CHANGED} and (e.id is null or e.status = 'held') and r.id > $1
  and ($2::timestamptz is null or (r.ruling ->> 'ruled_at')::timestamptz >= $2)
order by r.id limit $3
"""
ONE = f"{CHANGED} and r.case_id = $1 and r.turn = $2"
NAMES = tuple(Candidate.model_fields)
COLUMNS = ", ".join(NAMES)
PLACES = ", ".join(f"${number}" for number in range(1, len(NAMES) + 1))
PUT = f"""
insert into eval_candidates as known ({COLUMNS}) values ({PLACES})
on conflict (id) do update set status = excluded.status, held_because = excluded.held_because, input = excluded.input,
    gold = excluded.gold, why = excluded.why, method = excluded.method, replaced = excluded.replaced, slices = excluded.slices,
    revision = known.revision + 1
where known.status = 'held' and (known.status, known.held_because) is distinct from (excluded.status, excluded.held_because)
returning revision
"""  # noqa: S608 - built from the constants above only
LIST = f"""
select {COLUMNS} from eval_candidates
where ($1::text is null or status = $1) and ($2::timestamptz is null or ruled_at >= $2) and ($3::timestamptz is null or ruled_at < $3)
  and ($4::text is null or region = $4)
order by ruled_at desc, id desc limit $5
"""  # noqa: S608 - built from the constants above only
GET = f"select {COLUMNS} from eval_candidates where id = $1"  # noqa: S608 - built from the constants above only
SAVE = """
update eval_candidates set status = $2, label = $3, decided_by = $4, reason = $5, decided_at = $6, revision = revision + 1 where id = $1
"""


class PgChangedRulings:
    """Rulings that changed a proposal."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def uncollected(self, since: datetime | None, after: str, limit: int) -> RulingPage:
        """Those without a candidate, and those whose candidate is held back, by review id, from `after` on."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(UNCOLLECTED, after, since, limit)
        rulings = [found for row in rows if (found := _changed(row)) is not None]
        return RulingPage(rulings, rows[-1]["review_id"] if rows else None, len(rows) - len(rulings))

    async def of(self, case_id: str, turn: int) -> ChangedRuling | None:
        """The ruling of a turn."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(ONE, case_id, turn)
        return _changed(row) if row else None


class PgCandidateViews:
    """Candidates as they are read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def candidates(self, query: CandidateQuery) -> list[Candidate]:
        """Newest ruling first."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(LIST, query.status, query.since, query.until, query.region, query.limit)
        return [Candidate.model_validate(dict(row)) for row in rows]

    async def candidate(self, candidate_id: str) -> Candidate | None:
        """One of them."""
        async with self._database.connection() as connection:
            row = await connection.fetchrow(GET, candidate_id)
        return Candidate.model_validate(dict(row)) if row else None


class PgCandidates:
    """Candidates inside a transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def put(self, candidate: Candidate) -> int | None:
        """Keep a candidate, or what became of one that was held back; its revision. None when nothing is new, and nothing was written."""
        plain = candidate.model_dump()
        return await self._connection.fetchval(PUT, *(plain[name] for name in NAMES))

    async def locked(self, candidate_id: str) -> Candidate | None:
        """A candidate, locked until the transaction ends."""
        row = await self._connection.fetchrow(f"{GET} for update", candidate_id)
        return Candidate.model_validate(dict(row)) if row else None

    async def save(self, candidate: Candidate) -> None:
        """Store label and standing, and move the revision on."""
        one = candidate
        label = one.label.model_dump() if one.label else None
        await self._connection.execute(SAVE, one.id, one.status, label, one.decided_by, one.reason, one.decided_at)


def _changed(row: Any) -> ChangedRuling | None:
    """A ruling with its record; None when an older version wrote the record in a form that is not read any more."""
    try:
        record = orjson.loads(row["record"])
        return ChangedRuling(
            review_id=row["review_id"],
            region=row["region"],
            ruling=Ruling.model_validate(row["ruling"]),
            turn=TurnInput.model_validate(record["turn"]),
            record=record,
            decision=Decision.model_validate_json(row["body"]),
            amendments=row["amendments"],
        )
    except (ValueError, LookupError, TypeError):
        return None
