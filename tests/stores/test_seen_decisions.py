"""Decisions beside what came of them, from real rows; and how a policy's traffic was divided, as the ledger has it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest_asyncio

from domain.eval_window import AcceptedWindow, WindowSpan
from domain.simulation import Span
from evals.production.seen import seen_in
from evals.production.window import WORDS, window_of
from policies.engine import CompiledPolicy, compile_policy
from policies.rules import shipped
from runtime.servers import patient_database
from stores.eval_windows import PgWindowViews
from stores.postgres import Database
from stores.schema import migrate
from stores.seen_decisions import PgSeenDecisions
from tests.recorded import BEGAN, EVERY, record_decisions

MADE = 230
POLICY: CompiledPolicy = compile_policy(shipped())
CASES = """
insert into cases (id, channel, conversation_id, region, client_id, status, last_turn, decision_id, ack_due_at, resolve_due_at,
                   acknowledged_at, resolved_at, outcome, created_at, updated_at)
select case_id, 'email', case_id, (array['eu', 'us'])[1 + n % 2], 'client-' || n % 20, 'resolved', 2, last, at + '1 hour', at + '1 day',
       at + case when n % 4 = 0 then '2 hours' else '10 minutes' end::interval, at + '5 hours'::interval,
       jsonb_build_object('csat', 1 + n % 5), at, at
from (select case_id, row_number() over (order by case_id) n, max(id) last, max(decided_at) at from decisions group by case_id) numbered
"""
REVIEWS = """
insert into reviews (id, case_id, turn, status, gate, pool, at_stake, opened_at, due_at, sla_due_at, ruling)
select 'rev_' || id, case_id, turn, 'ruled', '{}', 'p', 0, decided_at, decided_at, decided_at,
       jsonb_build_object('actor', 'person:a', 'ruled_at', '2026-11-01T00:00:00Z',
                          'action', (array['approve', 'edit'])[1 + right(id, 2)::int % 2])
from decisions where right(id, 1) = '3' or right(id, 1) = '4'
"""
ENTRY = (
    "insert into ledger_entries (id, kind, case_id, actor, at, request_id, body, digest) values ($1, $2, $3, 'person:a', $4, '', $5, '')"
)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Decisions with cases, rulings, transfers and reopenings."""
    await migrate(database_url)
    async with patient_database(database_url) as opened:
        await record_decisions(database_url, MADE, POLICY)
        async with opened.connection() as connection:
            await connection.execute(CASES)
            await connection.execute(REVIEWS)
            for number, kind in enumerate(("case.transferred", "case.reopened")):
                await entry(connection, f"ent_{number}", kind, "case_00000009", BEGAN + timedelta(days=1), {})
        yield opened


async def entry(connection: Any, name: str, kind: str, case_id: str | None, at: datetime, told: dict[str, Any]) -> None:
    await connection.execute(ENTRY, name, kind, case_id, at, orjson.dumps({"data": told}))


async def test_pages_hold_every_decision_once_with_what_came_of_it(database: Database) -> None:
    seen = await seen_in(PgSeenDecisions(database), Span())
    assert len({one.id for one in seen}) == MADE
    assert [one.decided_at for one in seen] == sorted((one.decided_at for one in seen), reverse=True)
    moved = next(one for one in seen if one.case_id == "case_00000009")
    assert (moved.moved, moved.reopened) == (True, True)
    last = [one for one in seen if one.csat is not None]
    assert all(one.answered_at and one.ended_at and one.sla_broken is not None for one in last)
    assert 0 < sum(bool(one.sla_broken) for one in last) < len(last)
    earlier = [one for one in seen if one.csat is None]
    assert earlier
    assert all(one.reopened is None and one.sla_broken is None for one in earlier)
    assert {one.ruling for one in seen} == {None, "approve", "edit"}


async def test_a_span_bounds_time_region_and_number(database: Database) -> None:
    decisions = PgSeenDecisions(database)
    assert len(await seen_in(decisions, Span(limit=7))) == 7
    assert len(await seen_in(decisions, Span(since=BEGAN, until=BEGAN + 50 * EVERY))) == 50
    some = await seen_in(decisions, Span(region="us"))
    assert 0 < len(some) < MADE
    assert {one.region for one in some} == {"us"}


async def test_what_was_found_is_read_only_when_it_is_asked_for(database: Database) -> None:
    decisions = PgSeenDecisions(database)
    assert [one.found for one in await seen_in(decisions, Span(limit=1))] == [None]
    [asked] = await seen_in(decisions, Span(limit=1), with_context=True)
    assert asked.found
    assert "articles" in asked.found


async def test_a_window_holds_columns_without_any_client_and_comes_back_as_it_was(database: Database) -> None:
    span = WindowSpan(since=BEGAN, until=BEGAN + MADE * EVERY)
    sample = await window_of(PgSeenDecisions(database), span)
    assert sample.cases == MADE
    assert set(sample.words) == set(WORDS)
    assert "client-" not in sample.model_dump_json()
    kept = AcceptedWindow(id="evw_1", span=span, sample=sample, accepted_by="person:Ada", reason="A calm week.", at=BEGAN)
    async with database.transaction() as tx:
        await tx.windows.put(kept)
    views = PgWindowViews(database)
    assert await views.accepted() == await views.accepted("evw_1") == kept
    assert await views.accepted(region="us") is None
    assert await views.accepted("evw_2") is None


async def test_the_ledger_tells_how_traffic_was_divided(database: Database) -> None:
    def release(**told: Any) -> dict[str, Any]:
        return {"policy": {"name": "vip-support", "digest": "sha256:b"}, "active": "sha256:a", "candidate": None, "stage": None, **told}

    canary = release(candidate="sha256:b", stage="canary", percent=5.0)
    async with database.connection() as connection:
        for number, (kind, told) in enumerate(
            (
                ("policy.loaded", {"policy": {"name": "vip-support", "digest": "sha256:a"}, "stage": "active"}),
                ("policy.rollout_planned", canary),
                ("policy.rollout_started", canary),
                ("policy.rollout_moved", {**canary, "percent": 25.0}),
                ("policy.activated", release(active="sha256:b")),
                ("policy.rollout_started", {**canary, "policy": {"name": "other", "digest": "sha256:c"}}),
            )
        ):
            await entry(connection, f"ent_p{number}", kind, None, BEGAN + timedelta(hours=number), told)
    found = await PgSeenDecisions(database).rollouts("vip-support")
    assert [(one.active[-1], one.candidate and one.candidate[-1], one.share) for one in found] == [
        ("a", None, 0.0),
        ("a", "b", 0.05),
        ("a", "b", 0.25),
        ("b", None, 0.0),
    ]
