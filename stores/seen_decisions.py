"""Decisions beside what came of them, in pages, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.seen_decision import RolloutMoment, SeenDecision, SeenPage
from domain.simulation import Cursor, Span
from stores.recorded import EARLIEST, LATEST
from stores.rollout_outcomes import BROKEN, CAME_BACK

if TYPE_CHECKING:
    from stores.postgres import Database

SINCE = "l.case_id = d.case_id and l.at >= d.decided_at"
SEEN = f"""
with d as materialized (
    select n.*, convert_from(n.record, 'UTF8')::jsonb as kept, s.client_id, s.region
    from decisions n join cases s on s.id = n.case_id
    where n.decided_at >= $1 and (n.decided_at, n.id) < ($2, $3)
      and ($5::text is null or s.region = $5) and ($6::text is null or s.client_id = $6)
    order by n.decided_at desc, n.id desc limit $4
)
select d.id, d.case_id, d.turn, d.client_id, d.region, d.decided_at, d.policy_digest as policy, d.overruled,
    d.kept -> 'facts' as facts, d.kept -> 'proposal' as proposal, d.kept #> '{{routing,verdict}}' as verdict,
    case when $7 then d.kept #> '{{context,found}}' end as found,
    case when r.status = 'ruled' then r.ruling ->> 'action' end as ruling,
    exists (select 1 from ledger_entries l where {SINCE} and l.kind = 'case.transferred') as moved,
    {BROKEN} as sla_broken,
    {CAME_BACK} as reopened,
    case when c.decision_id = d.id then (c.outcome ->> 'csat')::float8 end as csat,
    case when c.decision_id = d.id then least(c.acknowledged_at, (
        select min(o.received_at) from messages o where o.case_id = d.case_id and not o.inbound)) end as answered_at,
    case when c.decision_id = d.id then c.resolved_at end as ended_at
from d join cases c on c.id = d.case_id
left join reviews r on r.case_id = d.case_id and r.turn = d.turn
order by d.decided_at desc, d.id desc
"""  # noqa: S608 - built from the constants above only
ROLLOUTS = """
select at, convert_from(body, 'UTF8')::jsonb -> 'data' as told from ledger_entries
where kind like 'policy.%' and kind in ('policy.loaded', 'policy.rollout_started', 'policy.rollout_moved',
                                        'policy.activated', 'policy.rolled_back')
  and convert_from(body, 'UTF8')::jsonb #>> '{data,policy,name}' = $1
order by index
"""


class PgSeenDecisions:
    """Decisions with their outcomes, out of Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, span: Span, after: Cursor | None, size: int, *, with_context: bool = False) -> SeenPage:
        """The next `size` decisions after a cursor, newest first; an empty page is the end."""
        before = after or (span.until or LATEST, "")
        values = (span.since or EARLIEST, *before, size, span.region, span.client_id, with_context)
        async with self._database.connection() as connection:
            rows = await connection.fetch(SEEN, *values)
        last = (rows[-1]["decided_at"], rows[-1]["id"]) if rows else None
        return SeenPage([_seen(row) for row in rows if row["facts"] and row["verdict"]], last)

    async def rollouts(self, name: str) -> list[RolloutMoment]:
        """How the traffic of a policy was divided, oldest first, as the ledger has it."""
        async with self._database.connection() as connection:
            rows = await connection.fetch(ROLLOUTS, name)
        return [_moment(row) for row in rows]


def _seen(row: Any) -> SeenDecision:
    return SeenDecision.model_validate(dict(row))


def _moment(row: Any) -> RolloutMoment:
    """What stood after one change of a release. Before there were releases, an entry tells only which version was loaded."""
    told: dict[str, Any] = row["told"]
    canary = told.get("stage") == "canary" and "active" in told
    return RolloutMoment(
        at=row["at"],
        active=told.get("active") or told["policy"]["digest"],
        candidate=told.get("candidate") if canary else None,
        share=float(told.get("percent") or 0.0) / 100 if canary else 0.0,
    )
