"""Figures counted in Postgres, from the narrow rows of decisions and an index that holds all that is counted of cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from domain.figures import DecisionCount, GuardCount, InboxDepth, PromiseCount, StageTime, VersionName, Volume, Waits, Window

if TYPE_CHECKING:
    from stores.postgres import Database

PATIENCE_S = 5.0
"""Counting a month may take longer than a case may wait for a statement."""
PLANNED_EACH_TIME = "set local plan_cache_mode = force_custom_plan"
"""A plan that is kept for every window expects few rows, and takes twice as long for a month."""
DECIDED = "decided_at >= $1 and decided_at < $2 and ($3::text is null or region = $3) and ($4::text is null or tier = $4)"
DECISIONS = f"""
select tier, mode, policy_digest as policy, count(*)::int as decisions, count(*) filter (where proposed)::int as proposed,
    count(*) filter (where overruled)::int as overruled, count(*) filter (where degraded)::int as degraded,
    sum(prompt_tokens)::int8 as prompt_tokens, sum(completion_tokens)::int8 as completion_tokens,
    coalesce(sum(cost_usd), 0) as cost_usd, (count(*) - count(cost_usd))::int as unpriced
from decision_figures where {DECIDED}
group by tier, mode, policy_digest
"""  # noqa: S608 - built from the constant above only
GUARDS = f"""
select guard, sum(decisions)::int as decisions from (
    select guards, count(*) as decisions from decision_figures where {DECIDED} group by guards
) alike cross join string_to_table(nullif(guards, ''), ' ') guard
group by guard order by decisions desc, guard limit $5
"""  # noqa: S608 - built from the constant above only
"""The same guards fire together again and again: counting the sets first spares most of the work."""
VOLUME = f"""
select begins_at, (
    select count(*) from decision_figures where {DECIDED} and decided_at >= begins_at and decided_at < begins_at + $5::interval
)::int as decisions
from generate_series($1::timestamptz, $2::timestamptz - $5::interval / 2, $5::interval) begins_at
"""  # noqa: S608 - built from the constant above only
STAGES = ("total", "context", "value", "model", "policy")
STAGE_TIMES = f"""
select {", ".join(f"percentile_disc(array[0.5, 0.95]) within group (order by {stage}_us) as {stage}" for stage in STAGES)}
from decision_figures where {DECIDED} and hashtext(decision_id) % $5 = 0
"""  # noqa: S608 - built from the constants above only
CAME_IN = "created_at >= $1 and created_at < $2 and ($3::text is null or region = $3) and ($4::text is null or tier = $4)"
FIRST_WORD = "least(c.acknowledged_at, case when c.status in ('answered', 'resolved', 'closed') then c.heard_at end)"
"""Who was answered at once waits for no first word; a case that was reopened waits for another."""
ENDED = "coalesce(c.resolved_at, c.answered_at)"
"""An answer of the AI alone is the end, until the client comes back."""
PROMISES = f"""
select tier, count(*)::int as cases,
    (count(*) filter (where first_word <= ack_due_at) + count(*) filter (where over_at <= resolve_due_at))::int as met,
    (count(*) filter (where coalesce(first_word, $2) > ack_due_at)
        + count(*) filter (where coalesce(over_at, $2) > resolve_due_at))::int as breached,
    (count(*) filter (where first_word is null and $2 <= ack_due_at)
        + count(*) filter (where over_at is null and $2 <= resolve_due_at))::int as running,
    count(*) filter (where ack_due_at is null)::int as unpromised, count(heard_at)::int as heard, count(resolved_at)::int as resolved
from (
    select tier, heard_at, resolved_at, ack_due_at, resolve_due_at, {FIRST_WORD} as first_word, {ENDED} as over_at
    from cases c where {CAME_IN}
) promised group by tier order by tier
"""  # noqa: S608 - built from the constants above only
"""A decided case has two promises, the first word and the end, each settled by itself."""
WAITS = f"""
select percentile_disc(array[0.5, 0.9]) within group (order by heard_s) as heard_s,
    percentile_disc(array[0.5, 0.9]) within group (order by resolved_s) as resolved_s
from (
    select date_part('epoch', heard_at - created_at)::int as heard_s, date_part('epoch', resolved_at - created_at)::int as resolved_s
    from cases where {CAME_IN} and hashint8(date_part('microseconds', created_at)::int8) % $5 = 0
) waited
"""  # noqa: S608 - built from the constants above only
INBOX = """
select count(*)::int as waiting, min(r.opened_at) as oldest_at from reviews r join cases c on c.id = r.case_id
where r.status in ('open', 'claimed') and ($1::text is null or c.region = $1) and ($2::text is null or c.tier = $2)
"""


class PgCountedWork:
    """Counts over what is stored."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def decisions(self, window: Window) -> list[DecisionCount]:
        """Every decision of the window, alike ones together."""
        return [DecisionCount.model_validate(dict(row)) for row in await self._fetch(DECISIONS, *_of(window))]

    async def guards(self, window: Window, limit: int) -> list[GuardCount]:
        """The guards that fired most, most often first."""
        return [GuardCount.model_validate(dict(row)) for row in await self._fetch(GUARDS, *_of(window), limit)]

    async def volume(self, window: Window, pieces: int) -> list[Volume]:
        """Decisions over time, in `pieces` of equal length; those without any are there too."""
        rows = await self._fetch(VOLUME, *_of(window), (window.now - window.since) / pieces)
        return [Volume.model_validate(dict(row)) for row in rows]

    async def stage_times(self, window: Window, one_in: int = 1) -> list[StageTime]:
        """How long the stages of deciding took, from one in so many decisions; empty without any."""
        [row] = await self._fetch(STAGE_TIMES, *_of(window), one_in)
        found = [(stage, row[stage]) for stage in STAGES if row[stage]]
        return [StageTime(stage=stage, p50_ms=us[0] / 1000, p95_ms=us[1] / 1000) for stage, us in found]

    async def promises(self, window: Window) -> list[PromiseCount]:
        """Promises of the cases that came in."""
        return [PromiseCount.model_validate(dict(row)) for row in await self._fetch(PROMISES, *_of(window))]

    async def waits(self, window: Window, one_in: int = 1) -> Waits:
        """How long the clients of the cases that came in waited, from one in so many."""
        [row] = await self._fetch(WAITS, *_of(window), one_in)
        heard, resolved = (row[name] or (None, None) for name in ("heard_s", "resolved_s"))
        return Waits(heard_p50_s=heard[0], heard_p90_s=heard[1], resolved_p50_s=resolved[0], resolved_p90_s=resolved[1])

    async def inbox(self, window: Window) -> InboxDepth:
        """What waits for a person."""
        [row] = await self._fetch(INBOX, window.region, window.tier)
        return InboxDepth.model_validate(dict(row))

    async def versions(self, digests: list[str]) -> list[VersionName]:
        """Names of versions; a digest that is not known here is left out."""
        rows = await self._fetch("select digest, name, version from policy_versions where digest = any($1)", digests)
        return [VersionName.model_validate(dict(row)) for row in rows]

    async def _fetch(self, query: str, *values: Any) -> list[Any]:
        async with self._database.connection() as connection, connection.transaction(readonly=True):
            await connection.execute(PLANNED_EACH_TIME)
            return await connection.fetch(query, *values, timeout=PATIENCE_S)


def _of(window: Window) -> tuple[Any, ...]:
    return window.since, window.now, window.region, window.tier
