"""Outcomes of a rollout: what each arm came to, counted for every tier and for each, with what tells how alike a client's cases are."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from domain.policy_life import Release, Stage
from domain.rollout_views import Count, Mean
from policies.rollouts.promotion import EVERYBODY
from stores.chore_turns import turn_of
from stores.figures import ENDED, FIRST_WORD
from stores.releases import GET as RELEASE
from stores.releases import release_from

if TYPE_CHECKING:
    from stores.postgres import Database

MOST = 20_000
"""Decisions of one arm, the newest, that are counted: a look stays short however long a step lasts."""
SAME_SPAN = f"""
select greatest($2::timestamptz, max(o.decided_at)) from unnest($1::text[]) arm(digest)
cross join lateral (
    select n.decided_at from decisions n where n.policy_digest = arm.digest and n.decided_at >= $2
    order by n.decided_at desc offset {MOST - 1} limit 1
) o
"""  # noqa: S608 - built from the constant above only
"""Since when the smaller arm is counted as well: what is older had more time to be late in."""
BROKEN = f"""
case when c.decision_id = d.id then
    coalesce({FIRST_WORD}, clock_timestamp()) > c.ack_due_at or coalesce({ENDED}, clock_timestamp()) > c.resolve_due_at end
"""
"""Both promises as `domain.sla.sla_state` reads them, of a case's last decision."""
SETTLED = f"coalesce({BROKEN}, false) or (c.decision_id = d.id and {ENDED} is not null)"
"""Whether it can be said by now what became of the promises: nobody knows it of a case that is under way and not due yet."""
IDENTIFIED = """
(c.client_id is not null and (c.last_turn = 1 or (
    select m.author #>> '{identity,client_id}' from turns k join messages m on m.id = k.message_id
    where k.case_id = d.case_id and k.turn = d.turn) is not null))
"""
"""Whether the sender was known when the turn was given its version: a canary draws clients, so nobody else could have been in it."""
DECIDED = f"""
select arm.digest, d.tier, coalesce(c.client_id, d.case_id) as client, d.faulty, d.overruled, d.mode = 'human' as human,
    r.id is not null as reviewed, c.decision_id = d.id as promised, {BROKEN} as broken, {SETTLED} as settled
from unnest($1::text[]) arm(digest)
cross join lateral (
    select id, case_id, turn, tier, mode, faulty, overruled from decisions n
    where n.policy_digest = arm.digest and n.decided_at >= $2 order by n.decided_at desc limit {MOST}
) d
join cases c on c.id = d.case_id
left join reviews r on r.case_id = d.case_id and r.turn = d.turn
where $7 or {IDENTIFIED}
"""  # noqa: S608 - built from the constants above only
STOPPED = f"""
select t.policy_digest, t.verdict #>> '{{tier,id}}', coalesce(t.client_id, t.case_id), jsonb_array_length(t.verdict -> 'errors') > 0,
    (t.verdict ->> 'overruled')::boolean, t.verdict #>> '{{route,mode}}' = 'human', true, true, t.ack_due_at < clock_timestamp(),
    t.ack_due_at < clock_timestamp()
from (
    select d.policy_digest, d.case_id, d.record #> '{{routing,verdict}}' as verdict, c.client_id, c.ack_due_at
    from turns d join cases c on c.id = d.case_id
    where d.policy_digest = any($1) and d.created_at >= $2 and d.status = 'waiting' and ($7 or {IDENTIFIED})
) t
"""  # noqa: S608 - built from the constant above only
"""A turn that waits for a lead counts by what policy said of it: who sends everything to review shall not look harmless meanwhile."""
MEASURED = f"""
select d.digest, d.tier, d.client, m.* from (
    select digest, tier, client, count(*) as cases, count(*) filter (where faulty) as errors,
        count(*) filter (where overruled) as overruled, count(*) filter (where human) as escalations,
        count(*) filter (where reviewed) as reviews,
        count(*) filter (where promised) as promises, count(*) filter (where promised and broken) as broken,
        count(*) filter (where settled) as settled
    from ({DECIDED} union all {STOPPED}) turns group by digest, tier, client
) d cross join lateral (values
    ('errors', d.errors, d.cases), ('overruled', d.overruled, d.cases), ('escalations', d.escalations, d.cases),
    ('reviews', d.reviews, d.cases), ('sla_breaches', d.broken, d.promises), ('sla_settled', d.broken, d.settled)
) m(metric, hits, cases)
"""  # noqa: S608 - built from the constants above only
COMPARED = """
select $3::text, p.tier, p.client, m.* from (
    select tier, coalesce(client_id, case_id) as client, count(*) as cases, count(*) filter (where forbidden) as forbidden,
        count(*) filter (where errors) as errors
    from policy_comparisons where decided_by = $4 and compared = $5 and at >= $6 group by 1, 2
) p cross join lateral (values ('forbidden', p.forbidden, p.cases), ('compared_errors', p.errors, p.cases)) m(metric, hits, cases)
"""
"""Of the whole stage: what was judged in the moment in which a step ended must not be lost."""
SUMMED = """
select digest, tier, metric, sum(hits)::float8 as hits, sum(cases)::float8 as cases, count(*)::int as clients,
    sum(hits * hits)::float8 as hits2, sum(cases * cases)::float8 as cases2, sum(hits * cases)::float8 as cross
from (
    select digest, tier, metric, client, sum(hits) as hits, sum(cases) as cases from counted
    group by grouping sets ((digest, metric, client), (digest, metric, client, tier)) having sum(cases) > 0
) clients
group by digest, tier, metric
"""
COUNTS = f"with counted(digest, tier, client, metric, hits, cases) as ({MEASURED} union all {COMPARED}) {SUMMED}"
AGREEMENT = """
select count(*) filter (where agrees) as agreed, count(*) as compared from policy_comparisons
where decided_by = $1 and compared = $2 and at >= $3
"""
CAME_BACK = """
case when exists (
    select 1 from turns n join ledger_entries l on l.case_id = n.case_id and l.kind = 'case.resolved'
    where n.case_id = d.case_id and n.turn = d.turn + 1 and l.at between d.decided_at and n.created_at
) or exists (
    select 1 from ledger_entries l where l.case_id = d.case_id and l.kind = 'case.reopened' and l.at >= d.decided_at
        and not exists (select 1 from decisions n where n.case_id = d.case_id and n.turn > d.turn and n.decided_at <= l.at)
) then true when c.decision_id = d.id then false end
"""
"""Whether the client wrote again or the case was reopened after it was resolved, of the last decision before; of earlier ones, nothing."""
MOVED_UP = """
exists (select 1 from ledger_entries l where l.case_id = d.case_id and l.kind = 'case.transferred' and l.at >= d.decided_at
        and (p.mode = 'ai' or convert_from(l.body, 'UTF8')::jsonb #>> '{data,to,mode}' = 'human'))
"""
EXPERIMENT = f"""
with arms as (
    select arm.digest, d.*, c.client_id, c.created_at, c.decision_id, c.heard_at, c.outcome, r.status as ruled, r.ruling,
        {BROKEN} as broken, {SETTLED} as settled, coalesce(t.record #>> '{{routing,verdict,route,mode}}', d.mode) as proposed
    from unnest($1::text[]) arm(digest)
    cross join lateral (
        select * from decisions n where n.policy_digest = arm.digest and n.decided_at >= $2 order by n.decided_at desc limit {MOST}
    ) d
    join cases c on c.id = d.case_id
    join turns t on t.case_id = d.case_id and t.turn = d.turn
    left join reviews r on r.case_id = d.case_id and r.turn = d.turn
    where {IDENTIFIED}
)
"""  # noqa: S608 - built from the constants above only
SHARES = f"""
{EXPERIMENT}, counted(digest, tier, client, metric, hits, cases) as (
    select d.digest, d.tier, coalesce(d.client_id, d.case_id), m.metric, count(*) filter (where m.hit), count(m.hit)
    from arms d cross join lateral (select d.proposed as mode) p cross join lateral (select d.decision_id) c cross join lateral (values
        ('sla_attained', case when d.settled then not d.broken end),
        ('escalated', d.mode = 'human'),
        ('reopened', {CAME_BACK}),
        ('needless_escalations', case when d.ruled = 'ruled' then d.ruling ->> 'action' = 'approve' end),
        ('missed_escalations', case when p.mode <> 'human' then (p.mode = 'ai' and d.mode <> 'ai') or {MOVED_UP} end)
    ) m(metric, hit)
    group by 1, 2, 3, 4
)
{SUMMED}
"""  # noqa: S608 - built from the constants above only
MEANS = f"""
{EXPERIMENT}, measured(digest, metric, value) as (
    select d.digest, m.metric, m.value from arms d cross join lateral (values
        ('first_response_s', case when d.turn = 1 and d.created_at >= $2 then extract(epoch from d.heard_at - d.created_at)::float8 end),
        ('csat', case when d.decision_id = d.id then (d.outcome ->> 'csat')::float8 end)
    ) m(metric, value) where m.value is not null
)
select digest, metric, count(*)::int as cases, avg(value) as mean, coalesce(stddev_samp(value), 0) as deviation
from measured group by digest, metric
"""  # noqa: S608 - built from the constants above only


class PgRolloutOutcomes:
    """Outcomes counted in Postgres."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def turn_of(self, chore: str) -> AbstractAsyncContextManager[bool]:
        """Whether this worker may do a chore while inside; no other may at the same time."""
        return turn_of(self._database, chore)

    async def release(self, name: str) -> Release | None:
        """The release of a policy as it is now."""
        rows = await self._fetch(RELEASE, name)
        return release_from(rows[0]) if rows else None

    async def counts(self, release: Release, since: datetime) -> list[Count]:
        """What gates compare, of each arm since a moment; what only a comparison tells, of the whole stage."""
        candidate, active = release.candidate, release.active
        pair = (candidate, active) if release.stage is Stage.CANARY else (active, candidate)
        everybody = release.stage is not Stage.CANARY
        if release.percent < EVERYBODY:  # from there on the active version decides nothing new
            since = await self._same_span([active, candidate], since)
        return _counts(await self._fetch(COUNTS, [active, candidate], since, candidate, *pair, release.started_at, everybody))

    async def agreement(self, decided_by: str, compared: str, since: datetime) -> tuple[int, int]:
        """(decisions on which both versions agree, decisions compared)."""
        [row] = await self._fetch(AGREEMENT, decided_by, compared, since)
        return row["agreed"], row["compared"]

    async def experiment(self, active: str, candidate: str, since: datetime) -> tuple[list[Count], list[Mean]]:
        """What an experiment measures in each arm."""
        since = await self._same_span([active, candidate], since)
        shares = _counts(await self._fetch(SHARES, [active, candidate], since))
        means = await self._fetch(MEANS, [active, candidate], since)
        return shares, [Mean.model_validate(dict(row)) for row in means]

    async def _same_span(self, arms: list[str | None], since: datetime) -> datetime:
        [row] = await self._fetch(SAME_SPAN, arms, since)
        return row[0]

    async def _fetch(self, query: str, *values: Any) -> list[Any]:
        async with self._database.connection() as connection:
            return await connection.fetch(query, *values)


def _counts(rows: list[Any]) -> list[Count]:
    return [Count.model_validate(dict(row)) for row in rows]
